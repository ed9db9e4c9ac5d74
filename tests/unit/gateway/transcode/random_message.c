/* SPDX-License-Identifier: Apache-2.0 */
#include "random_message.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gateway/transcode/wire.h"

uint32_t random_below(struct random_source *random, uint32_t limit) {
    random->state = random->state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((random->state >> 33) % limit);
}

static uint64_t random_bits(struct random_source *random) {
    uint64_t high = random_below(random, 1u << 31), middle = random_below(random, 1u << 31);
    return high << 33 ^ middle << 10 ^ random_below(random, 1u << 31);
}

/* Small, extreme, or anything. */
static uint64_t random_integer(struct random_source *random) {
    static const uint64_t extremes[] = {0, 1, 127, 128, INT32_MAX, (uint64_t)INT32_MIN, UINT32_MAX,
        INT64_MAX, (uint64_t)INT64_MIN, UINT64_MAX};
    switch (random_below(random, 3)) {
    case 0:
        return random_below(random, 1000);
    case 1:
        return extremes[random_below(random, sizeof(extremes) / sizeof(extremes[0]))];
    default:
        return random_bits(random) >> random_below(random, 64);
    }
}

static double random_double(struct random_source *random) {
    static const double extremes[] = {0, 1, -1, 0.1, 19.99, 1e21, 5e-324, 1.7976931348623157e308,
        2.2250738585072014e-308, 9007199254740992, (double)INFINITY, -(double)INFINITY,
        (double)NAN};
    uint64_t bits = random_bits(random);
    double value;
    memcpy(&value, &bits, sizeof(value));
    switch (random_below(random, 3)) {
    case 0:
        return extremes[random_below(random, sizeof(extremes) / sizeof(extremes[0]))];
    case 1:
        return (double)random_below(random, 1000000) / 100;
    default:
        return isnan(value) ? 0.5 : value;
    }
}

static float random_float(struct random_source *random) {
    uint32_t bits = (uint32_t)random_bits(random);
    float value;
    memcpy(&value, &bits, sizeof(value));
    if (random_below(random, 3) == 0)
        return (float)random_below(random, 1000) / 8;
    return isnan(value) ? (float)NAN : value;
}

static void append_text(struct random_source *random, struct buffer *text) {
    static const char *const parts[] = {"a", "plain text ", "\"", "\\", "/", "\n", "\x01", "\x7f",
        "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x8e\x9f", "</script>", "\xe2\x80\xa8", " "};
    for (uint32_t count = random_below(random, 12); count > 0; count--)
        buffer_append_string(text, parts[random_below(random, sizeof(parts) / sizeof(parts[0]))]);
}

static void append_fixed(struct buffer *wire, uint64_t bits, size_t size) {
    char bytes[8];
    wire_put_fixed(bytes, bits, size);
    buffer_append(wire, bytes, size);
}

static void append_varint_field(struct buffer *wire, uint32_t number, uint64_t value) {
    wire_append_tag(wire, number, WIRE_VARINT);
    wire_append_varint(wire, value);
}

/* A number without its tag. */
static void append_number(
    struct random_source *random, const struct schema_field *field, struct buffer *wire) {
    double wide = random_double(random);
    float narrow = random_float(random);
    uint64_t bits = random_integer(random);
    uint32_t narrow_bits;
    switch (field->kind) {
    case KIND_DOUBLE:
        memcpy(&bits, &wide, sizeof(bits));
        break;
    case KIND_FLOAT:
        memcpy(&narrow_bits, &narrow, sizeof(narrow_bits));
        bits = narrow_bits;
        break;
    case KIND_BOOL:
        bits &= 1;
        break;
    case KIND_ENUM:
        bits = field->enumeration->is_null_value ? 0 : (uint64_t)(int32_t)bits;
        break;
    case KIND_INT32:
        bits = (uint64_t)(int32_t)bits;
        break;
    case KIND_UINT32:
    case KIND_SINT32:
        bits = (uint32_t)bits;
        break;
    default:
        break;
    }
    if (field->wire_type == WIRE_VARINT)
        wire_append_varint(wire, bits);
    else
        append_fixed(wire, bits, field->wire_type == WIRE_FIXED64 ? 8 : 4);
}

/* Messages whose content is bound by more than their fields' types. */

static void append_instant(
    struct random_source *random, enum message_shape shape, struct buffer *wire) {
    int64_t limit = shape == SHAPE_TIMESTAMP ? 62135596800 : 315576000000;
    int64_t seconds = (int64_t)(random_bits(random) % (uint64_t)limit);
    static const int32_t units[] = {1, 1000, 1000000};
    int32_t nanos = (int32_t)random_below(random, 999) * units[random_below(random, 3)];
    bool is_negative = random_below(random, 2);
    append_varint_field(wire, 1, (uint64_t)(is_negative ? -seconds : seconds));
    if (shape == SHAPE_DURATION && is_negative)
        nanos = -nanos;
    append_varint_field(wire, 2, (uint64_t)(int64_t)nanos);
}

static void append_mask(struct random_source *random, struct buffer *wire) {
    static const char *const paths[] = {"a", "start_time", "a.b_c", "x1y"};
    for (uint32_t count = random_below(random, 4); count > 0; count--)
        wire_append_bytes(wire, 1, text_from(paths[random_below(random, 4)]));
}

static void append_any(struct random_source *random, struct buffer *wire) {
    if (random_below(random, 4) == 0)
        return;
    wire_append_bytes(wire, 1, TEXT("type.googleapis.com/google.protobuf.Duration"));
    wire_append_bytes(wire, 2, TEXT("\x08\x05"));
}

static void append_value(struct random_source *random, const struct schema_message *message,
    unsigned depth, struct buffer *wire) {
    uint32_t number = 1 + random_below(random, depth > 0 ? 6 : 4);
    struct buffer inner = {0};
    if (number == 2) {
        double value = random_double(random);
        uint64_t bits;
        value = isfinite(value) ? value : 0.25;
        memcpy(&bits, &value, sizeof(bits));
        wire_append_tag(wire, number, WIRE_FIXED64);
        append_fixed(wire, bits, 8);
    } else if (number == 3) {
        append_text(random, &inner);
        wire_append_bytes(wire, number, buffer_text(&inner));
    } else if (number < 5) {
        append_varint_field(wire, number, number == 4 ? random_below(random, 2) : 0);
    } else {
        random_message(random, schema_field_numbered(message, number)->message, depth - 1, &inner);
        wire_append_bytes(wire, number, buffer_text(&inner));
    }
    buffer_deinit(&inner);
}

/* Fields. */

static void append_single(struct random_source *random, const struct schema_field *field,
    unsigned depth, struct buffer *wire) {
    struct buffer inner = {0};
    wire_append_tag(wire, field->number, field->wire_type);
    if (field->wire_type != WIRE_BYTES) {
        append_number(random, field, wire);
        return;
    }
    if (field->kind == KIND_MESSAGE)
        random_message(random, field->message, depth - 1, &inner);
    else
        append_text(random, &inner);
    wire_append_varint(wire, inner.size);
    buffer_append_text(wire, buffer_text(&inner));
    buffer_deinit(&inner);
}

static void append_packed(
    struct random_source *random, const struct schema_field *field, struct buffer *wire) {
    struct buffer inner = {0};
    for (uint32_t count = random_below(random, 5); count > 0; count--)
        append_number(random, field, &inner);
    wire_append_bytes(wire, field->number, buffer_text(&inner));
    buffer_deinit(&inner);
}

/* The key counts up, as far as its type goes. */
static void append_entry(struct random_source *random, const struct schema_field *field,
    unsigned depth, uint32_t key, struct buffer *wire) {
    const struct schema_field *keys = schema_field_numbered(field->message, 1);
    struct buffer entry = {0};
    char text[16];
    snprintf(text, sizeof(text), "key %u", key);
    if (keys->kind == KIND_STRING)
        wire_append_bytes(&entry, 1, text_from(text));
    else
        append_varint_field(&entry, 1, key);
    append_single(random, schema_field_numbered(field->message, 2), depth, &entry);
    wire_append_bytes(wire, field->number, buffer_text(&entry));
    buffer_deinit(&entry);
}

static void append_field(struct random_source *random, const struct schema_field *field,
    unsigned depth, struct buffer *wire) {
    if (field_is_message(field) && depth == 0)
        return;
    if (field->is_map)
        for (uint32_t key = random_below(random, 3); key > 0; key--)
            append_entry(random, field, depth, key - 1, wire);
    else if (!field->is_repeated)
        append_single(random, field, depth, wire);
    else if (field->wire_type != WIRE_BYTES && random_below(random, 2))
        append_packed(random, field, wire);
    else
        for (uint32_t count = random_below(random, 4); count > 0; count--)
            append_single(random, field, depth, wire);
}

static bool is_chosen(struct random_source *random, const struct schema_message *message,
    const struct schema_field *field, const uint32_t *members) {
    if (field->oneof >= 0 && members[field->oneof] != field->number)
        return false;
    return random_below(random, message->field_count > 6 ? 4 : 2) == 0;
}

static void append_fields(struct random_source *random, const struct schema_message *message,
    unsigned depth, struct buffer *wire) {
    uint32_t members[8] = {0};
    if (message->field_count == 0)
        return;
    for (size_t i = 0; i < message->field_count; i++)
        if (message->fields[i].oneof >= 0 && random_below(random, 2))
            members[message->fields[i].oneof] = message->fields[i].number;
    /* In order half of the time, else anywhere and lists more than once. */
    bool is_sorted = random_below(random, 2);
    bool is_done[256] = {false};
    for (size_t i = 0; i < message->field_count; i++) {
        size_t at = is_sorted ? i : random_below(random, (uint32_t)message->field_count);
        const struct schema_field *field = &message->fields[at];
        bool may_repeat = field->is_repeated && !field->is_map;
        if ((is_done[at] && !may_repeat) || !is_chosen(random, message, field, members))
            continue;
        is_done[at] = true;
        append_field(random, field, depth, wire);
    }
}

void random_message(struct random_source *random, const struct schema_message *message,
    unsigned depth, struct buffer *ret_wire) {
    switch (message->shape) {
    case SHAPE_TIMESTAMP:
    case SHAPE_DURATION:
        append_instant(random, message->shape, ret_wire);
        break;
    case SHAPE_FIELD_MASK:
        append_mask(random, ret_wire);
        break;
    case SHAPE_ANY:
        append_any(random, ret_wire);
        break;
    case SHAPE_VALUE:
        append_value(random, message, depth, ret_wire);
        break;
    default:
        append_fields(random, message, depth, ret_wire);
    }
}
