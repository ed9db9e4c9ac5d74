/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/status.h"

#include <string.h>

#include "base/arena.h"
#include "google/protobuf/duration.pb-c.h"
#include "google/rpc/error_details.pb-c.h"
#include "google/rpc/status.pb-c.h"
#include "mesh/message.h"

enum { NANOS_MAX = 999999999 };

static const int64_t SECONDS_MAX = 315576000000; /* of a Duration: 10,000 years */
static const char TYPE_PREFIX[] = "type.googleapis.com/";
static const char DOMAIN[] = "myevents";

static const char *const code_names[STATUS_CODE_COUNT] = {
    [STATUS_OK] = "OK",
    [STATUS_CANCELLED] = "CANCELLED",
    [STATUS_UNKNOWN] = "UNKNOWN",
    [STATUS_INVALID_ARGUMENT] = "INVALID_ARGUMENT",
    [STATUS_DEADLINE_EXCEEDED] = "DEADLINE_EXCEEDED",
    [STATUS_NOT_FOUND] = "NOT_FOUND",
    [STATUS_ALREADY_EXISTS] = "ALREADY_EXISTS",
    [STATUS_PERMISSION_DENIED] = "PERMISSION_DENIED",
    [STATUS_RESOURCE_EXHAUSTED] = "RESOURCE_EXHAUSTED",
    [STATUS_FAILED_PRECONDITION] = "FAILED_PRECONDITION",
    [STATUS_ABORTED] = "ABORTED",
    [STATUS_OUT_OF_RANGE] = "OUT_OF_RANGE",
    [STATUS_UNIMPLEMENTED] = "UNIMPLEMENTED",
    [STATUS_INTERNAL] = "INTERNAL",
    [STATUS_UNAVAILABLE] = "UNAVAILABLE",
    [STATUS_DATA_LOSS] = "DATA_LOSS",
    [STATUS_UNAUTHENTICATED] = "UNAUTHENTICATED",
};

const char *status_code_name(int code) {
    return code_names[code >= 0 && code < STATUS_CODE_COUNT ? code : STATUS_UNKNOWN];
}

struct status status_copy(struct arena *arena, const struct status *status) {
    return (struct status){
        .code = status->code,
        .message = arena_copy_string(arena, status->message),
        .details = {arena_copy(arena, status->details.data, status->details.size),
            status->details.size},
    };
}

/* The first detail of a type, unpacked; NULL when there is none. */
static ProtobufCMessage *detail_find(struct arena *arena, const struct status *status,
    const ProtobufCMessageDescriptor *descriptor) {
    if (status->details.size == 0)
        return NULL;
    const Google__Rpc__Status *whole = (const Google__Rpc__Status *)message_unpack(
        arena, &google__rpc__status__descriptor, status->details);
    for (size_t i = 0; whole && i < whole->n_details; i++) {
        const char *slash = strrchr(whole->details[i]->type_url, '/');
        const ProtobufCBinaryData *value = &whole->details[i]->value;
        if (slash && strcmp(slash + 1, descriptor->name) == 0)
            return message_unpack(
                arena, descriptor, (struct text){(const char *)value->data, value->len});
    }
    return NULL;
}

const char *status_reason(struct arena *arena, const struct status *status) {
    const Google__Rpc__ErrorInfo *info = (const Google__Rpc__ErrorInfo *)detail_find(
        arena, status, &google__rpc__error_info__descriptor);
    return info ? info->reason : "";
}

int64_t status_retry_delay_ms(const struct status *status) {
    struct arena arena;
    arena_init(&arena, 0);
    const Google__Rpc__RetryInfo *info = (const Google__Rpc__RetryInfo *)detail_find(
        &arena, status, &google__rpc__retry_info__descriptor);
    const Google__Protobuf__Duration *delay = info ? info->retry_delay : NULL;
    bool is_delay = delay && delay->seconds >= 0 && delay->seconds <= SECONDS_MAX &&
                    delay->nanos >= 0 && delay->nanos <= NANOS_MAX;
    int64_t delay_ms = is_delay ? delay->seconds * 1000 + delay->nanos / 1000000 : -1;
    arena_deinit(&arena);
    return delay_ms;
}

static void detail_add(
    struct arena *arena, Google__Rpc__Status *whole, const ProtobufCMessage *detail) {
    Google__Protobuf__Any *any = arena_alloc(arena, sizeof(*any));
    google__protobuf__any__init(any);
    any->type_url = arena_printf(arena, "%s%s", TYPE_PREFIX, detail->descriptor->name);
    struct text packed = message_pack(arena, detail);
    any->value.data = (uint8_t *)packed.data;
    any->value.len = packed.size;
    whole->details[whole->n_details++] = any;
}

static void add_error_info(
    struct arena *arena, Google__Rpc__Status *whole, const struct failure *failure) {
    Google__Rpc__ErrorInfo info = GOOGLE__RPC__ERROR_INFO__INIT;
    info.reason = (char *)(failure->reason ? failure->reason : status_code_name(failure->code));
    info.domain = (char *)DOMAIN;
    info.n_metadata = failure->metadata_count;
    info.metadata = arena_alloc(arena, failure->metadata_count * sizeof(info.metadata[0]));
    for (size_t i = 0; i < failure->metadata_count; i++) {
        Google__Rpc__ErrorInfo__MetadataEntry *entry = arena_alloc(arena, sizeof(*entry));
        google__rpc__error_info__metadata_entry__init(entry);
        entry->key = (char *)failure->metadata[i].field;
        entry->value = (char *)failure->metadata[i].description;
        info.metadata[i] = entry;
    }
    detail_add(arena, whole, &info.base);
}

static void add_bad_request(
    struct arena *arena, Google__Rpc__Status *whole, const struct failure *failure) {
    Google__Rpc__BadRequest bad = GOOGLE__RPC__BAD_REQUEST__INIT;
    bad.n_field_violations = failure->field_count;
    bad.field_violations = arena_alloc(
        arena, failure->field_count * sizeof(bad.field_violations[0]));
    for (size_t i = 0; i < failure->field_count; i++) {
        Google__Rpc__BadRequest__FieldViolation *violation = arena_alloc(arena, sizeof(*violation));
        google__rpc__bad_request__field_violation__init(violation);
        violation->field = (char *)failure->fields[i].field;
        violation->description = (char *)failure->fields[i].description;
        bad.field_violations[i] = violation;
    }
    detail_add(arena, whole, &bad.base);
}

static void add_retry_info(struct arena *arena, Google__Rpc__Status *whole, int64_t delay_ms) {
    Google__Protobuf__Duration delay = GOOGLE__PROTOBUF__DURATION__INIT;
    delay.seconds = delay_ms / 1000;
    delay.nanos = (int32_t)(delay_ms % 1000) * 1000000;
    Google__Rpc__RetryInfo info = GOOGLE__RPC__RETRY_INFO__INIT;
    info.retry_delay = &delay;
    detail_add(arena, whole, &info.base);
}

struct text failure_serialize(struct arena *arena, const struct failure *failure) {
    Google__Protobuf__Any *details[3];
    Google__Rpc__Status whole = GOOGLE__RPC__STATUS__INIT;
    whole.code = failure->code;
    whole.message = (char *)(failure->message ? failure->message : "");
    whole.details = details;
    add_error_info(arena, &whole, failure);
    if (failure->field_count > 0)
        add_bad_request(arena, &whole, failure);
    if (failure->retry_delay_ms > 0)
        add_retry_info(arena, &whole, failure->retry_delay_ms);
    return message_pack(arena, &whole.base);
}
