/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/transcode/schema_load.h"

#include <stdlib.h>

#include "base/map.h"
#include "base/memory.h"

_printf_(2, 3) bool loader_refuse(struct loader *loader, const char *format, ...) {
    va_list args;
    va_start(args, format);
    buffer_vprintf(loader->error, format, args);
    va_end(args);
    return false;
}

struct text loader_keep(struct loader *loader, const char *string) {
    struct text text = text_from(string);
    return (struct text){arena_copy_text(loader->arena, text), text.size};
}

struct text loader_join(struct loader *loader, struct text scope, const char *name) {
    struct text last = text_from(name);
    const char *joined = scope.size ? arena_printf(loader->arena, "%.*s.%s", TEXT_ARG(scope), name)
                                    : arena_copy_text(loader->arena, last);
    return text_from(joined);
}

struct schema_message *loader_message(struct loader *loader, struct text full_name) {
    return (struct schema_message *)schema_message(&loader->tables->schema, full_name);
}

struct schema_enum *loader_enum(struct loader *loader, struct text full_name) {
    return (struct schema_enum *)schema_enum(&loader->tables->schema, full_name);
}

struct text loader_type_name(const char *name) {
    struct text text = text_from(name);
    if (text_starts_with(text, TEXT(".")))
        return (struct text){text.data + 1, text.size - 1};
    return text;
}

static bool unpack_set(struct loader *loader, struct text bytes) {
    file_set *set = google__protobuf__file_descriptor_set__unpack(
        NULL, bytes.size, (const uint8_t *)bytes.data);
    if (!set)
        return loader_refuse(loader, "the descriptor set is no google.protobuf.FileDescriptorSet");
    loader->sets[loader->set_count++] = set;
    return true;
}

static void collect_files(struct loader *loader) {
    struct map seen = {0};
    size_t count = 0;
    for (size_t i = 0; i < loader->set_count; i++)
        count += loader->sets[i]->n_file;
    loader->files = memory_new((count + 1) * sizeof(loader->files[0]));
    for (size_t i = 0; i < loader->set_count; i++)
        for (size_t j = 0; j < loader->sets[i]->n_file; j++) {
            file_proto *file = loader->sets[i]->file[j];
            struct text name = text_from(file->name);
            if (!map_get(&seen, name)) {
                map_put(&seen, name, file);
                loader->files[loader->file_count++] = file;
            }
        }
    map_deinit(&seen);
}

static void allocate_tables(struct loader *loader) {
    struct schema_tables *tables = loader->tables;
    struct schema *schema = &tables->schema;
    names_init(&tables->messages_by_name, loader->arena, loader->message_count);
    names_init(&tables->enums_by_name, loader->arena, loader->enum_count);
    names_init(&tables->methods_by_path, loader->arena, loader->method_count);
    schema->messages = arena_zalloc(
        loader->arena, loader->message_count * sizeof(schema->messages[0]));
    schema->services = arena_zalloc(
        loader->arena, schema->service_count * sizeof(schema->services[0]));
    schema->service_count = 0; /* counts again while they are filled */
}

static bool load(struct loader *loader, const struct text *sets, size_t set_count) {
    for (size_t i = 0; i < set_count; i++)
        if (!unpack_set(loader, sets[i]))
            return false;
    collect_files(loader);
    for (size_t i = 0; i < loader->file_count; i++)
        schema_count_file(loader, loader->files[i]);
    allocate_tables(loader);
    for (size_t i = 0; i < loader->file_count; i++)
        if (!schema_declare_file(loader, loader->files[i]))
            return false;
    for (size_t i = 0; i < loader->file_count; i++)
        if (!schema_fill_file(loader, loader->files[i]))
            return false;
    return true;
}

static void loader_deinit(struct loader *loader) {
    for (size_t i = 0; i < loader->set_count; i++)
        google__protobuf__file_descriptor_set__free_unpacked(loader->sets[i], NULL);
    free(loader->sets);
    free(loader->files);
    free(loader->extensions);
}

struct schema *schema_new(const struct text *sets, size_t set_count, struct buffer *ret_error) {
    struct schema_tables *tables = memory_new(sizeof(*tables));
    arena_init(&tables->arena, 0);
    struct loader loader = {
        .tables = tables,
        .arena = &tables->arena,
        .error = ret_error,
        .sets = memory_new((set_count + 1) * sizeof(file_set *)),
    };
    bool is_loaded = load(&loader, sets, set_count);
    loader_deinit(&loader);
    if (is_loaded)
        return &tables->schema;
    schema_free(&tables->schema);
    return NULL;
}

void schema_free(struct schema *schema) {
    if (!schema)
        return;
    struct schema_tables *tables = schema_tables(schema);
    arena_deinit(&tables->arena);
    free(tables);
}
