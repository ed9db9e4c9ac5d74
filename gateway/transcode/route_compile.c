/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/transcode/route_compile.h"

#include "base/buffer.h"
#include "gateway/transcode/bindings.h"

static bool refuse(
    const struct route *route, struct buffer *ret_error, struct text subject, const char *problem) {
    buffer_printf(ret_error, "method %s: rule %.*s \"%.*s\": %s%.*s%s%s",
        route->method->full_name.data, TEXT_ARG(route->rule->verb), TEXT_ARG(route->rule->pattern),
        subject.size ? "\"" : "", TEXT_ARG(subject), subject.size ? "\" " : "", problem);
    return false;
}

/* NULL, or what is wrong with a variable's field path. */
static const char *resolve_variable(
    const struct schema_message *message, struct text path, struct route_variable *variable) {
    for (;;) {
        const char *end = path.data + path.size;
        struct text name = text_cut(&path, '.');
        const struct schema_field *field = schema_field(message, name);
        if (!field)
            return "is no field of the request";
        if (field->is_repeated)
            return "is a list or a map, which a path cannot bind";
        if (variable->field_count == ROUTE_FIELD_DEPTH_MAX)
            return "is nested too deeply";
        variable->fields[variable->field_count++] = field;
        if (name.data + name.size == end)
            return field_is_text(field) ? NULL : "is a message, which a path cannot bind";
        if (!field_is_message(field) || field->message->shape != SHAPE_PLAIN)
            return "goes into a field that has no parts";
        message = field->message;
    }
}

static bool compile_variables(struct route *route, struct buffer *ret_error) {
    for (size_t i = 0; i < route->template.variable_count; i++) {
        const struct template_variable *variable = &route->template.variables[i];
        route->variables[i].is_multi = variable->is_multi;
        const char *problem = resolve_variable(
            route->method->input, variable->path, &route->variables[i]);
        if (problem)
            return refuse(route, ret_error, variable->path, problem);
    }
    return true;
}

static bool is_bound_whole(const struct route *route, const struct schema_field *field) {
    for (size_t i = 0; i < route->template.variable_count; i++)
        if (route->variables[i].field_count == 1 && route->variables[i].fields[0] == field)
            return true;
    return false;
}

/* A field of the request that a PATCH may leave to us: what changes follows from the body. */
static const struct schema_field *mask_of(const struct route *route) {
    if (!text_equal(route->rule->verb, TEXT("PATCH")) || route->body != ROUTE_BODY_FIELD ||
        !field_is_message(route->body_field) || route->body_field->is_repeated)
        return NULL;
    const struct schema_field *field = schema_field(route->method->input, TEXT("update_mask"));
    bool is_mask = field && field_is_message(field) && !field->is_repeated &&
                   field->message->shape == SHAPE_FIELD_MASK;
    return is_mask ? field : NULL;
}

static bool compile_body(struct route *route, struct buffer *ret_error) {
    struct text body = route->rule->body;
    if (body.size == 0)
        return true;
    if (text_equal(body, TEXT("*"))) {
        route->body = ROUTE_BODY_ALL;
        return true;
    }
    route->body = ROUTE_BODY_FIELD;
    route->body_field = schema_field(route->method->input, body);
    if (!route->body_field)
        return refuse(route, ret_error, body, "is the body but no field of the request");
    if (is_bound_whole(route, route->body_field))
        return refuse(route, ret_error, body, "is the body and in the path");
    route->derived_mask = mask_of(route);
    return true;
}

static bool compile_response(struct route *route, struct buffer *ret_error) {
    struct text body = route->rule->response_body;
    if (body.size == 0)
        return true;
    route->response_field = schema_field(route->method->output, body);
    return route->response_field ||
           refuse(route, ret_error, body, "is the response body but no field of the response");
}

bool route_compile(const struct schema_method *method, const struct schema_rule *rule,
    struct route *ret_route, struct buffer *ret_error) {
    *ret_route = (struct route){.method = method, .rule = rule};
    const char *problem = template_compile(rule->pattern, &ret_route->template);
    if (problem)
        return refuse(ret_route, ret_error, TEXT(""), problem);
    if (method->is_client_streaming)
        return refuse(ret_route, ret_error, TEXT(""), "a stream of requests has no REST mapping");
    return compile_variables(ret_route, ret_error) && compile_body(ret_route, ret_error) &&
           compile_response(ret_route, ret_error);
}
