/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/transcode/openapi.h"

#include <string.h>

#include "gateway/transcode/openapi_document.h"

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

static void group_paths(struct document *document) {
    struct path_group **last = &document->groups;
    for (size_t i = 0; i < document->router->route_count; i++) {
        const struct route *route = &document->router->routes[i];
        const char *shape = openapi_path(&document->arena, route, false);
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
    openapi_parameters(document, route, named);
    request_body(document, route);
    responses(document, route);
    json_close(writer, '}');
}

static void paths(struct document *document) {
    json_open(&document->writer, "paths", '{');
    for (const struct path_group *group = document->groups; group; group = group->next) {
        json_open(&document->writer, openapi_path(&document->arena, group->first, true), '{');
        for (size_t i = 0; i < document->router->route_count; i++) {
            const struct route *route = &document->router->routes[i];
            if (operation_key(route) &&
                strcmp(openapi_path(&document->arena, route, false), group->shape) == 0)
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
