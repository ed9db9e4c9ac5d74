/* SPDX-License-Identifier: Apache-2.0 */

/*
 * From FileDescriptorSets to tables, in two walks over all files: the first gives every message and
 * enum its place, so that the second can let fields and methods point at them.
 */

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/map.h"
#include "base/memory.h"
#include "gateway/transcode/comments.h"
#include "gateway/transcode/http_rule.h"
#include "gateway/transcode/schema.h"
#include "gateway/transcode/schema_private.h"
#include "google/protobuf/descriptor.pb-c.h"

typedef Google__Protobuf__FileDescriptorSet file_set;
typedef Google__Protobuf__FileDescriptorProto file_proto;
typedef Google__Protobuf__DescriptorProto message_proto;
typedef Google__Protobuf__FieldDescriptorProto field_proto;
typedef Google__Protobuf__EnumDescriptorProto enum_proto;
typedef Google__Protobuf__ServiceDescriptorProto service_proto;
typedef Google__Protobuf__MethodDescriptorProto method_proto;

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

/* A field that another place declares for a message; its JSON name is "[full.name]". */
struct extension {
    const field_proto *proto;
    struct text name;
};

struct loader {
    struct schema_tables *tables;
    struct arena *arena; /* of the tables */
    struct buffer *error;
    file_set **sets;
    size_t set_count;
    const file_proto **files; /* each name once */
    size_t file_count;
    size_t message_count; /* upper bounds, for the tables of names */
    size_t enum_count;
    size_t method_count;
    struct extension *extensions;
    size_t extension_count;
    /* While a file is walked: */
    struct text package;
    bool is_proto3;
    struct comments comments;
};

static _printf_(2, 3) bool refuse(struct loader *loader, const char *format, ...) {
    va_list args;
    va_start(args, format);
    buffer_vprintf(loader->error, format, args);
    va_end(args);
    return false;
}

static struct text keep(struct loader *loader, const char *string) {
    struct text text = text_from(string);
    return (struct text){arena_copy_text(loader->arena, text), text.size};
}

static struct text join(struct loader *loader, struct text scope, const char *name) {
    struct text last = text_from(name);
    const char *joined = scope.size ? arena_printf(loader->arena, "%.*s.%s", TEXT_ARG(scope), name)
                                    : arena_copy_text(loader->arena, last);
    return text_from(joined);
}

/* Fields are numbered once a message is filled, so its extensions are known before. */

static void collect_extensions(
    struct loader *loader, struct text scope, field_proto *const *protos, size_t count) {
    for (size_t i = 0; i < count; i++) {
        size_t size = (loader->extension_count + 1) * sizeof(loader->extensions[0]);
        loader->extensions = memory_resize(loader->extensions, size);
        struct text full_name = join(loader, scope, protos[i]->name);
        const char *name = arena_printf(loader->arena, "[%s]", full_name.data);
        loader->extensions[loader->extension_count++] = (struct extension){
            protos[i], text_from(name)};
    }
}

/* First walk: counting, then places. */

static void count_message(struct loader *loader, const message_proto *message) {
    loader->message_count++;
    loader->enum_count += message->n_enum_type;
    for (size_t i = 0; i < message->n_nested_type; i++)
        count_message(loader, message->nested_type[i]);
}

static void count_file(struct loader *loader, const file_proto *file) {
    loader->enum_count += file->n_enum_type;
    loader->tables->schema.service_count += file->n_service;
    for (size_t i = 0; i < file->n_message_type; i++)
        count_message(loader, file->message_type[i]);
    for (size_t i = 0; i < file->n_service; i++)
        loader->method_count += file->service[i]->n_method;
}

static struct text without_package(const struct loader *loader, struct text full_name) {
    size_t skipped = loader->package.size ? loader->package.size + 1 : 0;
    return (struct text){full_name.data + skipped, full_name.size - skipped};
}

static bool declare_enum(struct loader *loader, struct text scope, const enum_proto *proto) {
    struct schema_enum *enumeration = arena_zalloc(loader->arena, sizeof(*enumeration));
    enumeration->full_name = join(loader, scope, proto->name);
    enumeration->name = without_package(loader, enumeration->full_name);
    enumeration->zero = keep(loader, proto->n_value > 0 ? proto->value[0]->name : NULL);
    if (!names_put(&loader->tables->enums_by_name, enumeration->full_name, enumeration))
        return refuse(loader, "enum %s is declared twice", enumeration->full_name.data);
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
    message->full_name = join(loader, scope, proto->name);
    message->name = without_package(loader, message->full_name);
    message->shape = shape_of(message->full_name);
    message->is_map_entry = proto->options && proto->options->map_entry;
    if (!names_put(&loader->tables->messages_by_name, message->full_name, message))
        return refuse(loader, "message %s is declared twice", message->full_name.data);
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

static bool declare_file(struct loader *loader, const file_proto *file) {
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

/* Second walk. What the first one declared is found by name and written through. */

static struct schema_message *declared_message(struct loader *loader, struct text full_name) {
    return (struct schema_message *)schema_message(&loader->tables->schema, full_name);
}

static struct schema_enum *declared_enum(struct loader *loader, struct text full_name) {
    return (struct schema_enum *)schema_enum(&loader->tables->schema, full_name);
}

/* protoc writes full names with a dot in front. */
static struct text type_name(const char *name) {
    struct text text = text_from(name);
    if (text_starts_with(text, TEXT(".")))
        return (struct text){text.data + 1, text.size - 1};
    return text;
}

static enum wire_type wire_type_of(enum field_kind kind) {
    switch (kind) {
    case KIND_DOUBLE:
    case KIND_FIXED64:
    case KIND_SFIXED64:
        return WIRE_FIXED64;
    case KIND_FLOAT:
    case KIND_FIXED32:
    case KIND_SFIXED32:
        return WIRE_FIXED32;
    case KIND_STRING:
    case KIND_BYTES:
    case KIND_MESSAGE:
        return WIRE_BYTES;
    case KIND_GROUP:
        return WIRE_GROUP;
    default:
        return WIRE_VARINT;
    }
}

static bool is_packable(enum field_kind kind) {
    enum wire_type type = wire_type_of(kind);
    return type != WIRE_BYTES && type != WIRE_GROUP;
}

/* "start_time" to "startTime", as protoc does it. */
static struct text camel_name(struct loader *loader, const char *name) {
    char *camel = arena_copy_string(loader->arena, name), *end = camel;
    for (; *name; name++) {
        if (*name != '_')
            *end++ = *name;
        else if (name[1] >= 'a' && name[1] <= 'z')
            *end++ = (char)(*++name - 'a' + 'A');
    }
    *end = '\0';
    return (struct text){camel, (size_t)(end - camel)};
}

static void fill_tag(struct schema_field *field) {
    char tag[WIRE_VARINT_SIZE_MAX];
    enum wire_type type = field->is_packed ? WIRE_BYTES : field->wire_type;
    char *end = wire_put_varint(tag, (uint64_t)field->number << 3 | type);
    field->tag_size = (uint8_t)(end - tag);
    memcpy(field->tag, tag, field->tag_size);
}

/* What JSON shows for a field that is not set; NULL when there is nothing to show. */
static const char *zero_of(struct loader *loader, const struct schema_field *field) {
    if (field->is_repeated)
        return field->is_map ? "{}" : "[]";
    if (field->has_presence)
        return NULL;
    switch (field->kind) {
    case KIND_BOOL:
        return "false";
    case KIND_STRING:
    case KIND_BYTES:
        return "\"\"";
    case KIND_INT64:
    case KIND_UINT64:
    case KIND_SINT64:
    case KIND_FIXED64:
    case KIND_SFIXED64:
        return "\"0\"";
    case KIND_ENUM:
        return field->enumeration->is_null_value
                   ? "null"
                   : arena_printf(loader->arena, "\"%s\"", field->enumeration->zero.data);
    default:
        return "0";
    }
}

static void fill_texts(struct loader *loader, struct schema_field *field) {
    const char *zero = zero_of(loader, field);
    field->key = text_from(arena_printf(loader->arena, "\"%s\":", field->json_name.data));
    if (zero)
        field->zero = text_from(arena_printf(loader->arena, "%s%s", field->key.data, zero));
}

static bool fill_type(struct loader *loader, const struct schema_message *message,
    struct schema_field *field, const field_proto *proto) {
    struct text type = type_name(proto->type_name);
    field->kind = (enum field_kind)proto->type;
    field->wire_type = wire_type_of(field->kind);
    if (field_is_message(field))
        field->message = declared_message(loader, type);
    else if (field->kind == KIND_ENUM)
        field->enumeration = declared_enum(loader, type);
    else
        return true;
    if (!field->message && !field->enumeration)
        return refuse(loader, "field %s of %s has the type %.*s, which no file of the set declares",
            proto->name, message->full_name.data, TEXT_ARG(type));
    return true;
}

static bool is_packed(const struct loader *loader, const field_proto *proto) {
    bool is_said = proto->options && proto->options->has_packed;
    return is_packable((enum field_kind)proto->type) &&
           (is_said ? proto->options->packed : loader->is_proto3);
}

static bool fill_field(struct loader *loader, const struct schema_message *message,
    struct schema_field *field, const field_proto *proto) {
    if (!proto->name || proto->number < 1 || proto->number > WIRE_NUMBER_MAX)
        return refuse(loader, "message %s has a field without a name or with a bad number",
            message->full_name.data);
    if (!fill_type(loader, message, field, proto))
        return false;
    field->name = keep(loader, proto->name);
    field->json_name = proto->json_name ? keep(loader, proto->json_name)
                                        : camel_name(loader, proto->name);
    field->number = (uint32_t)proto->number;
    field->is_repeated = proto->label ==
                         GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__LABEL__LABEL_REPEATED;
    field->is_map = field->is_repeated && field->message && field->message->is_map_entry;
    field->is_packed = field->is_repeated && is_packed(loader, proto);
    field->oneof = proto->has_oneof_index && !proto->proto3_optional && proto->oneof_index >= 0 &&
                           (size_t)proto->oneof_index < message->oneof_count
                       ? (int16_t)proto->oneof_index
                       : -1;
    field->has_presence = !field->is_repeated &&
                          (field->message || proto->has_oneof_index || !loader->is_proto3);
    field->is_field_path = text_equal(field->name, TEXT("field")) &&
                           text_equal(
                               message->full_name, TEXT("google.rpc.BadRequest.FieldViolation"));
    fill_tag(field);
    fill_texts(loader, field);
    return true;
}

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
            return refuse(loader, "two fields of %s have the JSON name %s", message->full_name.data,
                message->fields[i].json_name.data);
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
    return text_equal(type_name(extension->proto->extendee), message->full_name);
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
        if (!fill_field(loader, message, field, extension->proto))
            return false;
        field->name = field->json_name = extension->name;
        fill_texts(loader, field);
    }
    return true;
}

static bool fill_fields(struct loader *loader, const struct place *place,
    struct schema_message *message, const message_proto *proto) {
    if (proto->n_field > FIELDS_MAX || proto->n_oneof_decl > FIELDS_MAX)
        return refuse(loader, "message %s has too many fields", message->full_name.data);
    size_t room = proto->n_field + count_extensions(loader, message);
    message->field_count = proto->n_field;
    message->fields = arena_zalloc(loader->arena, room * sizeof(message->fields[0]));
    for (size_t i = 0; i < proto->n_field; i++) {
        if (!fill_field(loader, message, &message->fields[i], proto->field[i]))
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
        names[i] = keep(loader, proto->oneof_decl[i]->name);
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
            return refuse(loader, "message %s lacks field %u", message->full_name.data, number);
    return true;
}

static bool fill_message(struct loader *loader, const struct place *place, struct text scope,
    const message_proto *proto) {
    struct schema_message *message = declared_message(loader, join(loader, scope, proto->name));
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
    struct schema_enum *enumeration = declared_enum(loader, join(loader, scope, proto->name));
    struct schema_enum_value *values = arena_zalloc(
        loader->arena, proto->n_value * sizeof(values[0]));
    names_init(&enumeration->names, loader->arena, proto->n_value);
    for (size_t i = 0; i < proto->n_value; i++) {
        values[i].name = keep(loader, proto->value[i]->name);
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
           refuse(loader, "enum %s has no value", enumeration->full_name.data);
}

static bool fill_rules(
    struct loader *loader, struct schema_method *method, const method_proto *proto) {
    const char *problem = http_rules_read(
        loader->arena, proto->options, &method->rules, &method->rule_count);
    return !problem || refuse(loader, "method %s: its google.api.http option %s",
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
    method->name = keep(loader, proto->name);
    method->full_name = join(loader, service->full_name, proto->name);
    method->path = text_from(
        arena_printf(loader->arena, "/%.*s/%s", TEXT_ARG(service->full_name), proto->name));
    method->input = declared_message(loader, type_name(proto->input_type));
    method->output = declared_message(loader, type_name(proto->output_type));
    method->is_client_streaming = proto->client_streaming;
    method->is_server_streaming = proto->server_streaming;
    method->effect = effect_of(proto);
    if (!method->input || !method->output)
        return refuse(loader, "method %s has a type that no file of the set declares",
            method->full_name.data);
    if (!names_put(&loader->tables->methods_by_path, method->path, method))
        return refuse(loader, "method %s is declared twice", method->full_name.data);
    return fill_rules(loader, method, proto);
}

static bool fill_service(struct loader *loader, const struct place *place, struct text package,
    const service_proto *proto) {
    struct schema *schema = &loader->tables->schema;
    struct schema_service *service = &schema->services[schema->service_count++];
    struct schema_method *methods = arena_zalloc(
        loader->arena, proto->n_method * sizeof(methods[0]));
    service->name = keep(loader, proto->name);
    service->full_name = join(loader, package, proto->name);
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

static bool fill_file(struct loader *loader, const file_proto *file) {
    loader->is_proto3 = text_equal(text_from(file->syntax), TEXT("proto3"));
    comments_init(&loader->comments, file->source_code_info);
    bool is_filled = fill_elements(loader, file);
    comments_deinit(&loader->comments);
    return is_filled;
}

/* All of it. */

static bool unpack_set(struct loader *loader, struct text bytes) {
    file_set *set = google__protobuf__file_descriptor_set__unpack(
        NULL, bytes.size, (const uint8_t *)bytes.data);
    if (!set)
        return refuse(loader, "the descriptor set is no google.protobuf.FileDescriptorSet");
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
        count_file(loader, loader->files[i]);
    allocate_tables(loader);
    for (size_t i = 0; i < loader->file_count; i++)
        if (!declare_file(loader, loader->files[i]))
            return false;
    for (size_t i = 0; i < loader->file_count; i++)
        if (!fill_file(loader, loader->files[i]))
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
