/* SPDX-License-Identifier: Apache-2.0 */
#include "rules.h"

#include "gateway/transcode/wire.h"

/* Field numbers of descriptor.proto and http.proto. */
enum {
    SET_FILE = 1,
    FILE_NAME = 1,
    FILE_PACKAGE = 2,
    FILE_MESSAGE = 4,
    FILE_SERVICE = 6,
    FILE_SYNTAX = 12,
    MESSAGE_NAME = 1,
    MESSAGE_FIELD = 2,
    MESSAGE_ONEOF = 8,
    FIELD_NAME = 1,
    FIELD_NUMBER = 3,
    FIELD_LABEL = 4,
    FIELD_TYPE = 5,
    FIELD_TYPE_NAME = 6,
    FIELD_ONEOF = 9,
    FIELD_OPTIONAL = 17,
    SERVICE_NAME = 1,
    SERVICE_METHOD = 2,
    METHOD_NAME = 1,
    METHOD_INPUT = 2,
    METHOD_OUTPUT = 3,
    METHOD_OPTIONS = 4,
    OPTION_HTTP = 72295728,
    RULE_CUSTOM = 8,
    RULE_BODY = 7,
    RULE_MORE = 11,
};

static void put(struct buffer *buffer, uint32_t number, const char *string) {
    wire_append_bytes(buffer, number, text_from(string));
}

/* Empties the inner buffer. */
static void put_inner(struct buffer *buffer, uint32_t number, struct buffer *inner) {
    wire_append_bytes(buffer, number, buffer_text(inner));
    buffer_deinit(inner);
}

static void put_field(struct buffer *message, const char *name, uint64_t number, uint64_t label,
    enum field_kind kind, const char *type) {
    struct buffer field = {0};
    put(&field, FIELD_NAME, name);
    wire_append_tag(&field, FIELD_NUMBER, WIRE_VARINT);
    wire_append_varint(&field, number);
    wire_append_tag(&field, FIELD_LABEL, WIRE_VARINT);
    wire_append_varint(&field, label);
    wire_append_tag(&field, FIELD_TYPE, WIRE_VARINT);
    wire_append_varint(&field, kind);
    if (type)
        put(&field, FIELD_TYPE_NAME, type);
    put_inner(message, MESSAGE_FIELD, &field);
}

/* optional int32 o = 12, as protoc describes it: alone in a oneof of its own. */
static void put_optional(struct buffer *message) {
    struct buffer field = {0}, oneof = {0};
    static const uint64_t numbers[][2] = {{FIELD_NUMBER, 12}, {FIELD_LABEL, 1},
        {FIELD_TYPE, KIND_INT32}, {FIELD_ONEOF, 0}, {FIELD_OPTIONAL, 1}};
    put(&field, FIELD_NAME, "o");
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        wire_append_tag(&field, (uint32_t)numbers[i][0], WIRE_VARINT);
        wire_append_varint(&field, numbers[i][1]);
    }
    put(&oneof, 1, "_o");
    put_inner(message, MESSAGE_FIELD, &field);
    put_inner(message, MESSAGE_ONEOF, &oneof);
}

static void put_message(struct buffer *file) {
    static const char *const strings[] = {"a", "b", "c", "d", "name"};
    struct buffer message = {0};
    put(&message, MESSAGE_NAME, "M");
    for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
        put_field(&message, strings[i], i + 1, 1, KIND_STRING, NULL);
    put_field(&message, "m", 10, 1, KIND_MESSAGE, ".r.M");
    put_field(&message, "list", 11, 3, KIND_STRING, NULL);
    put_optional(&message);
    put_inner(file, FILE_MESSAGE, &message);
}

static void put_pattern(struct buffer *buffer, const struct rule *rule) {
    static const char *const verbs[] = {NULL, NULL, "GET", "PUT", "POST", "DELETE", "PATCH"};
    for (uint32_t number = 2; number < sizeof(verbs) / sizeof(verbs[0]); number++)
        if (strcmp(rule->verb, verbs[number]) == 0) {
            put(buffer, number, rule->pattern);
            return;
        }
    struct buffer custom = {0};
    put(&custom, 1, rule->verb);
    put(&custom, 2, rule->pattern);
    put_inner(buffer, RULE_CUSTOM, &custom);
}

static void put_rule(struct buffer *buffer, const struct rule *rule) {
    put_pattern(buffer, rule);
    if (rule->body)
        put(buffer, RULE_BODY, rule->body);
}

/* Takes the rules that follow and have the same method; returns how many. */
static size_t put_method(struct buffer *service, const struct rule *rules, size_t count) {
    struct buffer method = {0}, options = {0}, http = {0};
    size_t taken = 1;
    put_rule(&http, &rules[0]);
    for (; taken < count && strcmp(rules[taken].method, rules[0].method) == 0; taken++) {
        struct buffer more = {0};
        put_rule(&more, &rules[taken]);
        put_inner(&http, RULE_MORE, &more);
    }
    put(&method, METHOD_NAME, rules[0].method);
    put(&method, METHOD_INPUT, ".r.M");
    put(&method, METHOD_OUTPUT, ".r.M");
    put_inner(&options, OPTION_HTTP, &http);
    put_inner(&method, METHOD_OPTIONS, &options);
    put_inner(service, SERVICE_METHOD, &method);
    return taken;
}

void rules_set(const struct rule *rules, size_t count, struct buffer *ret_set) {
    struct buffer file = {0}, service = {0};
    put(&file, FILE_NAME, "r.proto");
    put(&file, FILE_PACKAGE, "r");
    put_message(&file);
    put(&service, SERVICE_NAME, "S");
    for (size_t i = 0; i < count;)
        i += put_method(&service, rules + i, count - i);
    put_inner(&file, FILE_SERVICE, &service);
    put(&file, FILE_SYNTAX, "proto3");
    put_inner(ret_set, SET_FILE, &file);
}

void rules_init(struct rules *rules, const struct rule *list, size_t count) {
    struct buffer set = {0};
    *rules = (struct rules){0};
    rules_set(list, count, &set);
    struct text bytes = buffer_text(&set);
    rules->schema = schema_new(&bytes, 1, &rules->error);
    buffer_deinit(&set);
    if (rules->schema)
        rules->router = router_new(rules->schema, &rules->error);
}

void rules_deinit(struct rules *rules) {
    router_free(rules->router);
    schema_free(rules->schema);
    buffer_deinit(&rules->error);
}
