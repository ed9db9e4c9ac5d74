/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"
#include "proto/plugin/emit.h"
#include "proto/plugin/model.h"
#include "proto/plugin/template.h"

static const char file_top[] = "/* Written by protoc-gen-mesh from $proto$. */\n"
                               "#include \"$stem$.mesh.h\"\n"
                               "\n"
                               "#include \"base/attr.h\"\n"
                               "\n";

static const char descriptor_set[] =
    "\n"
    "static const struct text descriptor_set = {\n"
    "    (const char *)descriptor_set_bytes, sizeof(descriptor_set_bytes)};\n";

/* The functions that know the true type of a handler or a callback. */
static const char invoke_handler[] =
    "\n"
    "static void $service$_$method$_invoke_handler(any_fn handler, struct call *call,\n"
    "    const ProtobufCMessage *request, void *data) {\n"
    "    ((void (*)(struct call *, const $Input$ *, void *))handler)(\n"
    "        call, (const $Input$ *)request, data);\n"
    "}\n";

static const char invoke_stream_handler[] =
    "\n"
    "static void $service$_$method$_invoke_handler(any_fn handler, struct call *call,\n"
    "    _unused_ const ProtobufCMessage *request, void *data) {\n"
    "    ((void (*)(struct call *, void *))handler)(call, data);\n"
    "}\n";

static const char invoke_on_request[] =
    "\n"
    "static enum rpc_flow $service$_$method$_invoke_on_request(any_fn on_message,\n"
    "    struct call *call, const ProtobufCMessage *message, void *data) {\n"
    "    return ((enum rpc_flow (*)(struct call *, const $Input$ *, void *))on_message)(\n"
    "        call, (const $Input$ *)message, data);\n"
    "}\n";

static const char invoke_on_reply[] =
    "\n"
    "static void $service$_$method$_invoke_on_reply(any_fn on_reply, const struct status *status,\n"
    "    const ProtobufCMessage *reply, void *data) {\n"
    "    ((void (*)(const struct status *, const $Output$ *, void *))on_reply)(\n"
    "        status, (const $Output$ *)reply, data);\n"
    "}\n";

static const char invoke_on_message[] =
    "\n"
    "static enum rpc_flow $service$_$method$_invoke_on_message(any_fn on_message,\n"
    "    struct rpc *rpc, const ProtobufCMessage *message, void *data) {\n"
    "    return ((enum rpc_flow (*)(struct rpc *, const $Output$ *, void *))on_message)(\n"
    "        rpc, (const $Output$ *)message, data);\n"
    "}\n";

static const char method_row[] = "    [$SERVICE$_$METHOD$] = {\n"
                                 "        .path = \"$path$\",\n"
                                 "        .name = \"$name$\",\n"
                                 "        .kind = $kind$,\n"
                                 "        .idempotency = $idempotency$,\n"
                                 "        .input = &$input_descriptor$,\n"
                                 "        .output = &$output_descriptor$,\n"
                                 "        .invoke_handler = $service$_$method$_invoke_handler,\n";
static const char row_on_request[] =
    "        .invoke_on_request = $service$_$method$_invoke_on_request,\n";
static const char row_on_reply[] =
    "        .invoke_on_reply = $service$_$method$_invoke_on_reply,\n";
static const char row_on_message[] =
    "        .invoke_on_message = $service$_$method$_invoke_on_message,\n";

static const char service_table[] = "\n"
                                    "const struct service $service$ = {\n"
                                    "    .name = \"$full_name$\",\n"
                                    "    .methods = $service$_methods,\n"
                                    "    .method_count = $SERVICE$_METHOD_COUNT,\n"
                                    "    .descriptor_set = &descriptor_set,\n"
                                    "};\n";

static const char register_top[] = "\n"
                                   "void $service$_register(struct server *server,\n"
                                   "    const struct $service$_handlers *handlers, void *data) {\n"
                                   "    const any_fn untyped[] = {\n";
static const char register_bottom[] = "    };\n"
                                      "    server_register(server, &$service$, untyped, data);\n"
                                      "}\n";

static void emit_invoke(
    struct buffer *out, const struct service_model *service, const struct method_model *method) {
    emit_method(
        out, method->client_streams ? invoke_stream_handler : invoke_handler, service, method);
    if (method->client_streams)
        emit_method(out, invoke_on_request, service, method);
    emit_method(out, method->server_streams ? invoke_on_message : invoke_on_reply, service, method);
}

static void emit_row(
    struct buffer *out, const struct service_model *service, const struct method_model *method) {
    emit_method(out, method_row, service, method);
    if (method->client_streams)
        emit_method(out, row_on_request, service, method);
    emit_method(out, method->server_streams ? row_on_message : row_on_reply, service, method);
    buffer_append_string(out, "    },\n");
}

static void emit_tables(struct buffer *out, const struct service_model *service) {
    emit_service(out, "\nstatic const struct method $service$_methods[] = {\n", service);
    for (size_t i = 0; i < service->method_count; i++)
        emit_row(out, service, &service->methods[i]);
    buffer_append_string(out, "};\n");
    emit_service(out, service_table, service);
}

static void emit_register(struct buffer *out, const struct service_model *service) {
    emit_service(out, register_top, service);
    for (size_t i = 0; i < service->method_count; i++)
        emit_method(out, "        [$SERVICE$_$METHOD$] = (any_fn)handlers->$method$,\n", service,
            &service->methods[i]);
    emit_service(out, register_bottom, service);
}

void emit_source(struct buffer *out, const struct file_model *file,
    const Google__Protobuf__FileDescriptorSet *set) {
    template_append(out, file_top,
        (struct template_value[]){{"proto", file->proto}, {"stem", file->stem}, {NULL}});
    emit_descriptor_set_bytes(out, "descriptor_set", set);
    buffer_append_string(out, descriptor_set);
    for (size_t i = 0; i < file->service_count; i++) {
        const struct service_model *service = &file->services[i];
        for (size_t j = 0; j < service->method_count; j++)
            emit_invoke(out, service, &service->methods[j]);
        emit_tables(out, service);
        emit_register(out, service);
    }
}
