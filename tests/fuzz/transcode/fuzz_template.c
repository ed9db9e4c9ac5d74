/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as a path template: a path made after an accepted one finds its way back to it. */

#include <assert.h>
#include <stdlib.h>

#include "gateway/transcode/percent.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/gateway/transcode/rules.h"

static const char *const seeds[] = {
    "/v1/{a}",
    "/v1/{name=shelves/*/books/*}:read",
    "/{a=**}/x/*",
    "/a/**/b/{b}/c:d:e",
    "/{m.name}/{c=x/{d}}",
    "/**:v",
    "/~x.y-z_%20!$&'()+,;=@",
};

const void *fuzz_seed(size_t index, size_t *ret_size) {
    if (index >= ARRAY_SIZE(seeds))
        return NULL;
    *ret_size = strlen(seeds[index]);
    return seeds[index];
}

static void check_template(const struct template *template) {
    assert(template->segment_count > 0 && template->segment_count <= TEMPLATE_SEGMENTS_MAX);
    assert(template->variable_count <= TEMPLATE_VARIABLES_MAX);
    size_t end = 0;
    for (size_t i = 0; i < template->variable_count; i++) {
        const struct template_variable *variable = &template->variables[i];
        assert(variable->count > 0 && variable->first >= end);
        end = variable->first + variable->count;
        assert(end <= template->segment_count);
    }
}

/* "x" for "*", "y/z" for "**". */
static void make_path(const struct template *template, struct buffer *path) {
    static const char *const values[] = {"", "x", "y/z"};
    for (size_t i = 0; i < template->segment_count; i++) {
        buffer_append_char(path, '/');
        buffer_append_string(path, values[template->segments[i].kind]);
        buffer_append_text(path, template->segments[i].literal);
    }
    if (template->verb.size > 0)
        buffer_printf(path, ":%.*s", TEXT_ARG(template->verb));
}

static void check_match(struct text pattern, const struct template *template) {
    char *copy = strndup(pattern.data, pattern.size);
    const struct rule rule = {"Get", "GET", copy, NULL};
    struct rules rules;
    struct buffer path = {0};
    struct route_match match;
    make_path(template, &path);
    rules_init(&rules, &rule, 1);
    if (rules.router) { /* not every name is a field */
        enum route_outcome outcome = router_match(
            rules.router, TEXT("GET"), buffer_text(&path), &match);
        assert(outcome == ROUTE_FOUND || outcome == ROUTE_BAD_PATH); /* "%zz" may be a literal */
        for (size_t i = 0; outcome == ROUTE_FOUND && i < template->variable_count; i++) {
            struct text captured = match.captures[i];
            assert(captured.size > 0 && captured.data > path.data);
            assert(captured.data + captured.size <= path.data + path.size);
        }
    } else {
        assert(rules.error.size > 0);
    }
    rules_deinit(&rules);
    buffer_deinit(&path);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct text pattern = {(const char *)data, size};
    struct template template;
    const char *problem = template_compile(pattern, &template);
    assert(!problem || problem[0]);
    if (problem || memchr(data, '\0', size))
        return 0;
    check_template(&template);
    check_match(pattern, &template);
    return 0;
}
