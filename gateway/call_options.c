/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/call_options.h"

#include <string.h>

#include "base/arena.h"
#include "gateway/gateway_private.h"
#include "gateway/visit.h"
#include "http/server.h"
#include "mesh/call_span.h"

/* --- deadline --- */

enum { GRPC_TIMEOUT_DIGITS_MAX = 8, SECONDS_MAX = 1000 * 1000 };

static int64_t round_up(uint64_t value, uint64_t divisor) {
    return (int64_t)((value + divisor - 1) / divisor);
}

/* "100m": up to eight digits and a unit. */
static int64_t read_grpc_timeout(struct text value) {
    uint64_t number;
    if (value.size < 2 || value.size > GRPC_TIMEOUT_DIGITS_MAX + 1 ||
        text_to_u64((struct text){value.data, value.size - 1}, &number) < 0)
        return -1;
    switch (value.data[value.size - 1]) {
    case 'H':
        return (int64_t)number * 3600 * 1000;
    case 'M':
        return (int64_t)number * 60 * 1000;
    case 'S':
        return (int64_t)number * 1000;
    case 'm':
        return (int64_t)number;
    case 'u':
        return round_up(number, 1000);
    case 'n':
        return round_up(number, 1000 * 1000);
    default:
        return -1;
    }
}

/* "1.5" */
static int64_t read_seconds(struct text value) {
    uint64_t seconds, fraction = 0, scale = 1;
    struct text whole = text_cut(&value, '.');
    if (text_to_u64(whole, &seconds) < 0 || seconds > SECONDS_MAX)
        return -1;
    if (value.size > 6 || (value.size > 0 && text_to_u64(value, &fraction) < 0))
        return -1;
    for (size_t i = 0; i < value.size; i++)
        scale *= 10;
    return (int64_t)seconds * 1000 + round_up(fraction * 1000, scale);
}

static int64_t read_milliseconds(struct text value) {
    uint64_t number;
    return value.size > 10 || text_to_u64(value, &number) < 0 ? -1 : (int64_t)number;
}

static const struct {
    const char *header;
    int64_t (*read)(struct text value); /* milliseconds, -1: malformed */
    const char *problem;
} timeouts[] = {
    {"grpc-timeout", read_grpc_timeout, "grpc-timeout must be like 500m, 2S or 1M"},
    {"x-server-timeout", read_seconds, "X-Server-Timeout must be a number of seconds"},
    {"connect-timeout-ms", read_milliseconds,
        "Connect-Timeout-Ms must be a number of milliseconds"},
};

/* The shortest of what the client asks for; INT64_MAX when it asks for nothing. */
static const char *read_timeout(const struct visit *visit, int64_t *ret_timeout_ms) {
    int64_t shortest_ms = INT64_MAX;
    for (size_t i = 0; i < ARRAY_SIZE(timeouts); i++) {
        struct text value = visit_header(visit, timeouts[i].header);
        if (value.size == 0)
            continue;
        int64_t timeout_ms = timeouts[i].read(value);
        if (timeout_ms < 0)
            return timeouts[i].problem;
        if (timeout_ms < shortest_ms)
            shortest_ms = timeout_ms;
    }
    *ret_timeout_ms = shortest_ms;
    return NULL;
}

static int64_t effective_timeout_ms(
    const struct gateway_options *options, int64_t asked_ms, bool is_stream) {
    if (asked_ms == INT64_MAX)
        return is_stream ? RPC_NO_TIMEOUT : options->timeout_ms;
    if (!is_stream && asked_ms > options->timeout_max_ms)
        return options->timeout_max_ms;
    return asked_ms > 0 ? asked_ms : 1;
}

/* --- metadata --- */

static const struct {
    const char *key; /* of the header, too */
    bool is_of_trace;
} forwarded[] = {
    {"authorization", false},
    {"accept-language", false},
    {"tracestate", true},
};

static bool is_printable(struct text value) {
    for (size_t i = 0; i < value.size; i++)
        if (value.data[i] < 0x20 || value.data[i] > 0x7e)
            return false;
    return true;
}

static const char *read_metadata(struct call_options *options, struct visit *visit) {
    size_t count = 0;
    /* The trace's id reaches the service anyway. */
    if (visit->has_request_id)
        options->metadata[count++] = (struct rpc_metadata){"x-request-id", visit->request_id};
    for (size_t i = 0; i < ARRAY_SIZE(forwarded); i++) {
        struct text value = visit_header(visit, forwarded[i].key);
        if (forwarded[i].is_of_trace)
            value = trace_state_bound(value);
        if (value.size == 0 || (forwarded[i].is_of_trace && !visit->has_parent))
            continue;
        if (!is_printable(value))
            return arena_printf(
                visit->arena, "the header %s may hold printable ASCII only", forwarded[i].key);
        options->metadata[count++] = (struct rpc_metadata){forwarded[i].key, value};
    }
    options->rpc.metadata = options->metadata;
    options->rpc.metadata_count = count;
    return NULL;
}

const char *call_options_read(struct call_options *options, struct visit *visit, bool is_stream) {
    int64_t asked_ms = INT64_MAX;
    const char *problem = read_timeout(visit, &asked_ms);
    if (problem)
        return problem;
    options->rpc = (struct rpc_options){
        .timeout_ms = effective_timeout_ms(&visit->gateway->options, asked_ms, is_stream),
        .trace = &visit->trace,
    };
    return read_metadata(options, visit);
}

/* --- fields --- */

const struct openapi_header call_fields[CALL_FIELDS] = {
    {"request_id", "Idempotency-Key",
        "The same key gives the same answer for 24 hours: a request may be repeated."},
    {"resume_token", "Last-Event-ID", "Where a stream goes on: the id of the last event seen."},
};

static const char *const sources[CALL_FIELDS] = {
    "the Idempotency-Key header", "the Last-Event-ID header"};

size_t call_fields_read(
    const struct visit *visit, struct transcode_extra ret_extras[static CALL_FIELDS]) {
    size_t count = 0;
    for (size_t i = 0; i < CALL_FIELDS; i++) {
        struct text value = visit_header(visit, call_fields[i].name);
        if (value.size > 0)
            ret_extras[count++] = (struct transcode_extra){
                text_from(call_fields[i].field), value, sources[i]};
    }
    return count;
}

static struct text without_field(
    struct visit *visit, const struct schema_message *request, const struct schema_field *field) {
    struct text query = visit->request->query;
    char *kept = arena_alloc(visit->arena, query.size + 1);
    size_t size = 0;
    while (query.size > 0) {
        struct text parameter = text_cut(&query, '&');
        struct text rest = parameter;
        if (schema_field(request, text_cut(&rest, '=')) == field)
            continue;
        memcpy(kept + size, parameter.data, parameter.size);
        size += parameter.size;
        kept[size++] = '&';
    }
    return (struct text){kept, size};
}

struct text call_query(struct visit *visit, const struct schema_message *request) {
    const struct schema_field *token = schema_field(request, TEXT("resume_token"));
    if (!token || visit_header(visit, "last-event-id").size == 0)
        return visit->request->query;
    return without_field(visit, request, token);
}
