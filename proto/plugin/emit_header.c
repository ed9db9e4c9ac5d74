/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"
#include "proto/plugin/emit.h"
#include "proto/plugin/model.h"
#include "proto/plugin/template.h"

static const char file_top[] = "/* Written by protoc-gen-mesh from $proto$. */\n"
                               "#pragma once\n"
                               "\n"
                               "#include \"mesh/call.h\"\n"
                               "#include \"mesh/client.h\"\n"
                               "#include \"mesh/method.h\"\n"
                               "#include \"mesh/server.h\"\n"
                               "#include \"$stem$.pb-c.h\"\n";

static const char service_top[] = "\n"
                                  "/* $full_name$ */\n"
                                  "\n"
                                  "extern const struct service $service$;\n"
                                  "\n";

static const char handler_of_message[] =
    "    void (*$method$)(struct call *call, const $Input$ *request, void *data);\n";
static const char handler_of_stream[] = "    void (*$method$)(struct call *call, void *data);\n";

static const char register_function[] =
    "\n"
    "/* A handler that is NULL answers UNIMPLEMENTED. The handlers are copied. */\n"
    "void $service$_register(struct server *server,\n"
    "    const struct $service$_handlers *handlers, void *data);\n";

static const char reply_function[] =
    "static inline void $service$_$method$_reply(struct call *call, const $Output$ *reply) {\n"
    "    call_reply(call, &reply->base);\n"
    "}\n";

static const char send_function[] =
    "static inline int $service$_$method$_send(struct call *call, const $Output$ *message) {\n"
    "    return call_send(call, &message->base);\n"
    "}\n";

static const char unary_client[] =
    "static inline struct rpc *$service$_$method$(struct channel *channel,\n"
    "    const struct rpc_options *options, const $Input$ *request,\n"
    "    void (*on_reply)(const struct status *status, const $Output$ *reply, void *data),\n"
    "    void *data) {\n"
    "    return rpc_call(channel, &$service$.methods[$SERVICE$_$METHOD$], options,\n"
    "        &request->base, (any_fn)on_reply, data);\n"
    "}\n"
    "\n"
    "static inline struct status $service$_$method$_and_wait(struct channel *channel,\n"
    "    const struct rpc_options *options, const $Input$ *request,\n"
    "    struct arena *arena, const $Output$ **ret_reply) {\n"
    "    const ProtobufCMessage *reply = NULL;\n"
    "    struct status status = rpc_call_and_wait(channel,\n"
    "        &$service$.methods[$SERVICE$_$METHOD$], options, &request->base, arena, &reply);\n"
    "    if (status.code == STATUS_OK)\n"
    "        *ret_reply = (const $Output$ *)reply;\n"
    "    return status;\n"
    "}\n";

static const char read_function[] =
    "struct $service$_$method$_reader {\n"
    "    enum rpc_flow (*on_message)(struct call *call, const $Input$ *message, void *data);\n"
    "    void (*on_end)(struct call *call, void *data);\n"
    "};\n"
    "\n"
    "static inline void $service$_$method$_read(struct call *call,\n"
    "    const struct $service$_$method$_reader *reader, void *data) {\n"
    "    const struct call_reader untyped = {(any_fn)reader->on_message, reader->on_end};\n"
    "    call_start_reading(call, &untyped, data);\n"
    "}\n";

static const char send_request_function[] =
    "static inline int $service$_$method$_send_request(struct rpc *rpc, const $Input$ *request) {\n"
    "    return rpc_send(rpc, &request->base);\n"
    "}\n";

static const char client_stream_client[] =
    "struct $service$_$method$_events {\n"
    "    void (*on_reply)(const struct status *status, const $Output$ *reply, void *data);\n"
    "    void (*on_writable)(struct rpc *rpc, void *data);\n"
    "};\n"
    "\n"
    "static inline struct rpc *$service$_$method$(struct channel *channel,\n"
    "    const struct rpc_options *options, const struct $service$_$method$_events *events,\n"
    "    void *data) {\n"
    "    return rpc_client_stream(channel, &$service$.methods[$SERVICE$_$METHOD$], options,\n"
    "        (any_fn)events->on_reply, events->on_writable, data);\n"
    "}\n";

static const char bidi_client[] =
    "struct $service$_$method$_events {\n"
    "    enum rpc_flow (*on_message)(struct rpc *rpc, const $Output$ *message, void *data);\n"
    "    void (*on_done)(struct rpc *rpc, const struct status *status, void *data);\n"
    "    void (*on_writable)(struct rpc *rpc, void *data);\n"
    "};\n"
    "\n"
    "static inline struct rpc *$service$_$method$(struct channel *channel,\n"
    "    const struct rpc_options *options, const struct $service$_$method$_events *events,\n"
    "    void *data) {\n"
    "    const struct rpc_stream_events untyped = {\n"
    "        (any_fn)events->on_message, events->on_done, events->on_writable};\n"
    "    return rpc_bidi_stream(\n"
    "        channel, &$service$.methods[$SERVICE$_$METHOD$], options, &untyped, data);\n"
    "}\n";

static const char stream_client[] =
    "struct $service$_$method$_events {\n"
    "    enum rpc_flow (*on_message)(struct rpc *rpc, const $Output$ *message, void *data);\n"
    "    void (*on_done)(struct rpc *rpc, const struct status *status, void *data);\n"
    "};\n"
    "\n"
    "static inline struct rpc *$service$_$method$(struct channel *channel,\n"
    "    const struct rpc_options *options, const $Input$ *request,\n"
    "    const struct $service$_$method$_events *events, void *data) {\n"
    "    const struct rpc_stream_events untyped = {\n"
    "        (any_fn)events->on_message, events->on_done, NULL};\n"
    "    return rpc_stream(channel, &$service$.methods[$SERVICE$_$METHOD$], options,\n"
    "        &request->base, &untyped, data);\n"
    "}\n";

static void emit_enum(struct buffer *out, const struct service_model *service) {
    emit_service(out, "enum $service$_method {\n", service);
    for (size_t i = 0; i < service->method_count; i++)
        emit_method(out, "    $SERVICE$_$METHOD$,\n", service, &service->methods[i]);
    emit_service(out, "    $SERVICE$_METHOD_COUNT\n};\n\n", service);
}

static void emit_handlers(struct buffer *out, const struct service_model *service) {
    emit_service(out, "struct $service$_handlers {\n", service);
    for (size_t i = 0; i < service->method_count; i++) {
        const struct method_model *method = &service->methods[i];
        emit_method(
            out, method->client_streams ? handler_of_stream : handler_of_message, service, method);
    }
    buffer_append_string(out, "};\n");
}

static const char *const clients[2][2] = {
    {unary_client, stream_client},
    {client_stream_client, bidi_client},
};

static void emit_functions(
    struct buffer *out, const struct service_model *service, const struct method_model *method) {
    emit_method(out, "\n/* $path$ */\n", service, method);
    emit_method(out, method->server_streams ? send_function : reply_function, service, method);
    if (method->client_streams) {
        emit_method(out, read_function, service, method);
        emit_method(out, send_request_function, service, method);
    }
    emit_method(out, clients[method->client_streams][method->server_streams], service, method);
}

void emit_header(struct buffer *out, const struct file_model *file) {
    template_append(out, file_top,
        (struct template_value[]){{"proto", file->proto}, {"stem", file->stem}, {NULL}});
    for (size_t i = 0; i < file->service_count; i++) {
        const struct service_model *service = &file->services[i];
        emit_service(out, service_top, service);
        emit_enum(out, service);
        emit_handlers(out, service);
        emit_service(out, register_function, service);
        for (size_t j = 0; j < service->method_count; j++)
            emit_functions(out, service, &service->methods[j]);
    }
}
