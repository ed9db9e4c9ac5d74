/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/error.h"

#include "base/arena.h"
#include "gateway/gateway_private.h"
#include "gateway/transcode/status_json.h"
#include "gateway/transcode/transcode.h"
#include "gateway/visit.h"
#include "http/server.h"
#include "mesh/status.h"

static void reply(struct visit *visit, int http_status) {
    if (http_status == 401)
        http_add_header(visit->exchange, "WWW-Authenticate", TEXT("Bearer"));
    http_add_header(visit->exchange, "Cache-Control", TEXT("no-store"));
    visit_reply(visit, http_status, "application/json", buffer_text(&visit->gateway->json));
}

/* --- our own --- */

/* From HTTP to the code, for what never became a call. */
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

static void write_own(struct visit *visit, const struct status_json_error *error) {
    buffer_clear(&visit->gateway->json);
    status_json_append_error(&visit->gateway->json, error);
}

void error_reply(struct visit *visit, int http_status, const char *format, ...) {
    struct own_error own = own_error_of(http_status);
    va_list args;
    va_start(args, format);
    const char *message = arena_vprintf(visit->arena, format, args);
    va_end(args);
    write_own(visit,
        &(struct status_json_error){.code = own.code, .reason = own.reason, .message = message});
    reply(visit, http_status);
}

void error_reply_transcode(struct visit *visit, const struct transcode_error *error) {
    const struct status_json_violation violation = {error->path, error->message};
    const char *subject = *error->path ? error->path : "the request";
    write_own(visit, &(struct status_json_error){
                         .code = STATUS_INVALID_ARGUMENT,
                         .reason = "INVALID_REQUEST",
                         .message = arena_printf(visit->arena, "%s %s", subject, error->message),
                         .violations = &violation,
                         .violation_count = *error->path ? 1 : 0,
                     });
    reply(visit, 400);
}

/* --- of calls --- */

/*
 * A call that failed below the service says so in the words of the runtime, addresses included.
 * They are for the log; the client gets a sentence of ours.
 */
static const struct status_json_error runtime_errors[] = {
    {STATUS_UNAVAILABLE, "SERVICE_UNAVAILABLE", "the service cannot be reached at present"},
    {STATUS_DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED", "the service did not answer in time"},
    {STATUS_CANCELLED, "CANCELLED", "the request was given up"},
    {STATUS_INTERNAL, "INTERNAL", "the service failed"},
    {STATUS_UNKNOWN, "UNKNOWN", "the service failed"},
};

static const struct status_json_error *find_runtime_error(const struct status *status) {
    for (size_t i = 0; i < ARRAY_SIZE(runtime_errors); i++)
        if (status->details.size == 0 && runtime_errors[i].code == (int)status->code)
            return &runtime_errors[i];
    return NULL;
}

struct text error_json(struct visit *visit, const struct status *status) {
    const struct status_json_error *own = find_runtime_error(status);
    struct gateway *gateway = visit->gateway;
    const struct log_scope scope = {.trace = &visit->trace};
    if (own) {
        log_debug(&scope, "call failed code=%s message=%s", status_code_name(status->code),
            status->message);
        write_own(visit, own);
    } else {
        buffer_clear(&gateway->json);
        status_json_append(&gateway->json, gateway->api.schema, visit->arena, status->code,
            text_from(status->message), status->details);
    }
    return buffer_text(&gateway->json);
}

/* In whole seconds, rounded up. */
static void add_retry_after(struct visit *visit, const struct status *status) {
    int64_t delay_ms = status_retry_delay_ms(status);
    if (delay_ms < 0)
        return;
    const char *seconds = arena_printf(visit->arena, "%lld", (long long)(delay_ms + 999) / 1000);
    http_add_header(visit->exchange, "Retry-After", text_from(seconds));
}

void error_reply_call(struct visit *visit, const struct status *status) {
    add_retry_after(visit, status);
    error_json(visit, status);
    reply(visit, status_json_http(status->code));
}
