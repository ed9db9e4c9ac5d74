/* SPDX-License-Identifier: Apache-2.0 */
#include "stand.h"

#include "gateway/transcode/template.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* "/a/ * /b :verb | name 0+2 multi", spaces left out. */
static void render(const struct template *template, struct buffer *text) {
    static const char *const marks[] = {NULL, "*", "**"};
    buffer_clear(text);
    for (size_t i = 0; i < template->segment_count; i++) {
        const struct template_segment *segment = &template->segments[i];
        buffer_append_char(text, '/');
        if (segment->kind == SEGMENT_LITERAL)
            buffer_append_text(text, segment->literal);
        else
            buffer_append_string(text, marks[segment->kind]);
    }
    if (template->verb.size > 0)
        buffer_printf(text, " :%.*s", TEXT_ARG(template->verb));
    for (size_t i = 0; i < template->variable_count; i++) {
        const struct template_variable *variable = &template->variables[i];
        buffer_printf(text, " | %.*s %zu+%zu%s", TEXT_ARG(variable->path), variable->first,
            variable->count, variable->is_multi ? " multi" : "");
    }
}

static void templates_become_segments_and_variables(void **state) {
    static const struct {
        const char *pattern, *expected;
    } rows[] = {
        {"/v1/messages", "/v1/messages"},
        {"/v1/{id}", "/v1/* | id 1+1"},
        {"/v1/{id=*}", "/v1/* | id 1+1"},
        {"/v1/{name=shelves/*}", "/v1/shelves/* | name 1+2 multi"},
        {"/v1/{name=shelves/*/books/*}/x", "/v1/shelves/*/books/*/x | name 1+4 multi"},
        {"/v1/{name=**}", "/v1/** | name 1+1 multi"},
        {"/{a}/{b.c_d.e1}/{f=x}", "/*/*/x | a 0+1 | b.c_d.e1 1+1 | f 2+1"},
        {"/**", "/**"},
        {"/*", "/*"},
        {"/a/**/b/*", "/a/**/b/*"},
        {"/v1/{id}:cancel", "/v1/* :cancel | id 1+1"},
        {"/v1/things:search", "/v1/things :search"},
        {"/v1/things:a:b", "/v1/things :a:b"},
        {"/v1/**:verb", "/v1/** :verb"},
        {"/v1/{name=a/**}:verb", "/v1/a/** :verb | name 1+2 multi"},
        {"/a:b/c", "/a:b/c"},
        {"/v1/~a.b-c_d%20!$&'()+,;=@", "/v1/~a.b-c_d%20!$&'()+,;=@"},
    };
    struct buffer text = {0};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct template template;
        assert_null(template_compile(text_from(rows[i].pattern), &template));
        render(&template, &text);
        assert_text_equal(buffer_text(&text), rows[i].expected);
    }
    buffer_deinit(&text);
}

static void bad_templates_are_told_why(void **state) {
    static const struct {
        const char *pattern, *problem;
    } rows[] = {
        {"", "does not begin with a slash"},
        {"v1", "does not begin with a slash"},
        {"{a}", "does not begin with a slash"},
        {"/", "has an empty segment"},
        {"/a/", "has an empty segment"},
        {"//a", "has an empty segment"},
        {"/a//b", "has an empty segment"},
        {"/:verb", "has an empty segment"},
        {"/a:", "has a bad verb after ':'"},
        {"/a:b c", "has a bad verb after ':'"},
        {"/a/**/**", "has more than one **"},
        {"/{a=**}/{b=**}", "has more than one **"},
        {"/a*", "has a character that cannot stand in a path segment"},
        {"/***", "has a character that cannot stand in a path segment"},
        {"/a b", "has a character that cannot stand in a path segment"},
        {"/a?b", "has a character that cannot stand in a path segment"},
        {"/a{b}", "has a character that cannot stand in a path segment"},
        {"/a}", "has a character that cannot stand in a path segment"},
        {"/./a", "has a dot segment"},
        {"/a/..", "has a dot segment"},
        {"/{}", "has a variable that names no field"},
        {"/{=*}", "has a variable that names no field"},
        {"/{a.}", "has a variable that names no field"},
        {"/{.a}", "has a variable that names no field"},
        {"/{1a}", "has a variable that names no field"},
        {"/{a-b}", "has a variable that names no field"},
        {"/{a", "has a variable that does not end with }"},
        {"/{a=", "has an empty segment"},
        {"/{a=}", "has an empty segment"},
        {"/{a=*", "has a variable that does not end with }"},
        {"/{a=b/}", "has an empty segment"},
        {"/{a={b}}", "has an empty segment"},
        {"/{a=x{b}}", "has a variable that does not end with }"},
        {"/{a}b", "has something other than a slash between segments"},
        {"/{a}/{a}", "binds a field twice"},
        {"/{a}{b}", "has something other than a slash between segments"},
        {"/1/2/3/4/5/6/7/8/9/0/1/2/3/4/5/6/7/8/9/0/1/2/3/4/5/6/7/8/9/0/1/2/3",
            "has more than 32 segments"},
        {"/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}", "has more than 8 variables"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct template template;
        const char *problem = template_compile(text_from(rows[i].pattern), &template);
        if (!problem)
            fail_msg("%s was not refused", rows[i].pattern);
        assert_string_equal(problem, rows[i].problem);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(templates_become_segments_and_variables),
        cmocka_unit_test(bad_templates_are_told_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
