/* SPDX-License-Identifier: Apache-2.0 */

/* The plugin from request to response, above all what it refuses. What it writes is compiled and
 * run by test_stubs. */

#include "proto/plugin/generate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/attr.h"
#include "proto/plugin/naming.h"

static struct arena arena;

static int set_up(void **state) {
    arena_init(&arena, 0);
    return 0;
}

static int tear_down(void **state) {
    arena_deinit(&arena);
    return 0;
}

static Google__Protobuf__MethodDescriptorProto *new_method(const char *name) {
    Google__Protobuf__MethodDescriptorProto *method = arena_alloc(&arena, sizeof(*method));
    google__protobuf__method_descriptor_proto__init(method);
    method->name = (char *)name;
    method->input_type = (char *)".shop.Thing";
    method->output_type = (char *)".shop.Thing";
    return method;
}

/* The methods end with NULL. */
static Google__Protobuf__ServiceDescriptorProto *new_service(
    const char *name, const char *const *methods) {
    Google__Protobuf__ServiceDescriptorProto *service = arena_alloc(&arena, sizeof(*service));
    google__protobuf__service_descriptor_proto__init(service);
    service->name = (char *)name;
    service->method = arena_alloc(&arena, 16 * sizeof(void *));
    for (; *methods != NULL; methods++)
        service->method[service->n_method++] = new_method(*methods);
    return service;
}

static Google__Protobuf__FileDescriptorProto *new_file(const char *name) {
    Google__Protobuf__FileDescriptorProto *file = arena_alloc(&arena, sizeof(*file));
    google__protobuf__file_descriptor_proto__init(file);
    file->name = (char *)name;
    file->package = (char *)"shop";
    file->service = arena_alloc(&arena, 4 * sizeof(void *));
    file->dependency = arena_alloc(&arena, 4 * sizeof(void *));
    return file;
}

static Google__Protobuf__FileDescriptorProto *new_shop(
    const char *service, const char *const *methods) {
    Google__Protobuf__FileDescriptorProto *file = new_file("shop.proto");
    file->service[file->n_service++] = new_service(service, methods);
    return file;
}

/* All files are given to the plugin, output is wanted for the last. */
static Google__Protobuf__Compiler__CodeGeneratorResponse *run(
    Google__Protobuf__FileDescriptorProto **files, size_t count, const char *parameter) {
    Google__Protobuf__Compiler__CodeGeneratorRequest request =
        GOOGLE__PROTOBUF__COMPILER__CODE_GENERATOR_REQUEST__INIT;
    request.proto_file = files;
    request.n_proto_file = count;
    request.file_to_generate = &files[count - 1]->name;
    request.n_file_to_generate = 1;
    request.parameter = (char *)parameter;
    return generate(&arena, &request);
}

static const char *error_of(Google__Protobuf__FileDescriptorProto *file, const char *parameter) {
    Google__Protobuf__Compiler__CodeGeneratorResponse *response = run(&file, 1, parameter);
    assert_int_equal(response->n_file, 0);
    assert_non_null(response->error);
    return response->error;
}

static void names_are_those_of_protoc_c(void **state) {
    assert_string_equal(name_lower(&arena, "GetEvent"), "get_event");
    assert_string_equal(name_lower(&arena, "GetURL"), "get_url");
    assert_string_equal(name_lower(&arena, "V1Beta2"), "v1_beta2");
    assert_string_equal(name_upper(&arena, "GetEvent"), "GET_EVENT");
    assert_string_equal(name_message_type(&arena, ".a_b.v1.Event.Part"), "AB__V1__Event__Part");
    assert_string_equal(name_message_descriptor(&arena, ".a_b.v1.MyEvent.Part"),
        "a_b__v1__my_event__part__descriptor");
}

static void a_file_with_services_gives_a_header_and_a_source(void **state) {
    Google__Protobuf__FileDescriptorProto *file = new_shop(
        "Shop", (const char *const[]){"Buy", NULL});
    Google__Protobuf__Compiler__CodeGeneratorResponse *response = run(&file, 1, NULL);
    assert_null(response->error);
    assert_int_equal(response->n_file, 2);
    assert_string_equal(response->file[0]->name, "shop.mesh.h");
    assert_string_equal(response->file[1]->name, "shop.mesh.c");
    assert_non_null(strstr(response->file[1]->content, "\"/shop.Shop/Buy\""));
}

static void a_file_without_package_has_short_paths(void **state) {
    Google__Protobuf__FileDescriptorProto *file = new_shop(
        "Shop", (const char *const[]){"Buy", NULL});
    file->package = NULL;
    Google__Protobuf__Compiler__CodeGeneratorResponse *response = run(&file, 1, "");
    assert_non_null(strstr(response->file[1]->content, "\"/Shop/Buy\""));
}

static void a_file_without_services_gives_nothing(void **state) {
    Google__Protobuf__FileDescriptorProto *file = new_file("shop.proto");
    Google__Protobuf__Compiler__CodeGeneratorResponse *response = run(&file, 1, NULL);
    assert_null(response->error);
    assert_int_equal(response->n_file, 0);
}

static void optional_fields_of_proto3_are_welcome(void **state) {
    Google__Protobuf__FileDescriptorProto *file = new_file("shop.proto");
    assert_int_equal(run(&file, 1, NULL)->supported_features, 1);
}

static void a_service_without_methods_is_refused(void **state) {
    assert_string_equal(error_of(new_shop("Shop", (const char *const[]){NULL}), NULL),
        "shop.proto: service shop.Shop has no method; it must have at least one");
}

static void a_method_that_is_a_keyword_is_refused(void **state) {
    assert_string_equal(error_of(new_shop("Shop", (const char *const[]){"Default", NULL}), NULL),
        "shop.proto: method shop.Shop.Default would be 'default', a keyword of C; rename it");
}

static void names_that_are_equal_in_c_are_refused(void **state) {
    static const struct {
        const char *methods[3];
        const char *error;
    } cases[] = {
        {{"Methods"}, "shop.proto: method shop.Shop.Methods and service shop.Shop both need the "
                      "name 'shop_methods' in C; rename one of them"},
        {{"MethodCount"}, "shop.proto: method shop.Shop.MethodCount and service shop.Shop both "
                          "need the name 'SHOP_METHOD_COUNT' in C; rename one of them"},
        {{"Buy", "BuyReply"}, "shop.proto: method shop.Shop.Buy and method shop.Shop.BuyReply both "
                              "need the name 'shop_buy_reply' in C; rename one of them"},
        {{"Buy", "BuyAndWait"},
            "shop.proto: method shop.Shop.Buy and method shop.Shop.BuyAndWait both "
            "need the name 'shop_buy_and_wait' in C; rename one of them"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_string_equal(error_of(new_shop("Shop", cases[i].methods), NULL), cases[i].error);
}

static void a_tag_and_a_function_may_be_equal(void **state) {
    Google__Protobuf__FileDescriptorProto *file = new_shop(
        "Shop", (const char *const[]){"Method", "Handlers", NULL});
    assert_null(run(&file, 1, NULL)->error);
}

static void every_mistake_of_a_file_is_reported(void **state) {
    Google__Protobuf__FileDescriptorProto *file = new_shop(
        "Shop", (const char *const[]){"Register", NULL});
    file->service[file->n_service++] = new_service("Empty", (const char *const[]){NULL});
    const char *error = error_of(file, NULL);
    assert_non_null(strstr(error, "shop_register"));
    assert_non_null(strstr(error, "shop.Empty has no method"));
}

static void only_what_a_file_imports_is_in_its_descriptors(void **state) {
    Google__Protobuf__FileDescriptorProto *files[] = {new_file("base.proto"),
        new_file("stranger.proto"), new_file("middle.proto"),
        new_shop("Shop", (const char *const[]){"Buy", NULL})};
    files[2]->dependency[files[2]->n_dependency++] = (char *)"base.proto";
    files[3]->dependency[files[3]->n_dependency++] = (char *)"middle.proto";
    Google__Protobuf__Compiler__CodeGeneratorResponse *response = run(files, 4, NULL);
    /* "base.proto" begins with b, a, s, e; "stranger" with s, t, r, a. */
    const char *source = response->file[1]->content;
    assert_non_null(strstr(source, "98, 97, 115, 101, 46, "));
    assert_non_null(strstr(source, "109, 105, 100, 100, 108"));
    assert_null(strstr(source, "115, 116, 114, 97"));
}

static void comments_do_not_reach_the_descriptors_of_stubs(void **state) {
    Google__Protobuf__FileDescriptorProto *file = new_file("shop.proto");
    file->source_code_info = google__protobuf__source_code_info__unpack(NULL, 0, NULL);
    run(&file, 1, NULL);
    assert_null(file->source_code_info);
}

/* Two places: path 1 with the leading comment "c", path 2 without. */
static Google__Protobuf__SourceCodeInfo *new_places(void) {
    static const uint8_t bytes[] = {0x0a, 6, 0x0a, 1, 1, 0x1a, 1, 'c', 0x0a, 3, 0x0a, 1, 2};
    return google__protobuf__source_code_info__unpack(NULL, sizeof(bytes), bytes);
}

static void a_descriptor_set_keeps_comments_and_no_more(void **state) {
    Google__Protobuf__FileDescriptorProto *files[] = {
        new_file("shop.proto"), new_file("google/protobuf/any.proto")};
    files[0]->source_code_info = new_places();
    files[1]->source_code_info = new_places();
    run(files, 2, "descriptor_set=shop_set");
    assert_int_equal(files[0]->source_code_info->n_location, 1);
    assert_string_equal(files[0]->source_code_info->location[0]->leading_comments, "c");
    assert_null(files[1]->source_code_info);
    google__protobuf__source_code_info__free_unpacked(files[0]->source_code_info, NULL);
}

static void a_descriptor_set_can_be_had_alone(void **state) {
    Google__Protobuf__FileDescriptorProto *file = new_file("shop.proto");
    Google__Protobuf__Compiler__CodeGeneratorResponse *response = run(
        &file, 1, "descriptor_set=shop_set");
    assert_null(response->error);
    assert_int_equal(response->n_file, 2);
    assert_string_equal(response->file[0]->name, "shop_set.h");
    assert_string_equal(response->file[1]->name, "shop_set.c");
    assert_non_null(strstr(response->file[0]->content, "extern const struct text shop_set;"));
}

static void parameters_that_make_no_sense_are_refused(void **state) {
    Google__Protobuf__FileDescriptorProto *file = new_file("shop.proto");
    assert_string_equal(
        error_of(file, "fast"), "parameter 'fast': not known; the only one is descriptor_set=NAME");
    static const char *const names[] = {
        "descriptor_set=", "descriptor_set=9x", "descriptor_set=a-b", "descriptor_set=a/b"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        assert_non_null(strstr(error_of(file, names[i]), "must be a C identifier"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(names_are_those_of_protoc_c),
        TEST(a_file_with_services_gives_a_header_and_a_source),
        TEST(a_file_without_package_has_short_paths),
        TEST(a_file_without_services_gives_nothing),
        TEST(optional_fields_of_proto3_are_welcome),
        TEST(a_service_without_methods_is_refused),
        TEST(a_method_that_is_a_keyword_is_refused),
        TEST(names_that_are_equal_in_c_are_refused),
        TEST(a_tag_and_a_function_may_be_equal),
        TEST(every_mistake_of_a_file_is_reported),
        TEST(only_what_a_file_imports_is_in_its_descriptors),
        TEST(comments_do_not_reach_the_descriptors_of_stubs),
        TEST(a_descriptor_set_keeps_comments_and_no_more),
        TEST(a_descriptor_set_can_be_had_alone),
        TEST(parameters_that_make_no_sense_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
