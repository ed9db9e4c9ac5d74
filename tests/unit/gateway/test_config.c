/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/config.h"
#include "tests/unit/base/check.h"

static struct config parse(char **environment) {
    struct config config = {0};
    char message[1024] = "";
    int r = config_parse(&config_table, environment, &config, message, sizeof(message));
    assert_string_equal(message, "");
    assert_int_equal(r, 0);
    return config;
}

static void test_nothing_needs_to_be_set(void **state) {
    char *environment[] = {NULL};
    struct config config = parse(environment);
    assert_string_equal(config.listen_addr, "0.0.0.0:8080");
    assert_string_equal(config.metrics_addr, "0.0.0.0:9103");
    assert_string_equal(config.static_dir, "");
    assert_string_equal(config.cors_allowed_origins, "");
    assert_int_equal(config.request_timeout_ms, 10000);
    assert_int_equal(config.request_timeout_max_ms, 60000);
    assert_int_equal(config.body_size_max, 1024 * 1024);
    assert_int_equal(config.sse_heartbeat_ms, 15000);
    assert_string_equal(config.service_config_file, "");
    assert_int_equal(config.upstream_calls_max, 5000);
}

static void test_services_are_where_the_environment_says(void **state) {
    char *environment[] = {
        (char *)"EVENT_SERVICE_ADDR=dns:///event:1", (char *)"BOOKING_SERVICE_ADDR=b:2", NULL};
    struct config config = parse(environment);
    struct gateway_target targets[CONFIG_TARGETS];
    config_targets(&config, targets);
    assert_string_equal(targets[0].service, "myevents.v1.EventService");
    assert_string_equal(targets[0].target, "dns:///event:1");
    assert_string_equal(targets[1].service, "myevents.v1.BookingService");
    assert_string_equal(targets[1].target, "b:2");
}

static void test_bad_values_are_refused(void **state) {
    static const char *const bad[] = {"BODY_SIZE_MAX=5MiB", "REQUEST_TIMEOUT=10",
        "SSE_HEARTBEAT=1ms", "LISTEN_ADDR=8080", "LOG_LEVEL=loud", "CONNECTIONS_MAX=0",
        "UPSTREAM_CALLS_MAX=0", "MYEVENTS_TYPO=1"};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        char *environment[] = {(char *)bad[i], NULL};
        struct config config = {0};
        char message[1024] = "";
        int r = config_parse(&config_table, environment, &config, message, sizeof(message));
        if (r != CONFIG_REFUSED || !*message)
            fail_msg("%s was not refused", bad[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_needs_to_be_set),
        cmocka_unit_test(test_services_are_where_the_environment_says),
        cmocka_unit_test(test_bad_values_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
