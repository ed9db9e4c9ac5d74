/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "gateway/transcode/percent.h"
#include "gateway/transcode/route_private.h"

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
    if (search_verbs(&search, container_of(router, struct router_tables, router), path))
        return ROUTE_FOUND;
    return search.is_path_known ? ROUTE_WRONG_METHOD : ROUTE_NOT_FOUND;
}
