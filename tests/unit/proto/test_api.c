/* SPDX-License-Identifier: Apache-2.0 */

/* Rules that the public API keeps: every RPC can be reached over REST, but for the one that the
 * gateway asks by itself. */

#include "proto/api_descriptor_set.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <string.h>

#include "base/attr.h"
#include "google/api/http.pb-c.h"
#include "google/protobuf/descriptor.pb-c.h"

enum { HTTP_FIELD = 72295728, RPC_COUNT = 28 };

static Google__Protobuf__FileDescriptorSet *set;

static int unpack(void **state) {
    set = google__protobuf__file_descriptor_set__unpack(
        NULL, api_descriptor_set.size, (const uint8_t *)api_descriptor_set.data);
    return set != NULL ? 0 : -1;
}

static int release(void **state) {
    google__protobuf__file_descriptor_set__free_unpacked(set, NULL);
    return 0;
}

/* Calls `check` for every RPC of the API, and counts them. */
static int for_each_method(
    void (*check)(const char *service, const Google__Protobuf__MethodDescriptorProto *method)) {
    int count = 0;
    for (size_t i = 0; i < set->n_file; i++) {
        for (size_t j = 0; j < set->file[i]->n_service; j++) {
            const Google__Protobuf__ServiceDescriptorProto *service = set->file[i]->service[j];
            for (size_t k = 0; k < service->n_method; k++, count++)
                check(service->name, service->method[k]);
        }
    }
    return count;
}

/* The option is no field of the generated MethodOptions, so it is found among the unknown ones,
 * with its length in front. NULL: there is none. */
static Google__Api__HttpRule *unpack_rule(const Google__Protobuf__MethodOptions *options) {
    for (size_t i = 0; options != NULL && i < options->base.n_unknown_fields; i++) {
        const ProtobufCMessageUnknownField *field = &options->base.unknown_fields[i];
        size_t prefix = 0;
        while (field->data[prefix++] & 0x80)
            ;
        if (field->tag == HTTP_FIELD)
            return google__api__http_rule__unpack(NULL, field->len - prefix, field->data + prefix);
    }
    return NULL;
}

static const char *path_of(const Google__Api__HttpRule *rule) {
    switch (rule->pattern_case) {
    case GOOGLE__API__HTTP_RULE__PATTERN_GET:
        return rule->get;
    case GOOGLE__API__HTTP_RULE__PATTERN_POST:
        return rule->post;
    case GOOGLE__API__HTTP_RULE__PATTERN_PATCH:
        return rule->patch;
    case GOOGLE__API__HTTP_RULE__PATTERN_DELETE:
        return rule->delete_;
    default:
        return "";
    }
}

static void check_path(const char *service, const Google__Protobuf__MethodDescriptorProto *method) {
    Google__Api__HttpRule *rule = unpack_rule(method->options);
    if (strcmp(method->name, "GetProcess") == 0) {
        assert_null(rule);
        return;
    }
    if (rule == NULL)
        fail_msg("%s.%s has no google.api.http option", service, method->name);
    if (strncmp(path_of(rule), "/v1/", 4) != 0)
        fail_msg("%s.%s is at '%s', not below /v1/", service, method->name, path_of(rule));
    google__api__http_rule__free_unpacked(rule, NULL);
}

static void every_rpc_is_reached_over_rest(void **state) {
    assert_int_equal(for_each_method(check_path), RPC_COUNT);
}

static void check_read(const char *service, const Google__Protobuf__MethodDescriptorProto *method) {
    Google__Api__HttpRule *rule = unpack_rule(method->options);
    if (rule == NULL)
        return; /* the test above says so */
    bool is_get = rule->pattern_case == GOOGLE__API__HTTP_RULE__PATTERN_GET;
    bool is_pure = method->options->idempotency_level ==
                   GOOGLE__PROTOBUF__METHOD_OPTIONS__IDEMPOTENCY_LEVEL__NO_SIDE_EFFECTS;
    bool has_body = rule->body[0] != '\0';
    if (is_pure && !is_get)
        fail_msg("%s.%s has no side effects, but is no GET", service, method->name);
    if (is_get && !is_pure && !method->server_streaming)
        fail_msg("%s.%s is a GET, but may have side effects", service, method->name);
    if (is_get && has_body)
        fail_msg("%s.%s is a GET with a body", service, method->name);
    google__api__http_rule__free_unpacked(rule, NULL);
}

static void what_only_reads_is_a_get_and_the_other_way_round(void **state) {
    for_each_method(check_read);
}

static void nothing_internal_is_shown(void **state) {
    for (size_t i = 0; i < set->n_file; i++) {
        if (strstr(set->file[i]->name, "internal") != NULL)
            fail_msg("%s is part of the public descriptors", set->file[i]->name);
    }
}

static bool is_before(const char *name, size_t index) {
    for (size_t i = 0; i < index; i++) {
        if (strcmp(set->file[i]->name, name) == 0)
            return true;
    }
    return false;
}

static void a_file_stands_after_its_imports(void **state) {
    for (size_t i = 0; i < set->n_file; i++) {
        const Google__Protobuf__FileDescriptorProto *file = set->file[i];
        for (size_t j = 0; j < file->n_dependency; j++) {
            if (!is_before(file->dependency[j], i))
                fail_msg("%s stands before its import %s", file->name, file->dependency[j]);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rpc_is_reached_over_rest),
        cmocka_unit_test(what_only_reads_is_a_get_and_the_other_way_round),
        cmocka_unit_test(nothing_internal_is_shown),
        cmocka_unit_test(a_file_stands_after_its_imports),
    };
    return cmocka_run_group_tests(tests, unpack, release);
}
