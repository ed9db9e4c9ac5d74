/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/transcode/status_json.h"

#include "base/arena.h"
#include "base/base64.h"
#include "base/buffer.h"
#include "gateway/transcode/wire.h"
#include "gateway/transcode/wire_to_json.h"

enum { STATUS_DETAILS = 3, ANY_TYPE = 1, ANY_VALUE = 2 };

int status_json_http(int code) {
    static const int statuses[] = {
        200, /* OK */
        499, /* CANCELLED */
        500, /* UNKNOWN */
        400, /* INVALID_ARGUMENT */
        504, /* DEADLINE_EXCEEDED */
        404, /* NOT_FOUND */
        409, /* ALREADY_EXISTS */
        403, /* PERMISSION_DENIED */
        429, /* RESOURCE_EXHAUSTED */
        400, /* FAILED_PRECONDITION */
        409, /* ABORTED */
        400, /* OUT_OF_RANGE */
        501, /* UNIMPLEMENTED */
        500, /* INTERNAL */
        503, /* UNAVAILABLE */
        500, /* DATA_LOSS */
        401, /* UNAUTHENTICATED */
    };
    return code >= 0 && (size_t)code < ARRAY_SIZE(statuses) ? statuses[code] : 500;
}

static void open_status(struct buffer *json, int code, struct text message) {
    buffer_append_string(json, "{\"code\":");
    buffer_append_i64(json, code);
    buffer_append_string(json, ",\"message\":");
    buffer_append_json_string(json, message);
    buffer_append_string(json, ",\"details\":[");
}

static void append_opaque_detail(struct buffer *json, struct text any) {
    struct wire_reader reader = wire_reader(any);
    struct wire_field field;
    struct text type = TEXT(""), value = TEXT("");
    while (reader.at < reader.end && wire_read_field(&reader, &field)) {
        if (field.number == ANY_TYPE && field.type == WIRE_BYTES)
            type = field.bytes;
        if (field.number == ANY_VALUE && field.type == WIRE_BYTES)
            value = field.bytes;
    }
    buffer_append_string(json, "{\"@type\":");
    buffer_append_json_string(json, type);
    buffer_append_string(json, ",\"value\":\"");
    base64_append(json, value);
    buffer_append_string(json, "\"}");
}

static void append_detail(
    struct buffer *json, const struct schema *schema, struct arena *arena, struct text any) {
    static const struct schema_message shape = {.shape = SHAPE_ANY};
    struct json_reply reply = {.schema = schema, .message = &shape, .wire = any};
    struct transcode_error ignored;
    size_t start = json->size;
    if (wire_to_json(&reply, arena, json, &ignored) == 0)
        return;
    json->size = start;
    append_opaque_detail(json, any);
}

void status_json_append(struct buffer *json, const struct schema *schema, struct arena *arena,
    int code, struct text message, struct text details) {
    struct wire_reader reader = wire_reader(details);
    struct wire_field field;
    bool is_first = true;
    open_status(json, code, message);
    while (reader.at < reader.end && wire_read_field(&reader, &field)) {
        if (field.number != STATUS_DETAILS || field.type != WIRE_BYTES)
            continue;
        if (!is_first)
            buffer_append_char(json, ',');
        is_first = false;
        append_detail(json, schema, arena, field.bytes);
    }
    buffer_append_string(json, "]}");
}

static void append_reason(struct buffer *json, const char *reason) {
    buffer_append_string(
        json, "{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":");
    buffer_append_json_string(json, text_from(reason));
    buffer_append_string(json, ",\"domain\":\"myevents\",\"metadata\":{}}");
}

static void append_violations(struct buffer *json, const struct status_json_error *error) {
    buffer_append_string(
        json, "{\"@type\":\"type.googleapis.com/google.rpc.BadRequest\",\"fieldViolations\":[");
    for (size_t i = 0; i < error->violation_count; i++) {
        buffer_append_string(json, i ? ",{\"field\":" : "{\"field\":");
        buffer_append_json_string(json, text_from(error->violations[i].field));
        buffer_append_string(json, ",\"description\":");
        buffer_append_json_string(json, text_from(error->violations[i].description));
        buffer_append_char(json, '}');
    }
    buffer_append_string(json, "]}");
}

void status_json_append_error(struct buffer *json, const struct status_json_error *error) {
    open_status(json, error->code, text_from(error->message));
    if (error->reason)
        append_reason(json, error->reason);
    if (error->reason && error->violation_count > 0)
        buffer_append_char(json, ',');
    if (error->violation_count > 0)
        append_violations(json, error);
    buffer_append_string(json, "]}");
}
