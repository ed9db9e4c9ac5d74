/* SPDX-License-Identifier: Apache-2.0 */
#include "echo.mesh.h"

static void invoke_handler(
    any_fn handler, struct call *call, const ProtobufCMessage *request, void *data) {
    ((void (*)(struct call *, const Mesh__Test__V1__EchoRequest *, void *))handler)(
        call, (const Mesh__Test__V1__EchoRequest *)request, data);
}

static void invoke_on_reply(
    any_fn on_reply, const struct status *status, const ProtobufCMessage *reply, void *data) {
    ((void (*)(const struct status *, const Mesh__Test__V1__EchoResponse *, void *))on_reply)(
        status, (const Mesh__Test__V1__EchoResponse *)reply, data);
}

static enum rpc_flow invoke_on_message(
    any_fn on_message, struct rpc *rpc, const ProtobufCMessage *message, void *data) {
    return ((enum rpc_flow(*)(struct rpc *, const Mesh__Test__V1__EchoResponse *,
        void *))on_message)(rpc, (const Mesh__Test__V1__EchoResponse *)message, data);
}

#define ECHO_METHOD(method_name, method_kind)                                                      \
    {                                                                                              \
        .path = "/mesh.test.v1.EchoService/" method_name, .name = method_name,                     \
        .kind = method_kind, .input = &mesh__test__v1__echo_request__descriptor,                   \
        .output = &mesh__test__v1__echo_response__descriptor, .invoke_handler = invoke_handler,    \
        .invoke_on_reply = invoke_on_reply, .invoke_on_message = invoke_on_message,                \
    }

static const struct method methods[] = {
    [ECHO_SERVICE_ECHO] = ECHO_METHOD("Echo", METHOD_UNARY),
    [ECHO_SERVICE_HOLD] = ECHO_METHOD("Hold", METHOD_UNARY),
    [ECHO_SERVICE_FAIL] = ECHO_METHOD("Fail", METHOD_UNARY),
    [ECHO_SERVICE_COUNT] = ECHO_METHOD("Count", METHOD_SERVER_STREAM),
    [ECHO_SERVICE_WATCH] = ECHO_METHOD("Watch", METHOD_SERVER_STREAM),
    [ECHO_SERVICE_MISSING] = ECHO_METHOD("Missing", METHOD_UNARY),
};

const struct service echo_service = {
    .name = "mesh.test.v1.EchoService",
    .methods = methods,
    .method_count = ECHO_SERVICE_METHOD_COUNT,
};
