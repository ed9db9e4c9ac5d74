/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/transcode/transcode.h"

#include "base/arena.h"
#include "base/buffer.h"
#include "gateway/transcode/bindings.h"
#include "gateway/transcode/json_to_wire.h"
#include "gateway/transcode/percent.h"

static const char *const FROM_PATH = "the path", *const FROM_QUERY = "the query";

static int refuse(struct bindings *bindings, struct text name, const char *problem) {
    struct step step = {.key = name, .index = STEP_NO_INDEX};
    return error_at(bindings->error, bindings->arena, name.size ? &step : NULL, 0, "%s", problem);
}

static int bind_path(struct bindings *bindings, const struct route_match *match) {
    const struct route *route = match->route;
    for (size_t i = 0; i < route->template.variable_count; i++) {
        const struct route_variable *variable = &route->variables[i];
        struct text value = percent_decode(bindings->arena, match->captures[i],
            variable->is_multi ? PERCENT_SEGMENTS : PERCENT_SEGMENT);
        bindings_add(bindings, variable->fields, variable->field_count, value, FROM_PATH);
    }
    return 0;
}

static void bind_extras(struct bindings *bindings, const struct schema_message *message,
    const struct transcode_request *request) {
    for (size_t i = 0; i < request->extra_count; i++) {
        const struct transcode_extra *extra = &request->extras[i];
        const struct schema_field *field = schema_field(message, extra->field);
        if (field && field->kind == KIND_STRING && !field->is_repeated)
            bindings_add(bindings, &field, 1, extra->value, extra->source);
    }
}

/* Parameters that proxies, tools and campaigns add to any URL. */
static bool is_foreign_parameter(struct text name) {
    static const char *const foreign[] = {"key", "api_key", "fields", "alt", "prettyPrint"};
    for (size_t i = 0; i < ARRAY_SIZE(foreign); i++)
        if (text_equal(name, text_from(foreign[i])))
            return true;
    return text_starts_with(name, TEXT("utm_"));
}

static bool names_field(const struct schema_message *message, struct text name) {
    return schema_field(message, text_cut(&name, '.'));
}

static int bind_parameter(struct bindings *bindings, const struct route *route,
    const struct transcode_request *request, struct text parameter) {
    const struct schema_message *message = route->method->input;
    struct text name = text_cut(&parameter, '=');
    if (!percent_is_sound(name) || !percent_is_sound(parameter))
        return refuse(bindings, name, "has an unsound % escape in the query");
    name = percent_decode(bindings->arena, name, PERCENT_QUERY);
    bool is_known = names_field(message, name);
    if (!is_known && (is_foreign_parameter(name) || request->ignores_unknown_parameters))
        return 0;
    if (is_known && route->body == ROUTE_BODY_ALL)
        return refuse(bindings, name, "belongs into the body; this path has no query parameters");
    struct text value = percent_decode(bindings->arena, parameter, PERCENT_QUERY);
    return bindings_add_named(bindings, message, name, value, FROM_QUERY);
}

static int bind_query(
    struct bindings *bindings, const struct route *route, const struct transcode_request *request) {
    struct text query = request->query;
    while (query.size > 0) {
        struct text parameter = text_cut(&query, '&');
        int r = parameter.size == 0 ? 0 : bind_parameter(bindings, route, request, parameter);
        if (r != 0)
            return r;
    }
    return 0;
}

static void bind_body(struct bindings *bindings, const struct route *route) {
    struct binding *binding = bindings_field(bindings, route->body_field);
    binding->is_body = true;
}

static int bind(struct bindings *bindings, const struct route_match *match,
    const struct transcode_request *request) {
    const struct route *route = match->route;
    if (route->body == ROUTE_BODY_NONE && request->body.size > 0)
        return refuse(bindings, TEXT(""), "must have no body here");
    int r = bind_path(bindings, match);
    if (r != 0)
        return r;
    bind_extras(bindings, route->method->input, request);
    if (route->body == ROUTE_BODY_FIELD)
        bind_body(bindings, route);
    return bind_query(bindings, route, request);
}

int transcode_request(const struct schema *schema, const struct route_match *match,
    const struct transcode_request *request, struct arena *arena, struct buffer *wire,
    struct transcode_error *ret_error) {
    const struct route *route = match->route;
    struct bindings bindings = {.arena = arena, .error = ret_error};
    int r = bind(&bindings, match, request);
    if (r != 0)
        return r;
    struct json_request json = {
        .schema = schema,
        .message = route->method->input,
        .json = request->body,
        .has_json = route->body == ROUTE_BODY_ALL && request->body.size > 0,
        .bindings = bindings.first,
        .ignores_unknown = request->ignores_unknown_fields,
        .derived_mask = route->derived_mask,
    };
    return json_to_wire(&json, arena, wire, ret_error);
}

int transcode_response(const struct schema *schema, const struct route *route, struct text wire,
    enum json_zeros zeros, struct arena *arena, struct buffer *json,
    struct transcode_error *ret_error) {
    struct json_reply reply = {
        .schema = schema,
        .message = route->method->output,
        .only = route->response_field,
        .wire = wire,
        .zeros = zeros,
    };
    return wire_to_json(&reply, arena, json, ret_error);
}
