/* SPDX-License-Identifier: Apache-2.0 */
#include "bus/bus.h"

#include <errno.h>
#include <string.h>

#include "tests/unit/bus/check.h"

static void test_opening_does_not_need_the_broker(void **state _unused_) {
    struct bus *bus = NULL;
    uint64_t last;
    assert_int_equal(bus_open("redis+unix:///nowhere/at/all", "test", &bus), 0);
    assert_int_equal(bus_last(bus, "s", &last), -EAGAIN);
    bus_close(bus);
}

static void test_an_unknown_scheme_is_refused_with_a_sentence(void **state _unused_) {
    struct bus *bus = NULL;
    assert_int_equal(bus_open("carrier-pigeon://roof", "test", &bus), -EINVAL);
    assert_non_null(strstr(bus_open_error(), "carrier-pigeon"));
    assert_int_equal(bus_open("roof", "test", &bus), -EINVAL);
    assert_null(bus);
}

static void test_a_wrong_url_is_refused_with_a_sentence(void **state _unused_) {
    struct bus *bus = NULL;
    assert_int_equal(bus_open("redis://host:0", "test", &bus), -EINVAL);
    assert_non_null(strstr(bus_open_error(), "port"));
}

static void test_closing_nothing_is_fine(void **state _unused_) {
    bus_close(NULL);
    bus_unsubscribe(NULL);
}

static int handle(void *data _unused_, const struct bus_record *records _unused_,
    size_t count _unused_, size_t *ret_done _unused_, const char **ret_reason _unused_) {
    return 0;
}

static void test_a_subscription_waits_for_its_broker(void **state _unused_) {
    struct bus *bus;
    struct bus_subscription *subscription;
    struct bus_subscription_options options = {
        .stream = "s", .group = "g", .consumer = "a", .after = 7, .handle = handle};
    assert_int_equal(bus_open("redis+unix:///nowhere/at/all", "test", &bus), 0);
    assert_int_equal(bus_subscribe(bus, &options, &subscription), 0);
    assert_false(bus_subscription_is_connected(subscription));
    assert_int_equal(bus_subscription_applied(subscription), 7);
    bus_unsubscribe(subscription);
    bus_close(bus);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_opening_does_not_need_the_broker),
        cmocka_unit_test(test_an_unknown_scheme_is_refused_with_a_sentence),
        cmocka_unit_test(test_a_wrong_url_is_refused_with_a_sentence),
        cmocka_unit_test(test_closing_nothing_is_fine),
        cmocka_unit_test(test_a_subscription_waits_for_its_broker),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
