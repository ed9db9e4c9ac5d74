/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/transcode/scalar.h"
#include "gateway/transcode/to_wire.h"

int to_wire_refuse(
    struct to_wire *to, const struct step *step, const char *at, const char *format, ...) {
    va_list args;
    va_start(args, format);
    const char *sentence = arena_vprintf(to->arena, format, args);
    va_end(args);
    return error_at(to->error, to->arena, step, (size_t)(at - to->reader.begin), "%s", sentence);
}

int to_wire_syntax(struct to_wire *to, const struct step *step) {
    size_t line = 1, column = 1;
    for (const char *at = to->reader.begin; at < to->reader.at; at++) {
        column = *at == '\n' ? 1 : column + 1;
        line += *at == '\n';
    }
    bool is_cut = to->reader.at == to->reader.end;
    return to_wire_refuse(to, step, to->reader.at, "is no valid JSON: %s at line %zu, column %zu%s",
        to->reader.problem, line, column, is_cut ? ", where the text ends" : "");
}

int to_wire_refuse_shape(struct to_wire *to, const struct step *step, const char *expectation) {
    struct text value;
    if (!json_skip(&to->reader, &value))
        return to_wire_syntax(to, step);
    return to_wire_refuse(
        to, step, value.data, "%s, not %s", expectation, error_excerpt(to->arena, value));
}

int to_wire_mismatch(struct to_wire *to, const struct step *step, const struct schema_field *field,
    const char *begin) {
    to->reader.at = begin;
    return to_wire_refuse_shape(to, step, scalar_expectation(to->arena, field));
}

struct text to_wire_string(struct to_wire *to, struct json_string string) {
    if (!string.is_escaped)
        return string.raw;
    char *text = arena_alloc(to->arena, string.raw.size);
    return (struct text){text, json_unescape(string, text)};
}
