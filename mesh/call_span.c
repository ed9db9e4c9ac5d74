/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/call_span.h"

#include <stdio.h>
#include <string.h>

/* --- the peer --- */

static struct text text_behind(struct text text, size_t size) {
    return (struct text){text.data + size, text.size - size};
}

/* "dns:///host:port", "dns://server/host:port", "unix:/path", "unix:///path", "ipv4:..." */
static struct text cut_scheme(struct text target) {
    static const struct text schemes[] = {
        {"dns:", 4}, {"unix:", 5}, {"unix-abstract:", 14}, {"ipv4:", 5}, {"ipv6:", 5}};
    bool is_path = text_starts_with(target, schemes[1]);
    for (size_t i = 0; i < ARRAY_SIZE(schemes); i++)
        if (text_starts_with(target, schemes[i]))
            target = text_behind(target, schemes[i].size);
    if (!text_starts_with(target, TEXT("//")))
        return target;
    struct text rest = text_behind(target, 2);
    text_cut(&rest, '/');
    return is_path ? text_behind(target, 2) : rest;
}

static struct text without_brackets(struct text host) {
    bool has_them = host.size >= 2 && host.data[0] == '[' && host.data[host.size - 1] == ']';
    return has_them ? (struct text){host.data + 1, host.size - 2} : host;
}

/* A path and a list of addresses have no port of their own. */
void peer_name_read(const char *target, struct peer_name *ret_name) {
    struct text host = cut_scheme(text_from(target));
    const char *colon = memrchr(host.data, ':', host.size);
    bool is_one = host.size > 0 && host.data[0] != '/' && !memchr(host.data, ',', host.size);
    uint64_t port = 0;
    if (colon && is_one) {
        struct text digits = {colon + 1, (size_t)(host.data + host.size - colon - 1)};
        if (text_to_u64(digits, &port) == 0)
            host = without_brackets((struct text){host.data, (size_t)(colon - host.data)});
    }
    ret_name->port = (int64_t)port;
    snprintf(ret_name->address, sizeof(ret_name->address), "%.*s", TEXT_ARG(host));
}

/* --- spans --- */

struct span *call_span_begin(
    enum span_kind kind, const char *path, const struct trace *parent, struct trace *ret_trace) {
    struct text method = text_from(path + (path[0] == '/'));
    struct span *span = span_begin(kind, method.data, parent, ret_trace);
    if (!span)
        return NULL;
    span_text(span, "rpc.system", TEXT("grpc"));
    span_text(span, "rpc.service", text_cut(&method, '/'));
    span_text(span, "rpc.method", method);
    return span;
}

void call_span_avoid(const struct trace *parent, struct trace *ret_trace) {
    if (parent)
        trace_continue(parent, ret_trace);
    else
        trace_start(ret_trace);
    ret_trace->sampled = false;
}

void call_span_peer(struct span *span, const struct peer_name *peer) {
    if (!span)
        return;
    span_text(span, "server.address", text_from(peer->address));
    if (peer->port)
        span_number(span, "server.port", peer->port);
}

static bool is_failure(enum span_kind kind, enum status_code code) {
    switch (code) {
    case STATUS_OK:
        return false;
    case STATUS_UNKNOWN:
    case STATUS_DEADLINE_EXCEEDED:
    case STATUS_UNIMPLEMENTED:
    case STATUS_INTERNAL:
    case STATUS_UNAVAILABLE:
    case STATUS_DATA_LOSS:
        return true;
    default:
        return kind == SPAN_CLIENT;
    }
}

void call_span_end(struct span *span, enum status_code code, const char *message) {
    if (!span)
        return;
    span_number(span, "rpc.grpc.status_code", code);
    if (is_failure(span->kind, code))
        span_fail(span, message);
    span_end(span);
}

struct text trace_state_bound(struct text value) {
    return value.size <= TRACE_STATE_SIZE_MAX ? value : TEXT("");
}
