/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/transcode/openapi.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/memory.h"
#include "gateway/transcode/bindings.h"
#include "gateway/transcode/openapi_schema.h"

enum { QUERY_DEPTH_MAX = 4 };

/* Routes whose paths differ at most in the names of their variables. */
struct path_group {
    struct path_group *next;
    const char *shape;         /* "/v1/events/{}" */
    const struct route *first; /* names the variables */
};

struct document {
    struct json_writer writer;
    struct arena arena;
    struct openapi_types types;
    const struct openapi_info *info;
    const struct router *router;
    struct path_group *groups;
    struct map services; /* the first of each name */
};

/* Methods that OpenAPI has a place for. */
static const char *operation_key(const struct route *route) {
    static const struct {
        const char *verb, *key;
    } keys[] = {{"GET", "get"}, {"PUT", "put"}, {"POST", "post"}, {"DELETE", "delete"},
        {"PATCH", "patch"}, {"HEAD", "head"}, {"OPTIONS", "options"}, {"TRACE", "trace"}};
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
        if (text_equal(route->rule->verb, text_from(keys[i].verb)))
            return keys[i].key;
    return NULL;
}

/* Paths. */

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
static const char *path_text(struct arena *arena, const struct route *route, bool has_names) {
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

static void group_paths(struct document *document) {
    struct path_group **last = &document->groups;
    for (size_t i = 0; i < document->router->route_count; i++) {
        const struct route *route = &document->router->routes[i];
        const char *shape = path_text(&document->arena, route, false);
        struct path_group *group = document->groups;
        while (group && strcmp(group->shape, shape) != 0)
            group = group->next;
        if (group || !operation_key(route))
            continue;
        group = arena_zalloc(&document->arena, sizeof(*group));
        *group = (struct path_group){.shape = shape, .first = route};
        *last = group;
        last = &group->next;
    }
}

/* Parameters. */

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

/* Bodies. */

static void request_body(struct document *document, const struct route *route) {
    struct json_writer *writer = &document->writer;
    if (route->body == ROUTE_BODY_NONE)
        return;
    json_open(writer, "requestBody", '{');
    json_bool(writer, "required", route->body == ROUTE_BODY_FIELD);
    json_open(writer, "content", '{');
    json_open(writer, "application/json", '{');
    if (route->body == ROUTE_BODY_FIELD) {
        openapi_field_schema(writer, &document->types, "schema", route->body_field);
    } else {
        json_open(writer, "schema", '{');
        openapi_message_members(writer, &document->types, route->method->input);
        json_close(writer, '}');
    }
    json_close(writer, '}');
    json_close(writer, '}');
    json_close(writer, '}');
}

static void responses(struct document *document, const struct route *route) {
    struct json_writer *writer = &document->writer;
    bool is_stream = route->method->is_server_streaming;
    json_open(writer, "responses", '{');
    json_open(writer, "200", '{');
    json_string(writer, "description",
        is_stream ? "Server-sent events; the data of each is one of these." : "OK");
    json_open(writer, "content", '{');
    json_open(writer, is_stream ? "text/event-stream" : "application/json", '{');
    if (route->response_field) {
        openapi_field_schema(writer, &document->types, "schema", route->response_field);
    } else {
        json_open(writer, "schema", '{');
        openapi_message_members(writer, &document->types, route->method->output);
        json_close(writer, '}');
    }
    json_close(writer, '}');
    json_close(writer, '}');
    json_close(writer, '}');
    json_raw(writer, "default", "{\"$ref\":\"#/components/responses/Error\"}");
    json_close(writer, '}');
}

/* Operations. */

/* The first sentence. */
static struct text summary_of(struct text comment) {
    for (size_t i = 0; i < comment.size; i++) {
        bool is_end = i + 1 == comment.size || comment.data[i + 1] == ' ' ||
                      comment.data[i + 1] == '\n';
        if (comment.data[i] == '.' && is_end)
            return (struct text){comment.data, i};
    }
    return comment;
}

/* "EventService_GetEvent"; further bindings count from 2. Two packages may have a service alike. */
static void operation_id(struct document *document, const struct route *route) {
    const struct schema_method *method = route->method;
    ptrdiff_t binding = route->rule - method->rules;
    const char *suffix = binding ? arena_printf(&document->arena, "_%td", binding + 1) : "";
    bool is_shared = map_get(&document->services, method->service->name) != method->service;
    struct text service = is_shared ? method->service->full_name : method->service->name;
    json_string(&document->writer, "operationId",
        arena_printf(&document->arena, "%.*s_%s%s", TEXT_ARG(service), method->name.data, suffix));
}

static void operation(
    struct document *document, const struct route *route, const struct route *named) {
    struct json_writer *writer = &document->writer;
    struct text comment = route->method->comment;
    json_open(writer, operation_key(route), '{');
    operation_id(document, route);
    json_open(writer, "tags", '[');
    json_text(writer, NULL, route->method->service->name);
    json_close(writer, ']');
    if (comment.size > 0) {
        json_text(writer, "summary", summary_of(comment));
        json_text(writer, "description", comment);
    }
    json_open(writer, "parameters", '[');
    path_parameters(document, route, named);
    if (route->body != ROUTE_BODY_ALL)
        query_parameters(document, route, route->method->input, NULL);
    header_parameters(document, route);
    json_close(writer, ']');
    request_body(document, route);
    responses(document, route);
    json_close(writer, '}');
}

static void paths(struct document *document) {
    json_open(&document->writer, "paths", '{');
    for (const struct path_group *group = document->groups; group; group = group->next) {
        json_open(&document->writer, path_text(&document->arena, group->first, true), '{');
        for (size_t i = 0; i < document->router->route_count; i++) {
            const struct route *route = &document->router->routes[i];
            if (operation_key(route) &&
                strcmp(path_text(&document->arena, route, false), group->shape) == 0)
                operation(document, route, group->first);
        }
        json_close(&document->writer, '}');
    }
    json_close(&document->writer, '}');
}

/* The document. */

static void collect(struct document *document) {
    for (size_t i = 0; i < document->router->route_count; i++) {
        const struct schema_method *method = document->router->routes[i].method;
        const struct schema_service *service = method->service;
        openapi_types_add(&document->types, method->output, false);
        openapi_types_add(&document->types, method->input, true);
        if (!map_get(&document->services, service->name))
            map_put(&document->services, service->name, (void *)service);
    }
}

static void head(struct document *document) {
    struct json_writer *writer = &document->writer;
    json_string(writer, "openapi", "3.1.0");
    json_open(writer, "info", '{');
    json_string(writer, "title", document->info->title);
    json_string(writer, "version", document->info->version);
    if (document->info->description)
        json_string(writer, "description", document->info->description);
    json_close(writer, '}');
}

static void tags(struct document *document) {
    struct json_writer *writer = &document->writer;
    const struct schema_service *last = NULL;
    json_open(writer, "tags", '[');
    for (size_t i = 0; i < document->router->route_count; i++) {
        const struct schema_service *service = document->router->routes[i].method->service;
        if (service == last) /* a service's routes stand together */
            continue;
        last = service;
        json_open(writer, NULL, '{');
        json_text(writer, "name", service->name);
        if (service->comment.size > 0)
            json_text(writer, "description", service->comment);
        json_close(writer, '}');
    }
    json_close(writer, ']');
}

static void components(struct document *document) {
    struct json_writer *writer = &document->writer;
    json_open(writer, "components", '{');
    openapi_schemas(writer, &document->types);
    json_raw(writer, "responses",
        "{\"Error\":{\"description\":\"What went wrong, as a google.rpc.Status.\",\"content\":{"
        "\"application/json\":{\"schema\":{\"type\":\"object\",\"properties\":{"
        "\"code\":{\"type\":\"integer\",\"format\":\"int32\","
        "\"description\":\"The canonical gRPC code.\"},"
        "\"message\":{\"type\":\"string\"},"
        "\"details\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{"
        "\"@type\":{\"type\":\"string\"}},\"required\":[\"@type\"],"
        "\"additionalProperties\":true}}},"
        "\"required\":[\"code\",\"message\",\"details\"]}}}}}");
    json_close(writer, '}');
}

void openapi_append(
    struct buffer *json, const struct router *router, const struct openapi_info *info) {
    struct document document = {.writer = {.out = json}, .info = info, .router = router};
    arena_init(&document.arena, 0);
    document.types.arena = &document.arena;
    collect(&document);
    group_paths(&document);
    json_open(&document.writer, NULL, '{');
    head(&document);
    tags(&document);
    paths(&document);
    components(&document);
    json_close(&document.writer, '}');
    openapi_types_deinit(&document.types);
    map_deinit(&document.services);
    arena_deinit(&document.arena);
}
