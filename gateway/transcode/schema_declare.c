/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"
#include "gateway/transcode/schema_load.h"

static void count_message(struct loader *loader, const message_proto *message) {
    loader->message_count++;
    loader->enum_count += message->n_enum_type;
    for (size_t i = 0; i < message->n_nested_type; i++)
        count_message(loader, message->nested_type[i]);
}

void schema_count_file(struct loader *loader, const file_proto *file) {
    loader->enum_count += file->n_enum_type;
    loader->tables->schema.service_count += file->n_service;
    for (size_t i = 0; i < file->n_message_type; i++)
        count_message(loader, file->message_type[i]);
    for (size_t i = 0; i < file->n_service; i++)
        loader->method_count += file->service[i]->n_method;
}

/* Fields are numbered once a message is filled, so its extensions are known before. */

static void collect_extensions(
    struct loader *loader, struct text scope, field_proto *const *protos, size_t count) {
    for (size_t i = 0; i < count; i++) {
        size_t size = (loader->extension_count + 1) * sizeof(loader->extensions[0]);
        loader->extensions = memory_resize(loader->extensions, size);
        struct text full_name = loader_join(loader, scope, protos[i]->name);
        const char *name = arena_printf(loader->arena, "[%s]", full_name.data);
        loader->extensions[loader->extension_count++] = (struct extension){
            protos[i], text_from(name)};
    }
}

static struct text without_package(const struct loader *loader, struct text full_name) {
    size_t skipped = loader->package.size ? loader->package.size + 1 : 0;
    return (struct text){full_name.data + skipped, full_name.size - skipped};
}

static bool declare_enum(struct loader *loader, struct text scope, const enum_proto *proto) {
    struct schema_enum *enumeration = arena_zalloc(loader->arena, sizeof(*enumeration));
    enumeration->full_name = loader_join(loader, scope, proto->name);
    enumeration->name = without_package(loader, enumeration->full_name);
    enumeration->zero = loader_keep(loader, proto->n_value > 0 ? proto->value[0]->name : NULL);
    if (!names_put(&loader->tables->enums_by_name, enumeration->full_name, enumeration))
        return loader_refuse(loader, "enum %s is declared twice", enumeration->full_name.data);
    return true;
}

static enum message_shape shape_of(struct text full_name) {
    static const struct {
        const char *name;
        enum message_shape shape;
    } shapes[] = {
        {"Any", SHAPE_ANY},
        {"Timestamp", SHAPE_TIMESTAMP},
        {"Duration", SHAPE_DURATION},
        {"FieldMask", SHAPE_FIELD_MASK},
        {"Struct", SHAPE_STRUCT},
        {"Value", SHAPE_VALUE},
        {"ListValue", SHAPE_LIST_VALUE},
        {"DoubleValue", SHAPE_WRAPPER},
        {"FloatValue", SHAPE_WRAPPER},
        {"Int64Value", SHAPE_WRAPPER},
        {"UInt64Value", SHAPE_WRAPPER},
        {"Int32Value", SHAPE_WRAPPER},
        {"UInt32Value", SHAPE_WRAPPER},
        {"BoolValue", SHAPE_WRAPPER},
        {"StringValue", SHAPE_WRAPPER},
        {"BytesValue", SHAPE_WRAPPER},
    };
    struct text package = TEXT("google.protobuf.");
    if (!text_starts_with(full_name, package))
        return SHAPE_PLAIN;
    struct text name = {full_name.data + package.size, full_name.size - package.size};
    for (size_t i = 0; i < ARRAY_SIZE(shapes); i++)
        if (text_equal(name, text_from(shapes[i].name)))
            return shapes[i].shape;
    return SHAPE_PLAIN;
}

static bool declare_message(struct loader *loader, struct text scope, const message_proto *proto) {
    struct schema *schema = &loader->tables->schema;
    struct schema_message *message = arena_zalloc(loader->arena, sizeof(*message));
    message->full_name = loader_join(loader, scope, proto->name);
    message->name = without_package(loader, message->full_name);
    message->shape = shape_of(message->full_name);
    message->is_map_entry = proto->options && proto->options->map_entry;
    if (!names_put(&loader->tables->messages_by_name, message->full_name, message))
        return loader_refuse(loader, "message %s is declared twice", message->full_name.data);
    schema->messages[schema->message_count++] = message;
    collect_extensions(loader, message->full_name, proto->extension, proto->n_extension);
    for (size_t i = 0; i < proto->n_enum_type; i++)
        if (!declare_enum(loader, message->full_name, proto->enum_type[i]))
            return false;
    for (size_t i = 0; i < proto->n_nested_type; i++)
        if (!declare_message(loader, message->full_name, proto->nested_type[i]))
            return false;
    return true;
}

bool schema_declare_file(struct loader *loader, const file_proto *file) {
    struct text package = loader->package = text_from(file->package);
    collect_extensions(loader, package, file->extension, file->n_extension);
    for (size_t i = 0; i < file->n_enum_type; i++)
        if (!declare_enum(loader, package, file->enum_type[i]))
            return false;
    for (size_t i = 0; i < file->n_message_type; i++)
        if (!declare_message(loader, package, file->message_type[i]))
            return false;
    return true;
}
