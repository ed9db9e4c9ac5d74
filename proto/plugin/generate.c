/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/plugin/generate.h"

#include <ctype.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "proto/plugin/emit.h"
#include "proto/plugin/imports.h"
#include "proto/plugin/model.h"

struct generation {
    struct arena *arena;
    const Google__Protobuf__Compiler__CodeGeneratorRequest *request;
    Google__Protobuf__Compiler__CodeGeneratorResponse *response;
    struct buffer errors;
};

static void strip_file(Google__Protobuf__FileDescriptorProto *file) {
    google__protobuf__source_code_info__free_unpacked(file->source_code_info, NULL);
    file->source_code_info = NULL;
}

/* Reflection has no use for where things stood. */
static void strip_source_info(const Google__Protobuf__Compiler__CodeGeneratorRequest *request) {
    for (size_t i = 0; i < request->n_proto_file; i++)
        strip_file(request->proto_file[i]);
}

/* An API's description shows the comments; they are a small part of the source info. */
static void keep_comments(Google__Protobuf__SourceCodeInfo *info) {
    size_t kept = 0;
    for (size_t i = 0; i < info->n_location; i++) {
        Google__Protobuf__SourceCodeInfo__Location *location = info->location[i];
        if (location->leading_comments || location->trailing_comments)
            info->location[kept++] = location;
        else
            protobuf_c_message_free_unpacked(&location->base, NULL);
    }
    info->n_location = kept;
}

static void strip_all_but_comments(
    const Google__Protobuf__Compiler__CodeGeneratorRequest *request) {
    static const char wellknown[] = "google/protobuf/";
    for (size_t i = 0; i < request->n_proto_file; i++) {
        Google__Protobuf__FileDescriptorProto *file = request->proto_file[i];
        if (strncmp(file->name, wellknown, sizeof(wellknown) - 1) == 0)
            strip_file(file);
        else if (file->source_code_info)
            keep_comments(file->source_code_info);
    }
}

static void add_file(
    struct generation *generation, const char *stem, const char *suffix, struct buffer *content) {
    Google__Protobuf__Compiler__CodeGeneratorResponse *response = generation->response;
    Google__Protobuf__Compiler__CodeGeneratorResponse__File *file = arena_alloc(
        generation->arena, sizeof(*file));
    google__protobuf__compiler__code_generator_response__file__init(file);
    file->name = arena_printf(generation->arena, "%s%s", stem, suffix);
    file->content = arena_copy_text(generation->arena, buffer_text(content));
    response->file[response->n_file++] = file;
    buffer_clear(content);
}

static void generate_stubs(
    struct generation *generation, const Google__Protobuf__FileDescriptorProto *file) {
    if (file->n_service == 0)
        return;
    struct file_model *model = model_read(generation->arena, file, &generation->errors);
    if (generation->errors.size > 0)
        return;
    _cleanup_(buffer_deinit) struct buffer content = {0};
    emit_header(&content, model);
    add_file(generation, model->stem, ".mesh.h", &content);
    emit_source(&content, model, imports_of(generation->arena, generation->request, file->name));
    add_file(generation, model->stem, ".mesh.c", &content);
}

static void generate_all_stubs(struct generation *generation) {
    const Google__Protobuf__Compiler__CodeGeneratorRequest *request = generation->request;
    strip_source_info(request);
    for (size_t i = 0; i < request->n_file_to_generate; i++)
        generate_stubs(generation, imports_find(request, request->file_to_generate[i]));
}

static bool is_identifier(const char *name) {
    if (name[0] == '\0' || isdigit((unsigned char)name[0]))
        return false;
    for (; *name != '\0'; name++) {
        if (!isalnum((unsigned char)*name) && *name != '_')
            return false;
    }
    return true;
}

static void generate_descriptor_set(struct generation *generation, const char *name) {
    if (!is_identifier(name)) {
        buffer_printf(&generation->errors,
            "parameter descriptor_set=%s: the name must be a C identifier: letters, digits and "
            "'_', no digit first\n",
            name);
        return;
    }
    strip_all_but_comments(generation->request);
    Google__Protobuf__FileDescriptorSet set = GOOGLE__PROTOBUF__FILE_DESCRIPTOR_SET__INIT;
    set.n_file = generation->request->n_proto_file;
    set.file = generation->request->proto_file;
    _cleanup_(buffer_deinit) struct buffer content = {0};
    emit_descriptor_set_header(&content, name);
    add_file(generation, name, ".h", &content);
    emit_descriptor_set_source(&content, name, &set);
    add_file(generation, name, ".c", &content);
}

static void generate_by_parameter(struct generation *generation) {
    static const char descriptor_set[] = "descriptor_set=";
    const char *parameter = generation->request->parameter;
    if (parameter == NULL || parameter[0] == '\0')
        generate_all_stubs(generation);
    else if (strncmp(parameter, descriptor_set, sizeof(descriptor_set) - 1) == 0)
        generate_descriptor_set(generation, parameter + sizeof(descriptor_set) - 1);
    else
        buffer_printf(&generation->errors,
            "parameter '%s': not known; the only one is descriptor_set=NAME\n", parameter);
}

Google__Protobuf__Compiler__CodeGeneratorResponse *generate(
    struct arena *arena, Google__Protobuf__Compiler__CodeGeneratorRequest *request) {
    Google__Protobuf__Compiler__CodeGeneratorResponse *response = arena_alloc(
        arena, sizeof(*response));
    google__protobuf__compiler__code_generator_response__init(response);
    response->has_supported_features = true;
    response->supported_features =
        GOOGLE__PROTOBUF__COMPILER__CODE_GENERATOR_RESPONSE__FEATURE__FEATURE_PROTO3_OPTIONAL;
    /* Two files per proto, or two in all. */
    response->file = arena_alloc(arena, 2 * (request->n_file_to_generate + 1) * sizeof(void *));

    struct generation generation = {arena, request, response, {0}};
    generate_by_parameter(&generation);
    if (generation.errors.size > 0) {
        generation.errors.size--; /* protoc ends the last line */
        response->error = arena_copy_text(arena, buffer_text(&generation.errors));
        response->n_file = 0;
    }
    buffer_deinit(&generation.errors);
    return response;
}
