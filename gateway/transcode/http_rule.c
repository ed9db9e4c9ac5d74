/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/transcode/http_rule.h"

#include "base/arena.h"
#include "google/api/http.pb-c.h"

enum { HTTP_OPTION = 72295728 };

static struct text keep(struct arena *arena, const char *string) {
    struct text text = text_from(string);
    return (struct text){arena_copy_text(arena, text), text.size};
}

static const char *read_pattern(
    const Google__Api__HttpRule *proto, const char **ret_verb, const char **ret_pattern) {
    switch (proto->pattern_case) {
    case GOOGLE__API__HTTP_RULE__PATTERN_GET:
        *ret_verb = "GET";
        *ret_pattern = proto->get;
        return NULL;
    case GOOGLE__API__HTTP_RULE__PATTERN_PUT:
        *ret_verb = "PUT";
        *ret_pattern = proto->put;
        return NULL;
    case GOOGLE__API__HTTP_RULE__PATTERN_POST:
        *ret_verb = "POST";
        *ret_pattern = proto->post;
        return NULL;
    case GOOGLE__API__HTTP_RULE__PATTERN_DELETE:
        *ret_verb = "DELETE";
        *ret_pattern = proto->delete_;
        return NULL;
    case GOOGLE__API__HTTP_RULE__PATTERN_PATCH:
        *ret_verb = "PATCH";
        *ret_pattern = proto->patch;
        return NULL;
    case GOOGLE__API__HTTP_RULE__PATTERN_CUSTOM:
        *ret_verb = proto->custom->kind;
        *ret_pattern = proto->custom->path;
        return (*ret_verb)[0] ? NULL : "has a custom pattern without a kind";
    default:
        return "has no path";
    }
}

static const char *read_rule(
    struct arena *arena, const Google__Api__HttpRule *proto, struct schema_rule *ret_rule) {
    const char *verb, *pattern;
    const char *problem = read_pattern(proto, &verb, &pattern);
    if (problem)
        return problem;
    *ret_rule = (struct schema_rule){
        .verb = keep(arena, verb),
        .pattern = keep(arena, pattern),
        .body = keep(arena, proto->body),
        .response_body = keep(arena, proto->response_body),
    };
    return NULL;
}

static const char *read_rules(struct arena *arena, const Google__Api__HttpRule *proto,
    const struct schema_rule **ret_rules, size_t *ret_count) {
    size_t count = 1 + proto->n_additional_bindings;
    struct schema_rule *rules = arena_zalloc(arena, count * sizeof(rules[0]));
    const char *problem = read_rule(arena, proto, &rules[0]);
    for (size_t i = 1; i < count && !problem; i++) {
        const Google__Api__HttpRule *inner = proto->additional_bindings[i - 1];
        problem = inner->n_additional_bindings ? "nests additional_bindings"
                                               : read_rule(arena, inner, &rules[i]);
    }
    *ret_rules = rules;
    *ret_count = count;
    return problem;
}

/* protobuf-c keeps an unknown field with its length in front. */
static struct text option_bytes(const Google__Protobuf__MethodOptions *options) {
    for (size_t i = 0; options && i < options->base.n_unknown_fields; i++) {
        const ProtobufCMessageUnknownField *field = &options->base.unknown_fields[i];
        if (field->tag != HTTP_OPTION || field->wire_type != PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED)
            continue;
        struct wire_reader reader = wire_reader((struct text){(char *)field->data, field->len});
        uint64_t size;
        if (wire_read_varint(&reader, &size) && size <= (uint64_t)(reader.end - reader.at))
            return (struct text){(const char *)reader.at, (size_t)size};
    }
    return (struct text){0};
}

const char *http_rules_read(struct arena *arena, const Google__Protobuf__MethodOptions *options,
    const struct schema_rule **ret_rules, size_t *ret_count) {
    struct text bytes = option_bytes(options);
    if (!bytes.data)
        return NULL;
    Google__Api__HttpRule *proto = google__api__http_rule__unpack(
        NULL, bytes.size, (const uint8_t *)bytes.data);
    if (!proto)
        return "is malformed";
    const char *problem = read_rules(arena, proto, ret_rules, ret_count);
    google__api__http_rule__free_unpacked(proto, NULL);
    return problem;
}
