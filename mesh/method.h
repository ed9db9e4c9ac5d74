/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What protoc-gen-mesh writes about a service: const tables, nothing else is needed to serve or
 * call it.
 *
 *  1. Handlers and callbacks are typed by their messages. The runtime holds them as any_fn, and
 *     calls one only through the invoke function of its method, which casts it back to its true
 *     type.
 *  2. Of s.m of a service s the generated header declares, by the kind of the method, s_m_reply()
 *     or s_m_send() and s_m_read() for its handler, and for clients s_m(), s_m_and_wait() of a
 *     unary one, s_m_send_request() of a stream of requests: the functions of mesh/call.h and
 *     mesh/client.h, typed.
 *  3. method_kind_reads_requests() and method_kind_has_many_answers() tell what a kind streams.
 */

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

struct call;
struct rpc;
struct status;

typedef void (*any_fn)(void);

/* What the reader of a stream says after each message: go on, or wait for rpc_read(). */
enum rpc_flow { RPC_NEXT, RPC_PAUSE };

enum method_kind {
    METHOD_UNARY = 0,
    METHOD_CLIENT_STREAM = 1,
    METHOD_SERVER_STREAM = 2,
    METHOD_BIDI_STREAM = 3,
};

static inline bool method_kind_reads_requests(enum method_kind kind) {
    return kind == METHOD_CLIENT_STREAM || kind == METHOD_BIDI_STREAM;
}
static inline bool method_kind_has_many_answers(enum method_kind kind) {
    return kind == METHOD_SERVER_STREAM || kind == METHOD_BIDI_STREAM;
}

enum method_idempotency { METHOD_SIDE_EFFECTS, METHOD_NO_SIDE_EFFECTS, METHOD_IDEMPOTENT };

struct method {
    const char *path; /* "/myevents.v1.EventService/GetEvent" */
    const char *name; /* "GetEvent" */
    enum method_kind kind;
    enum method_idempotency idempotency;
    const ProtobufCMessageDescriptor *input;
    const ProtobufCMessageDescriptor *output;
    /* `request` is NULL where the client sends a stream. */
    void (*invoke_handler)(
        any_fn handler, struct call *call, const ProtobufCMessage *request, void *data);
    /* Of a stream of requests; NULL where there is one. */
    enum rpc_flow (*invoke_on_request)(
        any_fn on_message, struct call *call, const ProtobufCMessage *message, void *data);
    /* Where there is one answer: `reply` is NULL unless the status is OK. */
    void (*invoke_on_reply)(
        any_fn on_reply, const struct status *status, const ProtobufCMessage *reply, void *data);
    /* Where there are many. */
    enum rpc_flow (*invoke_on_message)(
        any_fn on_message, struct rpc *rpc, const ProtobufCMessage *message, void *data);
};

struct service {
    const char *name; /* "myevents.v1.EventService" */
    const struct method *methods;
    size_t method_count;
    /* Serialized google.protobuf.FileDescriptorSet with all imports, for reflection and
     * transcoding. */
    const struct text *descriptor_set;
};
