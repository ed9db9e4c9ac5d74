/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/transcode/bindings.h"
#include "gateway/transcode/openapi_document.h"

enum { QUERY_DEPTH_MAX = 4 };

static const struct template_variable *variable_at(const struct route *route, size_t segment) {
    const struct template *template = &route->template;
    for (size_t i = 0; i < template->variable_count; i++)
        if (segment >= template->variables[i].first &&
            segment < template->variables[i].first + template->variables[i].count)
            return &template->variables[i];
    return NULL;
}

static void append_variable_path(struct buffer *name, const struct route_variable *variable) {
    for (size_t i = 0; i < variable->field_count; i++) {
        buffer_append_string(name, i ? "." : "");
        buffer_append_text(name, variable->fields[i]->json_name);
    }
}

/*
 * The parameter of a segment: its variable's field path, numbered when the variable covers several
 * wildcards, "wildcardN" when no variable covers it.
 */
static const char *parameter_name(struct arena *arena, const struct route *route, size_t segment) {
    const struct template_variable *variable = variable_at(route, segment);
    if (!variable)
        return arena_printf(arena, "wildcard%zu", segment + 1);
    _cleanup_(buffer_deinit) struct buffer name = {0};
    append_variable_path(&name, &route->variables[variable - route->template.variables]);
    size_t wildcards = 0, number = 0;
    for (size_t i = variable->first; i < variable->first + variable->count; i++) {
        wildcards += route->template.segments[i].kind != SEGMENT_LITERAL;
        number += i <= segment && route->template.segments[i].kind != SEGMENT_LITERAL;
    }
    if (wildcards > 1)
        buffer_append_u64(&name, number);
    return arena_copy_text(arena, buffer_text(&name));
}

/* With names, or with "{}" for each of them. */
const char *openapi_path(struct arena *arena, const struct route *route, bool has_names) {
    _cleanup_(buffer_deinit) struct buffer path = {0};
    for (size_t i = 0; i < route->template.segment_count; i++) {
        const struct template_segment *segment = &route->template.segments[i];
        buffer_append_char(&path, '/');
        if (segment->kind == SEGMENT_LITERAL)
            buffer_append_text(&path, segment->literal);
        else
            buffer_printf(&path, "{%s}", has_names ? parameter_name(arena, route, i) : "");
    }
    if (route->template.verb.size > 0)
        buffer_printf(&path, ":%.*s", TEXT_ARG(route->template.verb));
    return arena_copy_text(arena, buffer_text(&path));
}

static void path_parameters(
    struct document *document, const struct route *route, const struct route *named) {
    struct json_writer *writer = &document->writer;
    for (size_t i = 0; i < named->template.segment_count; i++) {
        if (named->template.segments[i].kind == SEGMENT_LITERAL)
            continue;
        const struct template_variable *variable = variable_at(route, i);
        const struct schema_field *field = NULL;
        if (variable && variable->count == 1) {
            const struct route_variable *bound =
                &route->variables[variable - route->template.variables];
            field = bound->fields[bound->field_count - 1];
        }
        json_open(writer, NULL, '{');
        json_string(writer, "name", parameter_name(&document->arena, named, i));
        json_string(writer, "in", "path");
        json_bool(writer, "required", true);
        if (field)
            openapi_field_schema(writer, &document->types, "schema", field);
        else
            json_raw(writer, "schema", "{\"type\":\"string\"}");
        json_close(writer, '}');
    }
}

/* Where a query parameter stands: the fields from the request to it. */
struct query_place {
    const struct query_place *parent;
    const struct schema_field *field;
    size_t depth;
};

static bool is_variable(const struct route_variable *variable, const struct query_place *place) {
    if (place->depth != variable->field_count)
        return false;
    for (; place; place = place->parent)
        if (variable->fields[place->depth - 1] != place->field)
            return false;
    return true;
}

static bool is_in_path(const struct route *route, const struct query_place *place) {
    for (size_t i = 0; i < route->template.variable_count; i++)
        if (is_variable(&route->variables[i], place))
            return true;
    return false;
}

static void append_place(struct buffer *name, const struct query_place *place) {
    if (place->parent) {
        append_place(name, place->parent);
        buffer_append_char(name, '.');
    }
    buffer_append_text(name, place->field->json_name);
}

static bool is_recursive(const struct query_place *place, const struct schema_message *message) {
    for (; place; place = place->parent)
        if (place->field->message == message)
            return true;
    return false;
}

static void query_parameter(struct document *document, const struct query_place *place) {
    struct json_writer *writer = &document->writer;
    _cleanup_(buffer_deinit) struct buffer name = {0};
    append_place(&name, place);
    json_open(writer, NULL, '{');
    json_text(writer, "name", buffer_text(&name));
    json_string(writer, "in", "query");
    if (place->field->comment.size > 0)
        json_text(writer, "description", place->field->comment);
    openapi_field_schema(writer, &document->types, "schema", place->field);
    json_close(writer, '}');
}

static void query_parameters(struct document *document, const struct route *route,
    const struct schema_message *message, const struct query_place *parent) {
    for (size_t i = 0; i < message->declared_count; i++) {
        const struct schema_field *field = message->declared[i];
        struct query_place place = {parent, field, parent ? parent->depth + 1 : 1};
        if (is_in_path(route, &place) || (!parent && field == route->body_field))
            continue;
        if (field_is_text(field))
            query_parameter(document, &place);
        else if (!field->is_repeated && field->message->shape == SHAPE_PLAIN &&
                 place.depth < QUERY_DEPTH_MAX && !is_recursive(parent, field->message))
            query_parameters(document, route, field->message, &place);
    }
}

static void header_parameters(struct document *document, const struct route *route) {
    struct json_writer *writer = &document->writer;
    for (size_t i = 0; i < document->info->header_count; i++) {
        const struct openapi_header *header = &document->info->headers[i];
        const struct schema_field *field = schema_field(
            route->method->input, text_from(header->field));
        if (!field || field->kind != KIND_STRING || field->is_repeated)
            continue;
        json_open(writer, NULL, '{');
        json_string(writer, "name", header->name);
        json_string(writer, "in", "header");
        json_string(writer, "description", header->description);
        json_raw(writer, "schema", "{\"type\":\"string\"}");
        json_close(writer, '}');
    }
}

void openapi_parameters(
    struct document *document, const struct route *route, const struct route *named) {
    json_open(&document->writer, "parameters", '[');
    path_parameters(document, route, named);
    if (route->body != ROUTE_BODY_ALL)
        query_parameters(document, route, route->method->input, NULL);
    header_parameters(document, route);
    json_close(&document->writer, ']');
}
