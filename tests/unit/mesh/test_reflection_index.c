/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/reflection_index.h"

#include <errno.h>

#include "google/protobuf/descriptor.pb-c.h"
#include "mesh/message.h"
#include "stand.h"
#include "tests/unit/mesh/reflected_set.h"

#define FOLDER "tests/unit/mesh/"

static const char REFLECTED[] = FOLDER "reflected.proto", BASE[] = FOLDER "reflected_base.proto",
                  FAR[] = FOLDER "reflected_far.proto",
                  DESCRIPTOR[] = "google/protobuf/descriptor.proto", ECHO[] = FOLDER "echo.proto";

enum { FILES = 5 };

static int setup(void **state) {
    struct reflection_index *index = reflection_index_new();
    assert_int_equal(
        reflection_index_add(index, "mesh.test.reflected.Reflected", reflected_set), 0);
    assert_int_equal(
        reflection_index_add(index, echo_service.name, *echo_service.descriptor_set), 0);
    *state = index;
    return 0;
}

static int teardown(void **state) {
    reflection_index_free(*state);
    return 0;
}

static void check_found(const char *symbol, const struct reflection_file *file, const char *name) {
    if (!file)
        fail_msg("%s is not found", symbol);
    if (strcmp(file->name, name) != 0)
        fail_msg("%s is found in %s", symbol, file->name);
}

static void every_kind_of_symbol_is_found_in_its_file(void **state) {
    static const struct {
        const char *symbol, *file;
    } symbols[] = {
        {"mesh.test.reflected.Outer", REFLECTED},
        {"mesh.test.reflected.Outer.Inner", REFLECTED},
        {"mesh.test.reflected.Outer.Inner.shade", REFLECTED},
        {"mesh.test.reflected.Outer.choice", REFLECTED},
        {"mesh.test.reflected.Outer.right", REFLECTED},
        {"mesh.test.reflected.Outer.NumbersEntry.key", REFLECTED},
        {"mesh.test.reflected.Outer.Inner.Shade", REFLECTED},
        {"mesh.test.reflected.Outer.Inner.DARK", REFLECTED},
        {"mesh.test.reflected.Outer.Inner.inner_extension", REFLECTED},
        {"mesh.test.reflected.Colour", REFLECTED},
        {"mesh.test.reflected.BLUE", REFLECTED},
        {"mesh.test.reflected.outer_extension", REFLECTED},
        {"mesh.test.reflected.note", REFLECTED},
        {"mesh.test.reflected.Reflected", REFLECTED},
        {"mesh.test.reflected.Reflected.Look", REFLECTED},
        {"mesh.test.base.Extended", BASE},
        {"Unpackaged", FAR},
        {"Unpackaged.field", FAR},
        {"google.protobuf.MethodOptions", DESCRIPTOR},
        {"mesh.test.v1.EchoService.Count", ECHO},
    };
    for (size_t i = 0; i < ARRAY_SIZE(symbols); i++)
        check_found(symbols[i].symbol, reflection_file_with_symbol(*state, symbols[i].symbol),
            symbols[i].file);
}

static void what_is_no_symbol_is_not_found(void **state) {
    static const char *const strangers[] = {"", ".", ".mesh.test.reflected.Outer",
        "mesh.test.reflected", "mesh.test.reflected.Outer.", "mesh.test.reflected.outer",
        "mesh.test.reflected.Colour.BLUE", "mesh.test.reflected.Outer.Inner.Shade.DARK", "Outer",
        "mesh.test.reflected.Reflected/Look", "mesh.test.reflected.DARK"};
    for (size_t i = 0; i < ARRAY_SIZE(strangers); i++)
        if (reflection_file_with_symbol(*state, strangers[i]))
            fail_msg("\"%s\" is found", strangers[i]);
}

static void a_file_is_found_by_its_name_with_its_bytes(void **state) {
    struct arena arena;
    arena_init(&arena, 0);
    const struct reflection_file *file = reflection_file_named(*state, REFLECTED);
    assert_non_null(file);
    const Google__Protobuf__FileDescriptorProto *proto =
        (const Google__Protobuf__FileDescriptorProto *)message_unpack(
            &arena, &google__protobuf__file_descriptor_proto__descriptor, file->bytes);
    assert_non_null(proto);
    assert_string_equal(proto->name, REFLECTED);
    /* An option that was not known when the set was written stands in it all the same. */
    const Google__Protobuf__MethodOptions *options = proto->service[0]->method[0]->options;
    assert_int_equal(options->base.n_unknown_fields, 1);
    assert_int_equal(options->base.unknown_fields[0].tag, 50001);
    assert_null(reflection_file_named(*state, "reflected.proto"));
    assert_null(reflection_file_named(*state, ""));
    arena_deinit(&arena);
}

static void an_extension_is_found_by_its_type_and_number(void **state) {
    check_found(
        "101", reflection_file_with_extension(*state, "mesh.test.base.Extended", 101), REFLECTED);
    check_found(
        "150", reflection_file_with_extension(*state, "mesh.test.base.Extended", 150), REFLECTED);
    check_found("50001",
        reflection_file_with_extension(*state, "google.protobuf.MethodOptions", 50001), REFLECTED);
    assert_null(reflection_file_with_extension(*state, "mesh.test.base.Extended", 102));
    assert_null(reflection_file_with_extension(*state, "mesh.test.base.Extended", -101));
    assert_null(reflection_file_with_extension(*state, "mesh.test.base.NotExtended", 101));
    assert_null(reflection_file_with_extension(*state, ".mesh.test.base.Extended", 101));
    assert_null(reflection_file_with_extension(*state, "", 0));
}

static void the_extensions_of_a_type_are_numbered(void **state) {
    const int32_t *numbers;
    size_t count;
    assert_true(reflection_extension_numbers(*state, "mesh.test.base.Extended", &numbers, &count));
    assert_int_equal(count, 2);
    assert_int_equal(numbers[0] + numbers[1], 101 + 150);
    assert_int_not_equal(numbers[0], numbers[1]);
    assert_true(
        reflection_extension_numbers(*state, "mesh.test.base.NotExtended", &numbers, &count));
    assert_int_equal(count, 0);
    assert_false(reflection_extension_numbers(*state, "mesh.test.base.Unheard", &numbers, &count));
    /* Known, but no message. */
    assert_false(
        reflection_extension_numbers(*state, "mesh.test.reflected.Colour", &numbers, &count));
}

static size_t collect(struct reflection_index *index, const char *name, bool *is_sent,
    const struct reflection_file **ret_files) {
    const struct reflection_file *file = reflection_file_named(index, name);
    assert_non_null(file);
    size_t count = reflection_collect(index, file, is_sent, ret_files);
    assert_string_equal(ret_files[0]->name, name);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(ret_files[i]->name, ret_files[j]->name);
    return count;
}

static void a_file_brings_all_its_imports_once(void **state) {
    const struct reflection_file *files[FILES];
    bool is_sent[FILES] = {0};
    assert_int_equal(reflection_file_count(*state), FILES);
    assert_int_equal(collect(*state, REFLECTED, is_sent, files), 4);
    assert_false(is_sent[reflection_file_named(*state, ECHO)->number]);
    assert_true(is_sent[reflection_file_named(*state, BASE)->number]);
    memset(is_sent, 0, sizeof(is_sent));
    assert_int_equal(collect(*state, FAR, is_sent, files), 2);
    assert_string_equal(files[1]->name, BASE);
}

static void an_import_that_was_sent_is_left_out(void **state) {
    const struct reflection_file *files[FILES];
    bool is_sent[FILES] = {0};
    assert_int_equal(collect(*state, FAR, is_sent, files), 2);
    assert_int_equal(collect(*state, REFLECTED, is_sent, files), 2); /* and descriptor.proto */
    assert_int_equal(collect(*state, REFLECTED, is_sent, files), 1); /* what was asked for */
}

static void services_are_listed_sorted(void **state) {
    size_t count;
    assert_int_equal(reflection_index_add(*state, "a.First", *echo_service.descriptor_set), 0);
    const char *const *services = reflection_services(*state, &count);
    assert_int_equal(count, 3);
    assert_string_equal(services[0], "a.First");
    assert_string_equal(services[1], "mesh.test.reflected.Reflected");
    assert_string_equal(services[2], "mesh.test.v1.EchoService");
}

static void a_file_of_several_sets_is_kept_once(void **state) {
    const int32_t *numbers;
    size_t count;
    const struct reflection_file *before = reflection_file_named(*state, REFLECTED);
    assert_int_equal(reflection_index_add(*state, "again", reflected_set), 0);
    assert_int_equal(reflection_file_count(*state), FILES);
    assert_ptr_equal(reflection_file_named(*state, REFLECTED), before);
    assert_true(reflection_extension_numbers(*state, "mesh.test.base.Extended", &numbers, &count));
    assert_int_equal(count, 2);
}

static void what_is_no_descriptor_set_is_refused(void **state) {
    size_t before, after;
    reflection_services(*state, &before);
    static const struct text bad[] = {
        {"\x0a", 1},                              /* cut short */
        {"\x0a\x02\x0a", 3},                      /* cut short */
        {"\x0a\x02\x0a\x05", 4}, {"\x0a\x00", 2}, /* a file without a name */
        {"\x0a\x03\x0a\x01\xff", 5},              /* whose name is no text */
        {"\x0a\x04\x0a\x01n\x22\x01", 6},         /* whose message is cut short */
    };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_int_equal(reflection_index_add(*state, "bad", bad[i]), -EINVAL);
    reflection_services(*state, &after);
    assert_int_equal(after, before);
    assert_null(reflection_file_named(*state, ""));
}

/* Names may be missing in what nobody's protoc wrote, and so may the message that is extended. */
static void declarations_without_a_name_are_passed_over(void **state) {
    static const char file[] = "\x0a\x16\x0a\x01n\x22\x02\x12\x00\x2a\x02\x12\x00\x32\x02\x12\x00"
                               "\x3a\x05\x12\x01Y\x18\x05";
    const int32_t *numbers;
    size_t count;
    assert_int_equal(
        reflection_index_add(*state, "nameless", (struct text){file, sizeof(file) - 1}), 0);
    assert_non_null(reflection_file_named(*state, "n"));
    assert_null(reflection_file_with_symbol(*state, ""));
    check_found("Y/5", reflection_file_with_extension(*state, "Y", 5), "n");
    assert_false(reflection_extension_numbers(*state, "Y", &numbers, &count));
}

#define index_test(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        index_test(every_kind_of_symbol_is_found_in_its_file),
        index_test(what_is_no_symbol_is_not_found),
        index_test(a_file_is_found_by_its_name_with_its_bytes),
        index_test(an_extension_is_found_by_its_type_and_number),
        index_test(the_extensions_of_a_type_are_numbered),
        index_test(a_file_brings_all_its_imports_once),
        index_test(an_import_that_was_sent_is_left_out),
        index_test(services_are_listed_sorted),
        index_test(a_file_of_several_sets_is_kept_once),
        index_test(what_is_no_descriptor_set_is_refused),
        index_test(declarations_without_a_name_are_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
