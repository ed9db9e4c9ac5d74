/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/plugin/model.h"

#include "base/arena.h"
#include "base/buffer.h"
#include "proto/plugin/claim.h"
#include "proto/plugin/naming.h"

static const char *stem_of(struct arena *arena, const char *proto) {
    struct text text = text_from(proto);
    if (text_ends_with(text, TEXT(".proto")))
        text.size -= sizeof(".proto") - 1;
    return arena_copy_text(arena, text);
}

static const char *full_name(struct arena *arena, const Google__Protobuf__FileDescriptorProto *file,
    const Google__Protobuf__ServiceDescriptorProto *service) {
    if (file->package == NULL || file->package[0] == '\0')
        return service->name;
    return arena_printf(arena, "%s.%s", file->package, service->name);
}

static const char *idempotency(const Google__Protobuf__MethodDescriptorProto *method) {
    switch (method->options != NULL ? method->options->idempotency_level : 0) {
    case GOOGLE__PROTOBUF__METHOD_OPTIONS__IDEMPOTENCY_LEVEL__NO_SIDE_EFFECTS:
        return "METHOD_NO_SIDE_EFFECTS";
    case GOOGLE__PROTOBUF__METHOD_OPTIONS__IDEMPOTENCY_LEVEL__IDEMPOTENT:
        return "METHOD_IDEMPOTENT";
    default:
        return "METHOD_SIDE_EFFECTS";
    }
}

static struct method_model read_method(struct arena *arena, const struct service_model *service,
    const Google__Protobuf__MethodDescriptorProto *method) {
    return (struct method_model){
        .name = method->name,
        .path = arena_printf(arena, "/%s/%s", service->full_name, method->name),
        .lower = name_lower(arena, method->name),
        .upper = name_upper(arena, method->name),
        .idempotency = idempotency(method),
        .input_type = name_message_type(arena, method->input_type),
        .input_descriptor = name_message_descriptor(arena, method->input_type),
        .output_type = name_message_type(arena, method->output_type),
        .output_descriptor = name_message_descriptor(arena, method->output_type),
        .client_streams = method->client_streaming,
        .server_streams = method->server_streaming,
    };
}

static struct service_model read_service(struct arena *arena,
    const Google__Protobuf__FileDescriptorProto *file,
    const Google__Protobuf__ServiceDescriptorProto *service) {
    struct service_model model = {
        .full_name = full_name(arena, file, service),
        .lower = name_lower(arena, service->name),
        .upper = name_upper(arena, service->name),
        .methods = arena_zalloc(arena, service->n_method * sizeof(struct method_model)),
        .method_count = service->n_method,
    };
    for (size_t i = 0; i < service->n_method; i++)
        model.methods[i] = read_method(arena, &model, service->method[i]);
    return model;
}

/* C knows no empty array and no empty struct; a handler is a member of the method's name. */
static void check_service(
    const struct file_model *file, const struct service_model *service, struct buffer *errors) {
    if (service->method_count == 0)
        buffer_printf(errors, "%s: service %s has no method; it must have at least one\n",
            file->proto, service->full_name);
    for (size_t i = 0; i < service->method_count; i++) {
        const struct method_model *method = &service->methods[i];
        if (name_is_keyword(method->lower))
            buffer_printf(errors, "%s: method %s.%s would be '%s', a keyword of C; rename it\n",
                file->proto, service->full_name, method->name, method->lower);
    }
}

struct file_model *model_read(
    struct arena *arena, const Google__Protobuf__FileDescriptorProto *file, struct buffer *errors) {
    struct file_model *model = arena_zalloc(arena, sizeof(*model));
    model->proto = file->name;
    model->stem = stem_of(arena, file->name);
    model->services = arena_zalloc(arena, file->n_service * sizeof(struct service_model));
    model->service_count = file->n_service;
    for (size_t i = 0; i < file->n_service; i++) {
        model->services[i] = read_service(arena, file, file->service[i]);
        check_service(model, &model->services[i], errors);
    }
    claim_names(arena, model, errors);
    return model;
}
