/* SPDX-License-Identifier: Apache-2.0 */
#include "services/booking/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { WINDOW_MS = 1000 };

static const struct uuid ada = {{1}}, bob = {{2}};

static struct key *find(struct keys *keys, const struct uuid *scope, const char *request_id) {
    return keys_find(keys, scope, KEY_CREATE_BOOKING, text_from(request_id));
}

static struct key *add(struct keys *keys, const struct uuid *scope, const char *request_id) {
    return keys_add(keys, scope, KEY_CREATE_BOOKING, text_from(request_id), 7);
}

static void test_a_key_belongs_to_a_user_and_a_method(void **state) {
    struct keys keys;
    keys_init(&keys, WINDOW_MS);
    struct key *key = add(&keys, &ada, "one");
    assert_ptr_equal(find(&keys, &ada, "one"), key);
    assert_null(find(&keys, &bob, "one"));
    assert_null(find(&keys, &ada, "on"));
    assert_null(keys_find(&keys, &ada, KEY_EXTEND_BOOKING, TEXT("one")));
    assert_int_equal(key->state, KEY_PENDING);
    keys_deinit(&keys);
}

static void test_a_key_that_came_to_nothing_is_dropped(void **state) {
    struct keys keys;
    keys_init(&keys, WINDOW_MS);
    key_drop(&keys, add(&keys, &ada, "one"));
    assert_null(find(&keys, &ada, "one"));
    keys_deinit(&keys);
}

static void test_keys_are_swept_in_time_order(void **state) {
    struct keys keys;
    int answer;
    keys_init(&keys, WINDOW_MS);
    key_settle(&keys, add(&keys, &ada, "early"), &answer, 0);
    key_settle(&keys, add(&keys, &ada, "late"), &answer, 10);
    add(&keys, &ada, "pending");
    keys_sweep(&keys, WINDOW_MS - 1);
    assert_non_null(find(&keys, &ada, "early"));
    keys_sweep(&keys, WINDOW_MS);
    assert_null(find(&keys, &ada, "early"));
    assert_ptr_equal(find(&keys, &ada, "late")->answer, &answer);
    keys_sweep(&keys, INT64_MAX);
    assert_null(find(&keys, &ada, "late"));
    assert_non_null(find(&keys, &ada, "pending"));
    keys_deinit(&keys);
}

static void test_refusals_are_remembered_up_to_a_number(void **state) {
    struct keys keys;
    char request_id[16];
    keys_init(&keys, WINDOW_MS);
    for (int i = 0; i <= KEYS_REFUSALS_MAX; i++) {
        snprintf(request_id, sizeof(request_id), "%d", i);
        key_refuse(&keys, add(&keys, &ada, request_id), OUTCOME_SOLD_OUT, 0);
    }
    assert_int_equal(keys.map.count, KEYS_REFUSALS_MAX);
    assert_null(find(&keys, &ada, "0"));
    assert_int_equal(find(&keys, &ada, "1")->refusal, OUTCOME_SOLD_OUT);
    keys_deinit(&keys);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_key_belongs_to_a_user_and_a_method),
        cmocka_unit_test(test_a_key_that_came_to_nothing_is_dropped),
        cmocka_unit_test(test_keys_are_swept_in_time_order),
        cmocka_unit_test(test_refusals_are_remembered_up_to_a_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
