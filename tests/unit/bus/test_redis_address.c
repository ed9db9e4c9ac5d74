/* SPDX-License-Identifier: Apache-2.0 */
#include "bus/redis_address.h"

#include <errno.h>
#include <string.h>

#include "base/attr.h"
#include "tests/unit/bus/check.h"

static void test_urls_are_taken_apart(void **state _unused_) {
    static const struct {
        const char *url;
        struct redis_address expected;
    } cases[] = {
        {"redis://localhost", {.host = "localhost", .port = 6379}},
        {"redis://localhost:7000/", {.host = "localhost", .port = 7000}},
        {"redis://10.0.0.1:7000/3", {.host = "10.0.0.1", .port = 7000, .database = 3}},
        {"redis://:secret@h:1", {.host = "h", .port = 1, .password = "secret"}},
        {"redis://me:secret@h", {.host = "h", .port = 6379, .user = "me", .password = "secret"}},
        {"redis://:p%40ss%3a%2F@h", {.host = "h", .port = 6379, .password = "p@ss:/"}},
        {"redis://:p@ss@h", {.host = "h", .port = 6379, .password = "p@ss"}},
        {"redis://[::1]:7000/1", {.host = "::1", .port = 7000, .database = 1}},
        {"redis://[::1]", {.host = "::1", .port = 6379}},
        {"redis+unix:///run/redis.sock", {.path = "/run/redis.sock"}},
        {"redis+unix://:secret@/run/redis.sock", {.path = "/run/redis.sock", .password = "secret"}},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct redis_address address;
        const char *why = NULL;
        assert_int_equal(redis_address_parse(cases[i].url, &address, &why), 0);
        assert_string_equal(address.host, cases[i].expected.host);
        assert_string_equal(address.path, cases[i].expected.path);
        assert_string_equal(address.user, cases[i].expected.user);
        assert_string_equal(address.password, cases[i].expected.password);
        assert_int_equal(address.port, cases[i].expected.port);
        assert_int_equal(address.database, cases[i].expected.database);
    }
}

static void test_wrong_urls_are_refused_with_a_reason(void **state _unused_) {
    static const struct {
        const char *url, *word;
    } cases[] = {
        {"http://localhost", "scheme"},
        {"redis:/localhost", "scheme"},
        {"redis://", "host"},
        {"redis://:7000", "host"},
        {"redis://h:0", "port"},
        {"redis://h:65536", "port"},
        {"redis://h:port", "port"},
        {"redis://h:", "port"},
        {"redis://h/one", "database"},
        {"redis://h/1/2", "database"},
        {"redis://:%4@h", "escape"},
        {"redis://:%zz@h", "escape"},
        {"redis://:%00@h", "escape"},
        {"redis+unix://run/redis.sock", "absolute"},
        {"redis+unix://", "absolute"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct redis_address address;
        const char *why = "";
        assert_int_equal(redis_address_parse(cases[i].url, &address, &why), -EINVAL);
        if (!strstr(why, cases[i].word))
            assert_string_equal(why, cases[i].word);
    }
}

static void test_parts_that_are_too_long_are_refused(void **state _unused_) {
    struct redis_address address;
    const char *why;
    char url[1024] = "redis://";
    memset(url + 8, 'h', 255);
    assert_int_equal(redis_address_parse(url, &address, &why), 0);
    memset(url + 8, 'h', 256);
    assert_int_equal(redis_address_parse(url, &address, &why), -EINVAL);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_urls_are_taken_apart),
        cmocka_unit_test(test_wrong_urls_are_refused_with_a_reason),
        cmocka_unit_test(test_parts_that_are_too_long_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
