/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/error.h"

#include "base/arena.h"
#include "base/buffer.h"
#include "gateway/gateway_private.h"
#include "gateway/transcode/transcode.h"
#include "gateway/visit.h"
#include "http/server.h"

static const short http_statuses[STATUS_CODE_COUNT] = {
    [STATUS_OK] = 200,
    [STATUS_CANCELLED] = 499,
    [STATUS_UNKNOWN] = 500,
    [STATUS_INVALID_ARGUMENT] = 400,
    [STATUS_DEADLINE_EXCEEDED] = 504,
    [STATUS_NOT_FOUND] = 404,
    [STATUS_ALREADY_EXISTS] = 409,
    [STATUS_PERMISSION_DENIED] = 403,
    [STATUS_RESOURCE_EXHAUSTED] = 429,
    [STATUS_FAILED_PRECONDITION] = 400,
    [STATUS_ABORTED] = 409,
    [STATUS_OUT_OF_RANGE] = 400,
    [STATUS_UNIMPLEMENTED] = 501,
    [STATUS_INTERNAL] = 500,
    [STATUS_UNAVAILABLE] = 503,
    [STATUS_DATA_LOSS] = 500,
    [STATUS_UNAUTHENTICATED] = 401,
};

/* The way back, for what never became a call. */
static const struct own_error {
    int http_status;
    enum status_code code;
    const char *reason;
} own_errors[] = {
    {400, STATUS_INVALID_ARGUMENT, "BAD_REQUEST"},
    {404, STATUS_NOT_FOUND, "PATH_NOT_FOUND"},
    {405, STATUS_UNIMPLEMENTED, "METHOD_NOT_ALLOWED"},
    {406, STATUS_INVALID_ARGUMENT, "NOT_ACCEPTABLE"},
    {408, STATUS_DEADLINE_EXCEEDED, "REQUEST_TIMEOUT"},
    {413, STATUS_INVALID_ARGUMENT, "BODY_TOO_LARGE"},
    {414, STATUS_INVALID_ARGUMENT, "TARGET_TOO_LONG"},
    {415, STATUS_INVALID_ARGUMENT, "UNSUPPORTED_MEDIA_TYPE"},
    {417, STATUS_INVALID_ARGUMENT, "EXPECTATION_FAILED"},
    {431, STATUS_INVALID_ARGUMENT, "HEADERS_TOO_LARGE"},
    {501, STATUS_UNIMPLEMENTED, "NOT_IMPLEMENTED"},
    {503, STATUS_UNAVAILABLE, "UNAVAILABLE"},
    {505, STATUS_UNIMPLEMENTED, "VERSION_NOT_SUPPORTED"},
};

static struct own_error own_error_of(int http_status) {
    for (size_t i = 0; i < ARRAY_SIZE(own_errors); i++)
        if (own_errors[i].http_status == http_status)
            return own_errors[i];
    if (http_status < 500)
        return (struct own_error){http_status, STATUS_INVALID_ARGUMENT, "BAD_REQUEST"};
    return (struct own_error){http_status, STATUS_INTERNAL, "INTERNAL"};
}

int error_http_status(enum status_code code) {
    return http_statuses[code];
}

/* Details that do not transcode are left out: the error itself is worth more than they are. */
static void append_details(
    struct buffer *json, const struct api *api, struct arena *arena, struct text details) {
    struct json_reply reply = {
        .schema = api->schema,
        .message = api->status,
        .only = api->status_details,
        .wire = details,
        .zeros = JSON_ZEROS_LISTED,
    };
    struct transcode_error error;
    size_t before = json->size;
    if (details.size > 0 && wire_to_json(&reply, arena, json, &error) == 0)
        return;
    json->size = before;
    buffer_append_string(json, "[]");
}

static struct text to_json(struct visit *visit, const struct status *status) {
    _cleanup_(buffer_deinit) struct buffer json = {0};
    buffer_printf(&json, "{\"code\":%d,\"message\":", status->code);
    buffer_append_json_string(&json, text_from(status->message));
    buffer_append_string(&json, ",\"details\":");
    append_details(&json, &visit->gateway->api, visit->arena, status->details);
    buffer_append_char(&json, '}');
    return (struct text){arena_copy(visit->arena, json.data, json.size), json.size};
}

static void add_retry_after(struct visit *visit, const struct status *status) {
    int64_t delay_ms = status_retry_delay_ms(status);
    if (delay_ms < 0)
        return;
    const char *seconds = arena_printf(visit->arena, "%lld", (long long)(delay_ms + 999) / 1000);
    http_add_header(visit->exchange, "Retry-After", text_from(seconds));
}

static void reply_status(struct visit *visit, int http_status, const struct status *status) {
    if (status->details.size > 0)
        add_retry_after(visit, status);
    if (http_status == 401)
        http_add_header(visit->exchange, "WWW-Authenticate", TEXT("Bearer"));
    http_add_header(visit->exchange, "Cache-Control", TEXT("no-store"));
    visit_reply(visit, http_status, "application/json", to_json(visit, status));
}

static void reply_failure(struct visit *visit, int http_status, const struct failure *failure) {
    const struct status status = {
        .code = failure->code,
        .message = failure->message,
        .details = failure_serialize(visit->arena, failure),
    };
    reply_status(visit, http_status, &status);
}

void error_reply(struct visit *visit, int http_status, const char *format, ...) {
    struct own_error own = own_error_of(http_status);
    va_list args;
    va_start(args, format);
    const char *message = arena_vprintf(visit->arena, format, args);
    va_end(args);
    reply_failure(visit, http_status,
        &(struct failure){.code = own.code, .reason = own.reason, .message = message});
}

void error_reply_transcode(struct visit *visit, const struct transcode_error *error) {
    const struct failure_field field = {error->path, error->message};
    bool has_field = *error->path;
    reply_failure(visit, 400,
        &(struct failure){
            .code = STATUS_INVALID_ARGUMENT,
            .reason = "INVALID_REQUEST",
            .message = arena_printf(
                visit->arena, "%s %s", has_field ? error->path : "the request", error->message),
            .fields = &field,
            .field_count = has_field,
        });
}

/*
 * A call that failed below the service says so in the words of the runtime, addresses included.
 * That is for the log; the client gets a sentence of ours.
 */
static const struct {
    enum status_code code;
    const char *reason;
    const char *message;
} runtime_errors[] = {
    {STATUS_UNAVAILABLE, "SERVICE_UNAVAILABLE", "the service cannot be reached at present"},
    {STATUS_DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED", "the service did not answer in time"},
    {STATUS_CANCELLED, "CANCELLED", "the request was given up"},
    {STATUS_INTERNAL, "INTERNAL", "the service failed"},
    {STATUS_UNKNOWN, "UNKNOWN", "the service failed"},
};

static struct status for_client(struct visit *visit, const struct status *status) {
    for (size_t i = 0; i < ARRAY_SIZE(runtime_errors); i++) {
        if (status->details.size > 0 || runtime_errors[i].code != status->code)
            continue;
        const struct failure failure = {.code = status->code,
            .reason = runtime_errors[i].reason,
            .message = runtime_errors[i].message};
        return (struct status){
            status->code, failure.message, failure_serialize(visit->arena, &failure)};
    }
    return *status;
}

void error_reply_call(struct visit *visit, const struct status *status) {
    const struct log_scope scope = {.trace = &visit->trace};
    if (status->details.size == 0 && error_http_status(status->code) >= 500)
        log_debug(&scope, "call failed code=%s message=%s", status_code_name(status->code),
            status->message);
    struct status shown = for_client(visit, status);
    reply_status(visit, error_http_status(status->code), &shown);
}

struct text error_to_json(struct visit *visit, const struct status *status) {
    struct status shown = for_client(visit, status);
    return to_json(visit, &shown);
}
