/* SPDX-License-Identifier: Apache-2.0 */
#include "services/event/document.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/arena.h"

/* --- writing --- */

static void append_value(
    bson_t *document, const char *key, const ProtobufCFieldDescriptor *field, const void *place) {
    bson_t child;
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        BSON_APPEND_UTF8(document, key, *(char *const *)place);
        break;
    case PROTOBUF_C_TYPE_BOOL:
        BSON_APPEND_BOOL(document, key, *(const protobuf_c_boolean *)place);
        break;
    case PROTOBUF_C_TYPE_INT64:
        BSON_APPEND_INT64(document, key, *(const int64_t *)place);
        break;
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_ENUM:
        BSON_APPEND_INT32(document, key, *(const int32_t *)place);
        break;
    case PROTOBUF_C_TYPE_MESSAGE:
        if (!*(ProtobufCMessage *const *)place)
            break;
        BSON_APPEND_DOCUMENT_BEGIN(document, key, &child);
        document_append_message(&child, *(ProtobufCMessage *const *)place);
        bson_append_document_end(document, &child);
        break;
    default:
        /* Our API has no other types; one that appears must be thought about here. */
        assert(!"field type without a BSON form");
    }
}

/* Scalars would need their own stride; the API repeats messages and strings only. */
static void append_repeated(
    bson_t *document, const ProtobufCFieldDescriptor *field, const char *base) {
    size_t count = *(const size_t *)(base + field->quantifier_offset);
    void *const *values = *(void *const *const *)(base + field->offset);
    bson_t child;
    BSON_APPEND_ARRAY_BEGIN(document, field->name, &child);
    for (size_t i = 0; i < count; i++) {
        char key[24];
        snprintf(key, sizeof key, "%zu", i);
        append_value(&child, key, field, &values[i]);
    }
    bson_append_array_end(document, &child);
}

void document_append_message(bson_t *document, const ProtobufCMessage *message) {
    const ProtobufCMessageDescriptor *descriptor = message->descriptor;
    const char *base = (const char *)message;
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        if (field->label == PROTOBUF_C_LABEL_REPEATED)
            append_repeated(document, field, base);
        else
            append_value(document, field->name, field, base + field->offset);
    }
}

/* --- reading --- */

static int read_sub_message(const bson_iter_t *value, const ProtobufCFieldDescriptor *field,
    struct arena *arena, void *place) {
    const ProtobufCMessageDescriptor *descriptor = field->descriptor;
    bson_iter_t children;
    if (!BSON_ITER_HOLDS_DOCUMENT(value) || !bson_iter_recurse(value, &children))
        return -EBADMSG;
    ProtobufCMessage *message = arena_alloc(arena, descriptor->sizeof_message);
    protobuf_c_message_init(descriptor, message);
    *(ProtobufCMessage **)place = message;
    return document_read_message(&children, arena, message);
}

static int read_value(const bson_iter_t *value, const ProtobufCFieldDescriptor *field,
    struct arena *arena, void *place) {
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING: {
        uint32_t size;
        if (!BSON_ITER_HOLDS_UTF8(value))
            return -EBADMSG;
        const char *string = bson_iter_utf8(value, &size);
        *(char **)place = arena_copy_text(arena, (struct text){string, size});
        return 0;
    }
    case PROTOBUF_C_TYPE_BOOL:
        *(protobuf_c_boolean *)place = bson_iter_bool(value);
        return BSON_ITER_HOLDS_BOOL(value) ? 0 : -EBADMSG;
    case PROTOBUF_C_TYPE_INT64:
        *(int64_t *)place = bson_iter_int64(value);
        return BSON_ITER_HOLDS_INT64(value) ? 0 : -EBADMSG;
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_ENUM:
        *(int32_t *)place = bson_iter_int32(value);
        return BSON_ITER_HOLDS_INT32(value) ? 0 : -EBADMSG;
    case PROTOBUF_C_TYPE_MESSAGE:
        return read_sub_message(value, field, arena, place);
    default:
        return -EBADMSG;
    }
}

static int read_repeated(const bson_iter_t *value, const ProtobufCFieldDescriptor *field,
    struct arena *arena, char *base) {
    bson_iter_t children;
    if (!BSON_ITER_HOLDS_ARRAY(value) || !bson_iter_recurse(value, &children))
        return -EBADMSG;
    size_t count = 0;
    for (bson_iter_t counting = children; bson_iter_next(&counting);)
        count++;
    void **values = arena_zalloc(arena, (count ? count : 1) * sizeof *values);
    for (size_t i = 0; i < count && bson_iter_next(&children); i++) {
        int r = read_value(&children, field, arena, &values[i]);
        if (r < 0)
            return r;
    }
    *(size_t *)(base + field->quantifier_offset) = count;
    *(void ***)(base + field->offset) = values;
    return 0;
}

int document_read_message(bson_iter_t *fields, struct arena *arena, ProtobufCMessage *ret_message) {
    char *base = (char *)ret_message;
    while (bson_iter_next(fields)) {
        const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(
            ret_message->descriptor, bson_iter_key(fields));
        if (!field)
            continue;
        int r = field->label == PROTOBUF_C_LABEL_REPEATED
                    ? read_repeated(fields, field, arena, base)
                    : read_value(fields, field, arena, base + field->offset);
        if (r < 0)
            return r;
    }
    return 0;
}
