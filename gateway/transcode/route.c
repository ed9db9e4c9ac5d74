/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/transcode/route.h"

#include <stdlib.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "gateway/transcode/route_compile.h"
#include "gateway/transcode/route_private.h"

static struct node *step_into(
    struct router_tables *tables, struct node *node, const struct template_segment *segment) {
    struct node *next = segment->kind == SEGMENT_LITERAL
                            ? map_get(&node->literals, segment->literal)
                            : node->any;
    if (next)
        return next;
    next = arena_zalloc(&tables->arena, sizeof(*next));
    if (segment->kind == SEGMENT_LITERAL)
        map_put(&node->literals, segment->literal, next);
    else
        node->any = next;
    return next;
}

static bool segments_equal(
    const struct template_segment *a, const struct template_segment *b, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (a[i].kind != b[i].kind ||
            (a[i].kind == SEGMENT_LITERAL && !text_equal(a[i].literal, b[i].literal)))
            return false;
    return true;
}

/* Literals first where the lengths are the same. */
static bool is_better_tail(
    const struct tail *tail, const struct template_segment *segments, size_t count) {
    if (tail->count != count)
        return tail->count > count;
    for (size_t i = 0; i < count; i++)
        if (tail->segments[i].kind != segments[i].kind)
            return tail->segments[i].kind == SEGMENT_LITERAL;
    return true;
}

static struct tail *find_tail(struct router_tables *tables, struct node *node,
    const struct template_segment *segments, size_t count) {
    struct tail **place = &node->tails;
    while (*place && is_better_tail(*place, segments, count)) {
        if ((*place)->count == count && segments_equal((*place)->segments, segments, count))
            return *place;
        place = &(*place)->next;
    }
    struct tail *tail = arena_zalloc(&tables->arena, sizeof(*tail));
    *tail = (struct tail){.next = *place, .segments = segments, .count = count};
    *place = tail;
    return tail;
}

static struct ending *find_ending(
    struct router_tables *tables, struct ending **endings, struct text verb) {
    for (struct ending *ending = *endings; ending; ending = ending->next)
        if (text_equal(ending->verb, verb))
            return ending;
    struct ending *ending = arena_zalloc(&tables->arena, sizeof(*ending));
    *ending = (struct ending){.next = *endings, .verb = verb};
    *endings = ending;
    if (verb.size > 0)
        map_put(&tables->verbs, ending->verb, ending);
    return ending;
}

static struct ending *place_route(struct router_tables *tables, const struct route *route) {
    const struct template *template = &route->template;
    struct node *node = &tables->root;
    for (size_t i = 0; i < template->segment_count; i++) {
        const struct template_segment *segment = &template->segments[i];
        if (segment->kind == SEGMENT_REST) {
            struct tail *tail = find_tail(
                tables, node, segment + 1, template->segment_count - i - 1);
            return find_ending(tables, &tail->endings, template->verb);
        }
        node = step_into(tables, node, segment);
    }
    return find_ending(tables, &node->endings, template->verb);
}

static bool add_route(
    struct router_tables *tables, const struct route *route, struct buffer *ret_error) {
    struct ending *ending = place_route(tables, route);
    struct method_route **last = &ending->methods;
    for (; *last; last = &(*last)->next) {
        const struct route *other = (*last)->route;
        if (!text_equal(other->rule->verb, route->rule->verb))
            continue;
        buffer_printf(ret_error, "methods %s and %s both want %.*s \"%.*s\"",
            other->method->full_name.data, route->method->full_name.data,
            TEXT_ARG(route->rule->verb), TEXT_ARG(route->rule->pattern));
        return false;
    }
    *last = arena_zalloc(&tables->arena, sizeof(**last));
    (*last)->route = route;
    return true;
}

static bool add_method(
    struct router_tables *tables, const struct schema_method *method, struct buffer *ret_error) {
    struct router *router = &tables->router;
    for (size_t i = 0; i < method->rule_count; i++) {
        struct route *route = &router->routes[router->route_count];
        if (!route_compile(method, &method->rules[i], route, ret_error))
            return false;
        route->index = router->route_count++;
        if (!add_route(tables, route, ret_error))
            return false;
    }
    return true;
}

static size_t count_rules(const struct schema *schema) {
    size_t count = 0;
    for (size_t i = 0; i < schema->service_count; i++)
        for (size_t j = 0; j < schema->services[i].method_count; j++)
            count += schema->services[i].methods[j].rule_count;
    return count;
}

static bool build(
    struct router_tables *tables, const struct schema *schema, struct buffer *ret_error) {
    tables->router.routes = arena_zalloc(
        &tables->arena, count_rules(schema) * sizeof(struct route));
    for (size_t i = 0; i < schema->service_count; i++)
        for (size_t j = 0; j < schema->services[i].method_count; j++)
            if (!add_method(tables, &schema->services[i].methods[j], ret_error))
                return false;
    return true;
}

struct router *router_new(const struct schema *schema, struct buffer *ret_error) {
    struct router_tables *tables = memory_new(sizeof(*tables));
    arena_init(&tables->arena, 0);
    if (build(tables, schema, ret_error))
        return &tables->router;
    router_free(&tables->router);
    return NULL;
}

static void node_deinit(struct node *node) {
    size_t cursor = 0;
    for (struct node *child; (child = map_next(&node->literals, &cursor, NULL));)
        node_deinit(child);
    if (node->any)
        node_deinit(node->any);
    map_deinit(&node->literals);
}

void router_free(struct router *router) {
    if (!router)
        return;
    struct router_tables *tables = container_of(router, struct router_tables, router);
    node_deinit(&tables->root);
    map_deinit(&tables->verbs);
    arena_deinit(&tables->arena);
    free(tables);
}
