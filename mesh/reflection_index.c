/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/reflection_index.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/memory.h"
#include "google/protobuf/descriptor.pb-c.h"
#include "grpc/reflection/v1/reflection.pb-c.h"
#include "mesh/message.h"
#include "mesh/reflection_symbols.h"

struct extendee {
    bool is_declared;
    int32_t *numbers;
    size_t count;
};

struct reflection_index {
    struct arena arena;
    struct map files;      /* by name */
    struct map symbols;    /* file by symbol */
    struct map extensions; /* file by "type/number" */
    struct map extendees;  /* by message */
    const char **services;
    size_t service_count;
};

struct reflection_index *reflection_index_new(void) {
    struct reflection_index *index = memory_new(sizeof(*index));
    arena_init(&index->arena, 0);
    return index;
}

void reflection_index_free(struct reflection_index *index) {
    if (!index)
        return;
    struct extendee *extendee;
    size_t cursor = 0;
    struct text key;
    while ((extendee = map_next(&index->extendees, &cursor, &key)))
        free(extendee->numbers);
    map_deinit(&index->files);
    map_deinit(&index->symbols);
    map_deinit(&index->extensions);
    map_deinit(&index->extendees);
    arena_deinit(&index->arena);
    free(index->services);
    free(index);
}

static struct text keep_name(struct reflection_index *index, const char *name) {
    return text_from(arena_copy_string(&index->arena, name));
}

static struct extendee *extendee_of(struct reflection_index *index, const char *type) {
    struct extendee *extendee = map_get(&index->extendees, text_from(type));
    if (extendee)
        return extendee;
    extendee = arena_zalloc(&index->arena, sizeof(*extendee));
    map_put(&index->extendees, keep_name(index, type), extendee);
    return extendee;
}

struct adding {
    struct reflection_index *index;
    struct reflection_file *file;
};

static void add_symbol(void *data, const char *symbol, bool is_message) {
    struct adding *adding = data;
    struct reflection_index *index = adding->index;
    if (!map_get(&index->symbols, text_from(symbol)))
        map_put(&index->symbols, keep_name(index, symbol), adding->file);
    if (is_message)
        extendee_of(index, symbol)->is_declared = true;
}

static void add_extension(void *data, const char *type, int32_t number) {
    struct adding *adding = data;
    struct reflection_index *index = adding->index;
    char *key = arena_printf(&index->arena, "%s/%" PRId32, type, number);
    if (map_get(&index->extensions, text_from(key)))
        return;
    map_put(&index->extensions, text_from(key), adding->file);
    struct extendee *extendee = extendee_of(index, type);
    extendee->numbers = memory_resize(
        extendee->numbers, (extendee->count + 1) * sizeof(*extendee->numbers));
    extendee->numbers[extendee->count++] = number;
}

static struct reflection_file *keep_file(struct reflection_index *index,
    const Google__Protobuf__FileDescriptorProto *proto, struct text bytes) {
    struct reflection_file *file = arena_zalloc(&index->arena, sizeof(*file));
    file->name = arena_copy_string(&index->arena, proto->name);
    file->bytes = (struct text){arena_copy(&index->arena, bytes.data, bytes.size), bytes.size};
    file->number = index->files.count;
    file->import_count = proto->n_dependency;
    file->imports = arena_alloc(&index->arena, proto->n_dependency * sizeof(*file->imports));
    for (size_t i = 0; i < proto->n_dependency; i++)
        file->imports[i] = arena_copy_string(&index->arena, proto->dependency[i]);
    map_put(&index->files, text_from(file->name), file);
    return file;
}

static int add_file(struct reflection_index *index, struct arena *scratch, struct text bytes) {
    static const struct symbol_visitor visitor = {add_symbol, add_extension};
    const Google__Protobuf__FileDescriptorProto *proto =
        (const Google__Protobuf__FileDescriptorProto *)message_unpack(
            scratch, &google__protobuf__file_descriptor_proto__descriptor, bytes);
    if (!proto || !proto->name)
        return -EINVAL;
    if (map_get(&index->files, text_from(proto->name)))
        return 0;
    struct adding adding = {index, keep_file(index, proto, bytes)};
    symbols_visit(scratch, proto, &visitor, &adding);
    return 0;
}

/* A set of descriptors is, byte for byte, an answer that holds descriptors. */
static int add_files(struct reflection_index *index, struct arena *scratch, struct text set) {
    const Grpc__Reflection__V1__FileDescriptorResponse *files =
        (const Grpc__Reflection__V1__FileDescriptorResponse *)message_unpack(
            scratch, &grpc__reflection__v1__file_descriptor_response__descriptor, set);
    int r = files ? 0 : -EINVAL;
    for (size_t i = 0; r == 0 && i < files->n_file_descriptor_proto; i++) {
        const ProtobufCBinaryData *file = &files->file_descriptor_proto[i];
        r = add_file(index, scratch, (struct text){(const char *)file->data, file->len});
    }
    return r;
}

static void add_service(struct reflection_index *index, const char *service) {
    size_t at = index->service_count++;
    index->services = memory_resize(
        index->services, index->service_count * sizeof(*index->services));
    for (; at > 0 && strcmp(index->services[at - 1], service) > 0; at--)
        index->services[at] = index->services[at - 1];
    index->services[at] = arena_copy_string(&index->arena, service);
}

int reflection_index_add(
    struct reflection_index *index, const char *service, struct text descriptor_set) {
    struct arena scratch;
    arena_init(&scratch, 0);
    int r = add_files(index, &scratch, descriptor_set);
    arena_deinit(&scratch);
    if (r == 0)
        add_service(index, service);
    return r;
}

const char *const *reflection_services(const struct reflection_index *index, size_t *ret_count) {
    *ret_count = index->service_count;
    return index->services;
}

size_t reflection_file_count(const struct reflection_index *index) {
    return index->files.count;
}

const struct reflection_file *reflection_file_named(
    const struct reflection_index *index, const char *name) {
    return map_get(&index->files, text_from(name));
}

const struct reflection_file *reflection_file_with_symbol(
    const struct reflection_index *index, const char *symbol) {
    return map_get(&index->symbols, text_from(symbol));
}

const struct reflection_file *reflection_file_with_extension(
    const struct reflection_index *index, const char *type, int32_t number) {
    struct arena scratch;
    arena_init(&scratch, 0);
    const char *key = arena_printf(&scratch, "%s/%" PRId32, type, number);
    const struct reflection_file *file = map_get(&index->extensions, text_from(key));
    arena_deinit(&scratch);
    return file;
}

bool reflection_extension_numbers(const struct reflection_index *index, const char *type,
    const int32_t **ret_numbers, size_t *ret_count) {
    const struct extendee *extendee = map_get(&index->extendees, text_from(type));
    if (!extendee || !extendee->is_declared)
        return false;
    *ret_numbers = extendee->numbers;
    *ret_count = extendee->count;
    return true;
}

/* What has been collected is at the same time the queue of what is still to be looked into. */
size_t reflection_collect(const struct reflection_index *index, const struct reflection_file *file,
    bool *is_sent, const struct reflection_file **ret_files) {
    size_t count = 0;
    ret_files[count++] = file;
    is_sent[file->number] = true;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < ret_files[i]->import_count; j++) {
            const struct reflection_file *import = reflection_file_named(
                index, ret_files[i]->imports[j]);
            if (!import || is_sent[import->number])
                continue;
            is_sent[import->number] = true;
            ret_files[count++] = import;
        }
    return count;
}
