/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/transcode/route.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/map.h"
#include "base/memory.h"
#include "gateway/transcode/percent.h"
#include "gateway/transcode/route_compile.h"

/* Routes that share segments and verb and differ in the HTTP method. */
struct ending {
    struct ending *next;
    struct text verb;
    struct method_route {
        struct method_route *next;
        const struct route *route;
    } * methods;
};

/* Behind a "**": segments that a path must end with. The longest stands first. */
struct tail {
    struct tail *next;
    const struct template_segment *segments;
    size_t count;
    struct ending *endings;
};

/* A place in the tree: all templates that agree up to here. */
struct node {
    struct map literals; /* of node */
    struct node *any;
    struct tail *tails;
    struct ending *endings;
};

struct router_tables {
    struct router router;
    struct arena arena;
    struct node root;
    struct map verbs; /* of ending; those that any route has */
};

static const struct router_tables *tables_of(const struct router *router) {
    return container_of(router, struct router_tables, router);
}

/* Building. */

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

/* Matching. */

/* A path cut at its slashes. Templates reach this far from the front and from the back. */
struct path {
    const char *begin; /* behind the first slash */
    const char *end;   /* before the verb */
    struct text verb;
    struct text segments[TEMPLATE_SEGMENTS_MAX]; /* the first of them */
    size_t count;                                /* of all */
};

struct search {
    struct path path;
    struct text http_method;
    struct route_match *match;
    bool is_path_known; /* some route is there for another HTTP method */
};

static void cut_path(struct path *path) {
    const char *at = path->begin;
    path->count = 0;
    for (;;) {
        const char *slash = memchr(at, '/', (size_t)(path->end - at));
        const char *end = slash ? slash : path->end;
        if (path->count < TEMPLATE_SEGMENTS_MAX)
            path->segments[path->count] = (struct text){at, (size_t)(end - at)};
        path->count++;
        if (!slash)
            return;
        at = slash + 1;
    }
}

/* From the front when it is near, else from the back, where it must be near. */
static struct text segment_at(const struct path *path, size_t index) {
    if (index < TEMPLATE_SEGMENTS_MAX)
        return path->segments[index];
    const char *end = path->end;
    for (size_t i = path->count - 1; i > index; i--)
        end = memrchr(path->begin, '/', (size_t)(end - path->begin));
    const char *slash = memrchr(path->begin, '/', (size_t)(end - path->begin));
    return (struct text){slash + 1, (size_t)(end - slash - 1)};
}

static bool segment_matches(const struct template_segment *segment, struct text text) {
    return segment->kind == SEGMENT_ANY ? text.size > 0 : text_equal(segment->literal, text);
}

static bool tail_matches(const struct path *path, const struct tail *tail, size_t depth) {
    if (path->count < depth + tail->count)
        return false;
    for (size_t i = 0; i < tail->count; i++)
        if (!segment_matches(&tail->segments[i], segment_at(path, path->count - tail->count + i)))
            return false;
    return true;
}

static void capture(const struct path *path, struct route_match *match) {
    const struct template *template = &match->route->template;
    size_t missing = path->count - template->segment_count; /* modulo; how much "**" stretches */
    size_t shift = 0;
    for (size_t i = 0, v = 0; i < template->segment_count && v < template->variable_count; i++) {
        const struct template_variable *variable = &template->variables[v];
        size_t end = variable->first + variable->count;
        if (i == variable->first) {
            size_t first = i + shift;
            size_t stop = end + shift;
            for (size_t j = i; j < end; j++)
                stop += template->segments[j].kind == SEGMENT_REST ? missing : 0;
            struct text last = stop > first ? segment_at(path, stop - 1) : TEXT("");
            const char *begin = stop > first ? segment_at(path, first).data : last.data;
            match->captures[v++] = (struct text){begin, (size_t)(last.data + last.size - begin)};
        }
        shift += template->segments[i].kind == SEGMENT_REST ? missing : 0;
    }
}

static void allow(struct search *search, struct text http_method) {
    struct route_match *match = search->match;
    size_t size = strlen(match->allow);
    search->is_path_known = true;
    for (struct text rest = {match->allow, size}; rest.size > 0;)
        if (text_equal(text_trim(text_cut(&rest, ',')), http_method))
            return;
    if (size + http_method.size + sizeof(", ") > sizeof(match->allow))
        return;
    if (size > 0) {
        memcpy(match->allow + size, ", ", 2);
        size += 2;
    }
    memcpy(match->allow + size, http_method.data, http_method.size);
    match->allow[size + http_method.size] = '\0';
}

/* "*" as a rule's method serves any, HEAD is served as GET; what is exact comes first. */
static const struct route *pick_method(const struct ending *ending, struct text http_method) {
    const struct route *found = NULL;
    bool is_head = text_equal(http_method, TEXT("HEAD"));
    for (const struct method_route *one = ending->methods; one; one = one->next) {
        struct text verb = one->route->rule->verb;
        if (text_equal(verb, http_method))
            return one->route;
        if (is_head && text_equal(verb, TEXT("GET")))
            found = one->route;
        else if (!found && text_equal(verb, TEXT("*")))
            found = one->route;
    }
    return found;
}

static bool try_endings(struct search *search, const struct ending *endings) {
    for (const struct ending *ending = endings; ending; ending = ending->next) {
        if (!text_equal(ending->verb, search->path.verb))
            continue;
        search->match->route = pick_method(ending, search->http_method);
        if (search->match->route) {
            capture(&search->path, search->match);
            return true;
        }
        for (const struct method_route *one = ending->methods; one; one = one->next) {
            allow(search, one->route->rule->verb);
            if (text_equal(one->route->rule->verb, TEXT("GET")))
                allow(search, TEXT("HEAD"));
        }
    }
    return false;
}

/* Each node is visited at most once: a node stands for one depth and one way to it. */
static bool search_node(struct search *search, const struct node *node, size_t depth) {
    const struct path *path = &search->path;
    if (depth == path->count && try_endings(search, node->endings))
        return true;
    if (depth < path->count && depth < TEMPLATE_SEGMENTS_MAX) {
        struct text segment = path->segments[depth];
        const struct node *literal = map_get(&node->literals, segment);
        if (literal && search_node(search, literal, depth + 1))
            return true;
        if (node->any && segment.size > 0 && search_node(search, node->any, depth + 1))
            return true;
    }
    for (const struct tail *tail = node->tails; tail; tail = tail->next)
        if (tail_matches(path, tail, depth) && try_endings(search, tail->endings))
            return true;
    return false;
}

static bool is_dot_segment(struct text segment) {
    size_t dots = 0;
    while (segment.size > 0) {
        bool is_escaped = segment.size >= 3 &&
                          text_equal_ignore_case((struct text){segment.data, 3}, TEXT("%2e"));
        if (!is_escaped && segment.data[0] != '.')
            return false;
        segment.data += is_escaped ? 3 : 1;
        segment.size -= is_escaped ? 3 : 1;
        dots++;
    }
    return dots == 1 || dots == 2;
}

static bool is_sound_path(struct text path) {
    if (path.size == 0 || path.data[0] != '/' || !percent_is_sound(path))
        return false;
    if (!memchr(path.data, '.', path.size) && !memchr(path.data, '%', path.size))
        return true;
    while (path.size > 0)
        if (is_dot_segment(text_cut(&path, '/')))
            return false;
    return true;
}

/* Verbs may hold colons: the longest is tried first, no verb at all last. */
static bool search_verbs(
    struct search *search, const struct router_tables *tables, struct text path) {
    const char *end = path.data + path.size;
    const char *at = memrchr(path.data, '/', path.size);
    while (tables->verbs.count > 0 && (at = memchr(at + 1, ':', (size_t)(end - at - 1)))) {
        search->path.verb = (struct text){at + 1, (size_t)(end - at - 1)};
        if (!map_get(&tables->verbs, search->path.verb))
            continue;
        search->path.end = at;
        cut_path(&search->path);
        if (search_node(search, &tables->root, 0) || search->is_path_known)
            return search->match->route != NULL;
    }
    search->path.verb = TEXT("");
    search->path.end = end;
    cut_path(&search->path);
    return search_node(search, &tables->root, 0);
}

enum route_outcome router_match(const struct router *router, struct text http_method,
    struct text path, struct route_match *ret_match) {
    struct search search = {.http_method = http_method, .match = ret_match};
    ret_match->route = NULL;
    ret_match->allow[0] = '\0';
    if (!is_sound_path(path))
        return ROUTE_BAD_PATH;
    search.path.begin = path.data + 1;
    if (search_verbs(&search, tables_of(router), path))
        return ROUTE_FOUND;
    return search.is_path_known ? ROUTE_WRONG_METHOD : ROUTE_NOT_FOUND;
}
