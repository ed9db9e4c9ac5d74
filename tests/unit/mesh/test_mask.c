/* SPDX-License-Identifier: Apache-2.0 */
#include "stand.h"

#include "mesh/mask.h"

static const char *const updatable[] = {"text", "code", "count", "nested", "many", "data", NULL};

static EchoRequest *const few[] = {NULL, NULL};

/* A value in every field. */
static EchoRequest full(EchoRequest *nested) {
    EchoRequest request = ECHO_REQUEST_INIT;
    request.text = (char *)"full";
    request.code = 5;
    request.count = 7;
    request.nested = nested;
    request.n_many = ARRAY_SIZE(few);
    request.many = (EchoRequest **)few;
    request.data = (ProtobufCBinaryData){3, (uint8_t *)"abc"};
    return request;
}

static int apply(const char *const *paths, size_t count, const EchoRequest *from, EchoRequest *to,
    const char **ret_bad_path) {
    return mask_apply((char *const *)paths, count, updatable, &from->base, &to->base, ret_bad_path);
}

static void copies_what_its_paths_name(void **state) {
    static const char *const paths[] = {"count", "many", "text"};
    EchoRequest nested = ECHO_REQUEST_INIT, from = full(&nested), to = ECHO_REQUEST_INIT;
    const char *bad_path = NULL;
    assert_int_equal(apply(paths, ARRAY_SIZE(paths), &from, &to, &bad_path), 0);
    assert_string_equal(to.text, "full");
    assert_int_equal(to.count, 7);
    assert_ptr_equal(to.many, from.many);
    assert_int_equal(to.n_many, from.n_many);
    assert_int_equal(to.code, 0);
    assert_null(to.nested);
    assert_int_equal(to.data.len, 0);
    assert_null(bad_path);
}

/* A path is also how a field is emptied. */
static void copies_nothing_where_a_path_names_it(void **state) {
    static const char *const paths[] = {"text", "nested", "data", "many"};
    EchoRequest nested = ECHO_REQUEST_INIT, from = ECHO_REQUEST_INIT, to = full(&nested);
    const char *bad_path = NULL;
    assert_int_equal(apply(paths, ARRAY_SIZE(paths), &from, &to, &bad_path), 0);
    assert_string_equal(to.text, "");
    assert_null(to.nested);
    assert_int_equal(to.data.len, 0);
    assert_int_equal(to.n_many, 0);
    assert_int_equal(to.code, 5);
    assert_int_equal(to.count, 7);
}

static void copies_what_is_carried_where_it_has_no_path(void **state) {
    EchoRequest nested = ECHO_REQUEST_INIT, from = full(&nested), to = ECHO_REQUEST_INIT;
    EchoRequest empty = ECHO_REQUEST_INIT;
    const char *bad_path = NULL;
    assert_int_equal(apply(NULL, 0, &from, &to, &bad_path), 0);
    assert_int_equal(apply(NULL, 0, &empty, &to, &bad_path), 0);
    assert_string_equal(to.text, "full");
    assert_int_equal(to.code, 5);
    assert_int_equal(to.count, 7);
    assert_ptr_equal(to.nested, &nested);
    assert_int_equal(to.n_many, ARRAY_SIZE(few));
    assert_int_equal(to.data.len, 3);
}

static void changes_nothing_when_a_path_is_unknown(void **state) {
    static const char *const paths[] = {"text", "nested.text", "code"};
    EchoRequest nested = ECHO_REQUEST_INIT, from = full(&nested), to = ECHO_REQUEST_INIT;
    const char *bad_path = NULL;
    assert_int_equal(apply(paths, ARRAY_SIZE(paths), &from, &to, &bad_path), MASK_UNKNOWN_PATH);
    assert_string_equal(bad_path, "nested.text");
    assert_string_equal(to.text, "");
    assert_int_equal(to.code, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_what_its_paths_name),
        cmocka_unit_test(copies_nothing_where_a_path_names_it),
        cmocka_unit_test(copies_what_is_carried_where_it_has_no_path),
        cmocka_unit_test(changes_nothing_when_a_path_is_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
