/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/channelz_known.h"

#include <string.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/clock.h"
#include "google/protobuf/any.pb-c.h"
#include "google/protobuf/duration.pb-c.h"
#include "google/protobuf/timestamp.pb-c.h"
#include "google/protobuf/wrappers.pb-c.h"
#include "grpc/channelz/v1/channelz.pb-c.h"
#include "mesh/message.h"

enum { NANO_DIGITS = 9 };

static const int64_t DURATION_SECONDS_MAX = 315576000000; /* 10,000 years */

enum channelz_known channelz_known(const ProtobufCMessageDescriptor *descriptor) {
    static const struct {
        const ProtobufCMessageDescriptor *descriptor;
        enum channelz_known known;
    } table[] = {
        {&google__protobuf__timestamp__descriptor, KNOWN_TIMESTAMP},
        {&google__protobuf__duration__descriptor, KNOWN_DURATION},
        {&google__protobuf__int64_value__descriptor, KNOWN_WRAPPER},
        {&google__protobuf__any__descriptor, KNOWN_ANY},
    };
    for (size_t i = 0; i < ARRAY_SIZE(table); i++)
        if (table[i].descriptor == descriptor)
            return table[i].known;
    return KNOWN_NONE;
}

/* The digits behind the point as nanoseconds. Nine digits at most, which no sign begins. */
static bool read_fraction(struct text digits, int32_t *ret_nanos) {
    int32_t nanos = 0;
    if (digits.size == 0 || digits.size > NANO_DIGITS)
        return false;
    for (size_t i = 0; i < NANO_DIGITS; i++) {
        char digit = i < digits.size ? digits.data[i] : '0';
        if (digit < '0' || digit > '9')
            return false;
        nanos = nanos * 10 + (digit - '0');
    }
    *ret_nanos = nanos;
    return true;
}

static size_t count_digits(struct text text) {
    size_t count = 0;
    while (count < text.size && text.data[count] >= '0' && text.data[count] <= '9')
        count++;
    return count;
}

bool channelz_timestamp_read(struct text text, ProtobufCMessage *timestamp) {
    Google__Protobuf__Timestamp *to = (Google__Protobuf__Timestamp *)timestamp;
    int64_t wall_ms;
    if (clock_parse_ms(text, &wall_ms) < 0)
        return false;
    to->seconds = wall_ms / 1000 - (wall_ms % 1000 < 0);
    text_cut(&text, '.');
    if (text.size == 0)
        return true;
    return read_fraction((struct text){text.data, count_digits(text)}, &to->nanos);
}

bool channelz_duration_read(struct text text, ProtobufCMessage *duration) {
    Google__Protobuf__Duration *to = (Google__Protobuf__Duration *)duration;
    bool is_negative = text_starts_with(text, TEXT("-"));
    if (text_ends_with(text, TEXT(".s")) || !text_ends_with(text, TEXT("s")))
        return false;
    text = (struct text){text.data + is_negative, text.size - is_negative - 1};
    struct text whole = text_cut(&text, '.');
    uint64_t seconds;
    if (text_to_u64(whole, &seconds) < 0 || seconds > (uint64_t)DURATION_SECONDS_MAX ||
        (text.size > 0 && !read_fraction(text, &to->nanos)))
        return false;
    to->seconds = is_negative ? -(int64_t)seconds : (int64_t)seconds;
    to->nanos = is_negative ? -to->nanos : to->nanos;
    return true;
}

const ProtobufCMessageDescriptor *channelz_any_type(const char *url) {
    static const ProtobufCMessageDescriptor *const types[] = {
        &grpc__channelz__v1__socket_option_timeout__descriptor,
        &grpc__channelz__v1__socket_option_linger__descriptor,
        &grpc__channelz__v1__socket_option_tcp_info__descriptor,
    };
    const char *name = url ? strrchr(url, '/') : NULL;
    for (size_t i = 0; name && i < ARRAY_SIZE(types); i++)
        if (strcmp(types[i]->name, name + 1) == 0)
            return types[i];
    return NULL;
}

void channelz_any_fill(
    struct arena *arena, ProtobufCMessage *any, const char *url, const ProtobufCMessage *content) {
    Google__Protobuf__Any *to = (Google__Protobuf__Any *)any;
    struct text packed = message_pack(arena, content);
    to->type_url = arena_copy_string(arena, url);
    to->value = (ProtobufCBinaryData){packed.size, (uint8_t *)packed.data};
}
