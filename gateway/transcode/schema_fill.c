/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "gateway/transcode/http_rule.h"
#include "gateway/transcode/schema_load.h"

enum { FIELDS_MAX = INT16_MAX, DENSE_SLACK = 64 };

/* Numbers of the fields that lead to an element; SourceCodeInfo names places by them. */
enum {
    FILE_MESSAGES = 4,
    FILE_ENUMS = 5,
    FILE_SERVICES = 6,
    MESSAGE_FIELDS = 2,
    MESSAGE_MESSAGES = 3,
    MESSAGE_ENUMS = 4,
    ENUM_VALUES = 2,
    SERVICE_METHODS = 2,
};

static int compare_fields(const void *a, const void *b) {
    const struct schema_field *left = a, *right = b;
    return (left->number > right->number) - (left->number < right->number);
}

static void fill_dense(struct loader *loader, struct schema_message *message) {
    uint32_t last = message->field_count ? message->fields[message->field_count - 1].number : 0;
    size_t bound = message->field_count * 2 + DENSE_SLACK;
    message->dense_count = last < bound ? last + 1 : bound;
    message->dense = arena_zalloc(loader->arena, message->dense_count * sizeof(message->dense[0]));
    for (size_t i = 0; i < message->field_count; i++)
        if (message->fields[i].number < message->dense_count)
            message->dense[message->fields[i].number] = &message->fields[i];
}

static bool fill_names(struct loader *loader, struct schema_message *message) {
    names_init(&message->names, loader->arena, message->field_count * 2);
    for (size_t i = 0; i < message->field_count; i++)
        if (!names_put(&message->names, message->fields[i].json_name, &message->fields[i]))
            return loader_refuse(loader, "two fields of %s have the JSON name %s",
                message->full_name.data, message->fields[i].json_name.data);
    /* A proto name that is another field's JSON name loses. */
    for (size_t i = 0; i < message->field_count; i++)
        names_put(&message->names, message->fields[i].name, &message->fields[i]);
    return true;
}

static void fill_declared(
    struct loader *loader, struct schema_message *message, const message_proto *proto) {
    message->declared = arena_zalloc(loader->arena, proto->n_field * sizeof(void *));
    message->declared_count = proto->n_field;
    for (size_t i = 0; i < proto->n_field; i++)
        message->declared[i] = schema_field(message, text_from(proto->field[i]->name));
}

static bool fill_enum(
    struct loader *loader, const struct place *place, struct text scope, const enum_proto *proto);

static bool extends(const struct extension *extension, const struct schema_message *message) {
    return text_equal(loader_type_name(extension->proto->extendee), message->full_name);
}

static size_t count_extensions(const struct loader *loader, const struct schema_message *message) {
    size_t count = 0;
    for (size_t i = 0; i < loader->extension_count; i++)
        count += extends(&loader->extensions[i], message);
    return count;
}

static bool fill_extensions(struct loader *loader, struct schema_message *message) {
    for (size_t i = 0; i < loader->extension_count; i++) {
        const struct extension *extension = &loader->extensions[i];
        if (!extends(extension, message))
            continue;
        struct schema_field *field = &message->fields[message->field_count++];
        if (!schema_fill_field(loader, message, field, extension->proto))
            return false;
        field->name = field->json_name = extension->name;
        schema_fill_texts(loader, field);
    }
    return true;
}

static bool fill_fields(struct loader *loader, const struct place *place,
    struct schema_message *message, const message_proto *proto) {
    if (proto->n_field > FIELDS_MAX || proto->n_oneof_decl > FIELDS_MAX)
        return loader_refuse(loader, "message %s has too many fields", message->full_name.data);
    size_t room = proto->n_field + count_extensions(loader, message);
    message->field_count = proto->n_field;
    message->fields = arena_zalloc(loader->arena, room * sizeof(message->fields[0]));
    for (size_t i = 0; i < proto->n_field; i++) {
        if (!schema_fill_field(loader, message, &message->fields[i], proto->field[i]))
            return false;
        message->fields[i].comment = comments_get(
            &loader->comments, loader->arena, place, MESSAGE_FIELDS, i);
    }
    if (!fill_extensions(loader, message))
        return false;
    if (message->field_count > 0)
        qsort(message->fields, message->field_count, sizeof(message->fields[0]), compare_fields);
    for (size_t i = 0; i < message->field_count; i++)
        message->fields[i].index = (uint16_t)i;
    return true;
}

static void fill_oneofs(
    struct loader *loader, struct schema_message *message, const message_proto *proto) {
    struct text *names = arena_alloc(loader->arena, proto->n_oneof_decl * sizeof(names[0]));
    for (size_t i = 0; i < proto->n_oneof_decl; i++)
        names[i] = loader_keep(loader, proto->oneof_decl[i]->name);
    message->oneof_names = names;
    message->oneof_count = proto->n_oneof_decl;
}

/* What the shapes with a JSON of their own and map entries rely on: fields 1 to this. */
static uint32_t shape_fields(const struct schema_message *message) {
    if (message->is_map_entry)
        return 2;
    switch (message->shape) {
    case SHAPE_PLAIN:
        return 0;
    case SHAPE_VALUE:
        return 6;
    case SHAPE_ANY:
    case SHAPE_TIMESTAMP:
    case SHAPE_DURATION:
        return 2;
    default:
        return 1;
    }
}

static bool check_shape(struct loader *loader, const struct schema_message *message) {
    for (uint32_t number = shape_fields(message); number > 0; number--)
        if (!schema_field_numbered(message, number))
            return loader_refuse(
                loader, "message %s lacks field %u", message->full_name.data, number);
    return true;
}

static bool fill_message(struct loader *loader, const struct place *place, struct text scope,
    const message_proto *proto) {
    struct schema_message *message = loader_message(
        loader, loader_join(loader, scope, proto->name));
    message->comment = comments_here(&loader->comments, loader->arena, place);
    fill_oneofs(loader, message, proto);
    if (!fill_fields(loader, place, message, proto))
        return false;
    fill_dense(loader, message);
    if (!fill_names(loader, message) || !check_shape(loader, message))
        return false;
    fill_declared(loader, message, proto);
    for (size_t i = 0; i < proto->n_enum_type; i++) {
        struct place inner = place_inside(place, MESSAGE_ENUMS, i);
        if (!fill_enum(loader, &inner, message->full_name, proto->enum_type[i]))
            return false;
    }
    for (size_t i = 0; i < proto->n_nested_type; i++) {
        struct place inner = place_inside(place, MESSAGE_MESSAGES, i);
        if (!fill_message(loader, &inner, message->full_name, proto->nested_type[i]))
            return false;
    }
    return true;
}

static int compare_values(const void *a, const void *b) {
    const struct schema_enum_value *left = *(const struct schema_enum_value *const *)a;
    const struct schema_enum_value *right = *(const struct schema_enum_value *const *)b;
    if (left->number != right->number)
        return left->number < right->number ? -1 : 1;
    return (left > right) - (left < right); /* the first of several aliases stays */
}

static void fill_numbers(struct loader *loader, struct schema_enum *enumeration) {
    size_t count = enumeration->value_count, kept = 0;
    const struct schema_enum_value **sorted = arena_alloc(loader->arena, count * sizeof(*sorted));
    for (size_t i = 0; i < count; i++)
        sorted[i] = &enumeration->values[i];
    if (count > 0)
        qsort(sorted, count, sizeof(sorted[0]), compare_values);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || sorted[kept - 1]->number != sorted[i]->number)
            sorted[kept++] = sorted[i];
    enumeration->by_number = sorted;
    enumeration->number_count = kept;
}

static bool fill_enum(
    struct loader *loader, const struct place *place, struct text scope, const enum_proto *proto) {
    struct schema_enum *enumeration = loader_enum(loader, loader_join(loader, scope, proto->name));
    struct schema_enum_value *values = arena_zalloc(
        loader->arena, proto->n_value * sizeof(values[0]));
    names_init(&enumeration->names, loader->arena, proto->n_value);
    for (size_t i = 0; i < proto->n_value; i++) {
        values[i].name = loader_keep(loader, proto->value[i]->name);
        values[i].quoted = text_from(
            arena_printf(loader->arena, "\"%.*s\"", TEXT_ARG(values[i].name)));
        values[i].number = proto->value[i]->number;
        values[i].comment = comments_get(&loader->comments, loader->arena, place, ENUM_VALUES, i);
        names_put(&enumeration->names, values[i].name, &values[i]);
    }
    enumeration->comment = comments_here(&loader->comments, loader->arena, place);
    enumeration->values = values;
    enumeration->value_count = proto->n_value;
    enumeration->is_null_value = text_equal(
        enumeration->full_name, TEXT("google.protobuf.NullValue"));
    fill_numbers(loader, enumeration);
    return enumeration->value_count > 0 ||
           loader_refuse(loader, "enum %s has no value", enumeration->full_name.data);
}

static bool fill_rules(
    struct loader *loader, struct schema_method *method, const method_proto *proto) {
    const char *problem = http_rules_read(
        loader->arena, proto->options, &method->rules, &method->rule_count);
    return !problem || loader_refuse(loader, "method %s: its google.api.http option %s",
                           method->full_name.data, problem);
}

static enum method_effect effect_of(const method_proto *proto) {
    if (!proto->options)
        return EFFECT_UNKNOWN;
    switch (proto->options->idempotency_level) {
    case GOOGLE__PROTOBUF__METHOD_OPTIONS__IDEMPOTENCY_LEVEL__NO_SIDE_EFFECTS:
        return EFFECT_NONE;
    case GOOGLE__PROTOBUF__METHOD_OPTIONS__IDEMPOTENCY_LEVEL__IDEMPOTENT:
        return EFFECT_IDEMPOTENT;
    default:
        return EFFECT_UNKNOWN;
    }
}

static bool fill_method(struct loader *loader, const struct schema_service *service,
    struct schema_method *method, const method_proto *proto) {
    method->service = service;
    method->name = loader_keep(loader, proto->name);
    method->full_name = loader_join(loader, service->full_name, proto->name);
    method->path = text_from(
        arena_printf(loader->arena, "/%.*s/%s", TEXT_ARG(service->full_name), proto->name));
    method->input = loader_message(loader, loader_type_name(proto->input_type));
    method->output = loader_message(loader, loader_type_name(proto->output_type));
    method->is_client_streaming = proto->client_streaming;
    method->is_server_streaming = proto->server_streaming;
    method->effect = effect_of(proto);
    if (!method->input || !method->output)
        return loader_refuse(loader, "method %s has a type that no file of the set declares",
            method->full_name.data);
    if (!names_put(&loader->tables->methods_by_path, method->path, method))
        return loader_refuse(loader, "method %s is declared twice", method->full_name.data);
    return fill_rules(loader, method, proto);
}

static bool fill_service(struct loader *loader, const struct place *place, struct text package,
    const service_proto *proto) {
    struct schema *schema = &loader->tables->schema;
    struct schema_service *service = &schema->services[schema->service_count++];
    struct schema_method *methods = arena_zalloc(
        loader->arena, proto->n_method * sizeof(methods[0]));
    service->name = loader_keep(loader, proto->name);
    service->full_name = loader_join(loader, package, proto->name);
    service->comment = comments_here(&loader->comments, loader->arena, place);
    service->methods = methods;
    service->method_count = proto->n_method;
    for (size_t i = 0; i < proto->n_method; i++) {
        methods[i].comment = comments_get(
            &loader->comments, loader->arena, place, SERVICE_METHODS, i);
        if (!fill_method(loader, service, &methods[i], proto->method[i]))
            return false;
    }
    return true;
}

static bool fill_elements(struct loader *loader, const file_proto *file) {
    struct text package = text_from(file->package);
    struct place root = {0};
    for (size_t i = 0; i < file->n_enum_type; i++) {
        struct place place = place_inside(&root, FILE_ENUMS, i);
        if (!fill_enum(loader, &place, package, file->enum_type[i]))
            return false;
    }
    for (size_t i = 0; i < file->n_message_type; i++) {
        struct place place = place_inside(&root, FILE_MESSAGES, i);
        if (!fill_message(loader, &place, package, file->message_type[i]))
            return false;
    }
    for (size_t i = 0; i < file->n_service; i++) {
        struct place place = place_inside(&root, FILE_SERVICES, i);
        if (!fill_service(loader, &place, package, file->service[i]))
            return false;
    }
    return true;
}

bool schema_fill_file(struct loader *loader, const file_proto *file) {
    loader->is_proto3 = text_equal(text_from(file->syntax), TEXT("proto3"));
    comments_init(&loader->comments, file->source_code_info);
    bool is_filled = fill_elements(loader, file);
    comments_deinit(&loader->comments);
    return is_filled;
}
