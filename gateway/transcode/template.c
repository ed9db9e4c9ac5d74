/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/transcode/template.h"

#include <string.h>

struct parser {
    struct template *template;
    const char *at;
    const char *end;
    bool has_rest;
};

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* What may stand in a path as it is, or escaped; braces and stars mean something else here. */
static bool is_path_char(char c) {
    return is_letter(c) || is_digit(c) || (c && strchr("-.~!$&'()+,;=:@%", c));
}

static bool is_field_path(struct text path) {
    for (bool is_more = true; is_more;) {
        const char *end = path.data + path.size;
        struct text name = text_cut(&path, '.');
        is_more = name.data + name.size != end;
        if (name.size == 0 || is_digit(name.data[0]))
            return false;
        for (size_t i = 0; i < name.size; i++)
            if (!is_letter(name.data[i]) && !is_digit(name.data[i]))
                return false;
    }
    return true;
}

static const char *check_literal(struct text literal) {
    if (literal.size == 0)
        return "has an empty segment";
    if (text_equal(literal, TEXT(".")) || text_equal(literal, TEXT("..")))
        return "has a dot segment";
    for (size_t i = 0; i < literal.size; i++)
        if (!is_path_char(literal.data[i]))
            return "has a character that cannot stand in a path segment";
    return NULL;
}

static const char *add_segment(struct parser *parser, struct text text) {
    struct template *template = parser->template;
    struct template_segment segment = {.kind = SEGMENT_LITERAL, .literal = text};
    if (template->segment_count == TEMPLATE_SEGMENTS_MAX)
        return "has more than 32 segments";
    if (text_equal(text, TEXT("*"))) {
        segment.kind = SEGMENT_ANY;
    } else if (text_equal(text, TEXT("**"))) {
        if (parser->has_rest)
            return "has more than one **";
        parser->has_rest = true;
        segment.kind = SEGMENT_REST;
    } else {
        const char *problem = check_literal(text);
        if (problem)
            return problem;
    }
    template->segments[template->segment_count++] = segment;
    return NULL;
}

/* Up to any of the marks or the end. */
static struct text take_until(struct parser *parser, const char *marks) {
    const char *begin = parser->at;
    while (parser->at < parser->end && !strchr(marks, *parser->at))
        parser->at++;
    return (struct text){begin, (size_t)(parser->at - begin)};
}

static bool take(struct parser *parser, char c) {
    if (parser->at == parser->end || *parser->at != c)
        return false;
    parser->at++;
    return true;
}

static const char *parse_variable_segments(struct parser *parser) {
    if (!take(parser, '='))
        return add_segment(parser, TEXT("*"));
    do {
        const char *problem = add_segment(parser, take_until(parser, "/{}"));
        if (problem)
            return problem;
    } while (take(parser, '/'));
    return NULL;
}

static const char *parse_variable(struct parser *parser) {
    struct template *template = parser->template;
    bool had_rest = parser->has_rest;
    if (template->variable_count == TEMPLATE_VARIABLES_MAX)
        return "has more than 8 variables";
    struct template_variable *variable = &template->variables[template->variable_count++];
    variable->path = take_until(parser, "={}/");
    variable->first = template->segment_count;
    if (!is_field_path(variable->path))
        return "has a variable that names no field";
    for (struct template_variable *other = template->variables; other < variable; other++)
        if (text_equal(other->path, variable->path))
            return "binds a field twice";
    const char *problem = parse_variable_segments(parser);
    if (problem)
        return problem;
    if (!take(parser, '}'))
        return "has a variable that does not end with }";
    variable->count = template->segment_count - variable->first;
    variable->is_multi = variable->count > 1 || parser->has_rest != had_rest;
    return NULL;
}

static const char *parse_segment(struct parser *parser) {
    if (!take(parser, '{'))
        return add_segment(parser, take_until(parser, "/"));
    return parse_variable(parser);
}

/* The verb follows the first ':' behind the last segment's beginning or variable. */
static const char *cut_verb(struct parser *parser) {
    const char *last = parser->end;
    while (last > parser->at && last[-1] != '/' && last[-1] != '}')
        last--;
    const char *colon = memchr(last, ':', (size_t)(parser->end - last));
    if (!colon)
        return NULL;
    parser->template->verb = (struct text){colon + 1, (size_t)(parser->end - colon - 1)};
    parser->end = colon;
    return check_literal(parser->template->verb) ? "has a bad verb after ':'" : NULL;
}

const char *template_compile(struct text pattern, struct template *ret_template) {
    struct parser parser = {ret_template, pattern.data, pattern.data + pattern.size, false};
    *ret_template = (struct template){.pattern = pattern};
    if (pattern.size == 0 || pattern.data[0] != '/')
        return "does not begin with a slash";
    const char *problem = cut_verb(&parser);
    while (!problem && take(&parser, '/'))
        problem = parse_segment(&parser);
    if (!problem && parser.at != parser.end)
        problem = "has something other than a slash between segments";
    return problem;
}
