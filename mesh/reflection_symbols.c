/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/reflection_symbols.h"

#include "base/arena.h"

typedef Google__Protobuf__DescriptorProto DescriptorProto;
typedef Google__Protobuf__EnumDescriptorProto EnumDescriptorProto;
typedef Google__Protobuf__FieldDescriptorProto FieldDescriptorProto;
typedef Google__Protobuf__ServiceDescriptorProto ServiceDescriptorProto;

struct visit {
    struct arena *arena;
    const struct symbol_visitor *visitor;
    void *data;
};

static const char *visit_symbol(
    struct visit *visit, const char *scope, const char *name, bool is_message) {
    if (!name)
        return scope;
    const char *symbol = scope[0] ? arena_printf(visit->arena, "%s.%s", scope, name) : name;
    visit->visitor->on_symbol(visit->data, symbol, is_message);
    return symbol;
}

static void visit_extensions(
    struct visit *visit, const char *scope, FieldDescriptorProto *const *extensions, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const char *type = extensions[i]->extendee;
        visit_symbol(visit, scope, extensions[i]->name, false);
        if (type)
            visit->visitor->on_extension(
                visit->data, type + (type[0] == '.'), extensions[i]->number);
    }
}

/* Values are named as in C++: beside their enum. */
static void visit_enum(
    struct visit *visit, const char *scope, const EnumDescriptorProto *enumeration) {
    visit_symbol(visit, scope, enumeration->name, false);
    for (size_t i = 0; i < enumeration->n_value; i++)
        visit_symbol(visit, scope, enumeration->value[i]->name, false);
}

static void visit_message(struct visit *visit, const char *scope, const DescriptorProto *message) {
    const char *name = visit_symbol(visit, scope, message->name, true);
    for (size_t i = 0; i < message->n_field; i++)
        visit_symbol(visit, name, message->field[i]->name, false);
    for (size_t i = 0; i < message->n_oneof_decl; i++)
        visit_symbol(visit, name, message->oneof_decl[i]->name, false);
    for (size_t i = 0; i < message->n_enum_type; i++)
        visit_enum(visit, name, message->enum_type[i]);
    visit_extensions(visit, name, message->extension, message->n_extension);
    for (size_t i = 0; i < message->n_nested_type; i++)
        visit_message(visit, name, message->nested_type[i]);
}

static void visit_service(
    struct visit *visit, const char *scope, const ServiceDescriptorProto *service) {
    const char *name = visit_symbol(visit, scope, service->name, false);
    for (size_t i = 0; i < service->n_method; i++)
        visit_symbol(visit, name, service->method[i]->name, false);
}

void symbols_visit(struct arena *arena, const Google__Protobuf__FileDescriptorProto *file,
    const struct symbol_visitor *visitor, void *data) {
    struct visit visit = {arena, visitor, data};
    const char *package = file->package ? file->package : "";
    for (size_t i = 0; i < file->n_message_type; i++)
        visit_message(&visit, package, file->message_type[i]);
    for (size_t i = 0; i < file->n_enum_type; i++)
        visit_enum(&visit, package, file->enum_type[i]);
    visit_extensions(&visit, package, file->extension, file->n_extension);
    for (size_t i = 0; i < file->n_service; i++)
        visit_service(&visit, package, file->service[i]);
}
