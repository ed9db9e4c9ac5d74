/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "mesh/service_config.h"
#include "stand.h"

static struct service_config *parse(const char *json, struct buffer *ret_error) {
    buffer_clear(ret_error);
    struct service_config *config = service_config_parse("file", text_from(json), ret_error);
    buffer_append_char(ret_error, '\0');
    return config;
}

/* What is refused, and the sentences, each on a line. */
static const struct {
    const char *json, *sentences;
} refused[] = {
    {"", "file: line 1, column 0: this is no JSON: '[' or '{' expected near end of file\n"},
    {"{\"methodConfig\": [}",
        "file: line 1, column 19: this is no JSON: unexpected token near '}'\n"},
    {"{\"methodConfig\": [], \"methodConfig\": []}",
        "file: line 1, column 35: this is no JSON: duplicate object key near '\"methodConfig\"'\n"},
    {"[]", "file: the whole is []; allowed: an object\n"},
    {"{\"loadBalancingPolicy\": \"round_robin\"}",
        "file: loadBalancingPolicy is not known; allowed: loadBalancingConfig, "
        "healthCheckConfig, retryThrottling, methodConfig\n"},
    {"{\"loadBalancingConfig\": [{\"ring_hash_experimental\": {}}]}",
        "file: loadBalancingConfig[0].ring_hash_experimental is not known; allowed: pick_first, "
        "round_robin, outlier_detection_experimental\n"},
    {"{\"loadBalancingConfig\": [{\"round_robin\": {\"weight\": 1}}]}",
        "file: loadBalancingConfig[0].round_robin.weight is not known; allowed: no field at all\n"},
    {"{\"loadBalancingConfig\": [{}]}",
        "file: loadBalancingConfig[0] is {}; allowed: an object with one policy, like "
        "{\"round_robin\": {}}\n"},
    {"{\"loadBalancingConfig\": []}",
        "file: loadBalancingConfig is []; allowed: a list of 1 to 8 entries\n"},
    {"{\"loadBalancingConfig\": [{\"outlier_detection_experimental\": {\"interval\": \"0s\", "
     "\"maxEjectionPercent\": 101}}]}",
        "file: loadBalancingConfig[0].outlier_detection_experimental.interval is \"0s\"; allowed: "
        "seconds like \"1.5s\", from \"0.01s\" to \"3600s\"\n"
        "file: loadBalancingConfig[0].outlier_detection_experimental.maxEjectionPercent is 101; "
        "allowed: a whole number from 0 to 100\n"
        "file: loadBalancingConfig[0].outlier_detection_experimental.childPolicy is missing\n"},
    {"{\"loadBalancingConfig\": [{\"outlier_detection_experimental\": {\"childPolicy\": "
     "[{\"pick_first\": {}}]}}]}",
        "file: loadBalancingConfig[0].outlier_detection_experimental.childPolicy[0].pick_first is "
        "not known; allowed: round_robin\n"},
    {"{\"healthCheckConfig\": {\"serviceName\": 1}}",
        "file: healthCheckConfig.serviceName is 1; allowed: a string of up to 256 bytes\n"},
    {"{\"loadBalancingConfig\": [{\"pick_first\": {}}], \"healthCheckConfig\": {\"serviceName\": "
     "\"\"}}",
        "file: healthCheckConfig has no effect under pick_first; allowed: round_robin, "
        "outlier_detection_experimental\n"},
    {"{\"retryThrottling\": {\"maxTokens\": 1001}}",
        "file: retryThrottling.maxTokens is 1001; allowed: a whole number from 1 to 1000\n"
        "file: retryThrottling.tokenRatio is missing\n"},
    {"{\"methodConfig\": [{\"timeout\": \"5s\"}]}", "file: methodConfig[0].name is missing\n"},
    {"{\"methodConfig\": [{\"name\": [{\"method\": \"Get\"}]}]}",
        "file: methodConfig[0].name[0] has a method without a service\n"},
    {"{\"methodConfig\": [{\"name\": [{\"service\": \"a.B\", \"method\": \"C\"}]},"
     "{\"name\": [{\"service\": \"a.B\"}, {\"service\": \"a.B\", \"method\": \"C\"}]}]}",
        "file: methodConfig[1].name[1] names /a.B/C, which has a config already\n"},
    {"{\"methodConfig\": [{\"name\": [{}], \"timeout\": 5}]}",
        "file: methodConfig[0].timeout is 5; allowed: seconds like \"1.5s\", from \"0.001s\" to "
        "\"86400s\"\n"},
    {"{\"methodConfig\": [{\"name\": [{}], \"timeout\": \"5 s\"}]}",
        "file: methodConfig[0].timeout is \"5 s\"; allowed: seconds like \"1.5s\", from \"0.001s\" "
        "to \"86400s\"\n"},
    {"{\"methodConfig\": [{\"name\": [{}], \"waitForReady\": 1}]}",
        "file: methodConfig[0].waitForReady is 1; allowed: true, false\n"},
    {"{\"methodConfig\": [{\"name\": [{}], \"retryPolcy\": {}}]}",
        "file: methodConfig[0].retryPolcy is not known; allowed: name, timeout, waitForReady, "
        "maxRequestMessageBytes, maxResponseMessageBytes, retryPolicy\n"},
    {"{\"methodConfig\": [{\"name\": [{}], \"hedgingPolicy\": {}}]}",
        "file: methodConfig[0].hedgingPolicy is not known; allowed: name, timeout, waitForReady, "
        "maxRequestMessageBytes, maxResponseMessageBytes, retryPolicy\n"},
    {"{\"methodConfig\": [{\"name\": [{}], \"retryPolicy\": {\"maxAttempts\": 9, "
     "\"initialBackoff\": \"-1s\", \"maxBackoff\": \"1s\", \"backoffMultiplier\": 0, "
     "\"retryableStatusCodes\": [\"unavailable\", \"OK\", 14]}}]}",
        "file: methodConfig[0].retryPolicy.maxAttempts is 9; allowed: a whole number from 2 to 5\n"
        "file: methodConfig[0].retryPolicy.initialBackoff is \"-1s\"; allowed: seconds like "
        "\"1.5s\", from \"0.001s\" to \"60s\"\n"
        "file: methodConfig[0].retryPolicy.backoffMultiplier is 0; allowed: a number from 0.001 to "
        "100\n"
        "file: methodConfig[0].retryPolicy.retryableStatusCodes[0] is \"unavailable\"; allowed: "
        "names of status codes but OK: \"UNAVAILABLE\", \"RESOURCE_EXHAUSTED\", ...\n"
        "file: methodConfig[0].retryPolicy.retryableStatusCodes[1] is \"OK\"; allowed: names of "
        "status codes but OK: \"UNAVAILABLE\", \"RESOURCE_EXHAUSTED\", ...\n"
        "file: methodConfig[0].retryPolicy.retryableStatusCodes[2] is 14; allowed: names of status "
        "codes but OK: \"UNAVAILABLE\", \"RESOURCE_EXHAUSTED\", ...\n"},
    {"{\"methodConfig\": [{\"name\": [{}], \"retryPolicy\": {\"maxAttempts\": 2.5}}]}",
        "file: methodConfig[0].retryPolicy.maxAttempts is 2.5; allowed: a whole number from 2 to "
        "5\n"
        "file: methodConfig[0].retryPolicy.initialBackoff is missing\n"
        "file: methodConfig[0].retryPolicy.maxBackoff is missing\n"
        "file: methodConfig[0].retryPolicy.backoffMultiplier is missing\n"
        "file: methodConfig[0].retryPolicy.retryableStatusCodes is missing\n"},
};

static void test_what_is_wrong_is_said(void **state) {
    _cleanup_(buffer_deinit) struct buffer error = {0};
    for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
        struct service_config *config = parse(refused[i].json, &error);
        assert_string_equal(error.data, refused[i].sentences);
        assert_null(config);
    }
}

static const char EVERYTHING[] =
    "{\"loadBalancingConfig\": [{\"outlier_detection_experimental\": {\"interval\": \"10s\","
    "  \"baseEjectionTime\": \"30s\", \"maxEjectionTime\": \"300s\", \"maxEjectionPercent\": 50,"
    "  \"successRateEjection\": {\"stdevFactor\": 1900, \"enforcementPercentage\": 100,"
    "    \"minimumHosts\": 5, \"requestVolume\": 100},"
    "  \"failurePercentageEjection\": {\"threshold\": 85, \"enforcementPercentage\": 100,"
    "    \"minimumHosts\": 2, \"requestVolume\": 50},"
    "  \"childPolicy\": [{\"round_robin\": {}}]}}],"
    " \"healthCheckConfig\": {\"serviceName\": \"mesh.test.v1.EchoService\"},"
    " \"retryThrottling\": {\"maxTokens\": 100, \"tokenRatio\": 0.1},"
    " \"methodConfig\": [{\"name\": [{}], \"timeout\": \"1.5s\"},"
    "  {\"name\": [{\"service\": \"mesh.test.v1.EchoService\"}], \"waitForReady\": false},"
    "  {\"name\": [{\"service\": \"mesh.test.v1.EchoService\", \"method\": \"Echo\"}],"
    "   \"timeout\": \"20s\", \"maxRequestMessageBytes\": 1000, \"maxResponseMessageBytes\": 2000,"
    "   \"retryPolicy\": {\"maxAttempts\": 5, \"initialBackoff\": \"0.001s\","
    "     \"maxBackoff\": \"0.010s\", \"backoffMultiplier\": 1.6,"
    "     \"retryableStatusCodes\": [\"UNAVAILABLE\", \"DATA_LOSS\"]}}]}";

static void test_core_takes_all_that_is_allowed(void **state) {
    struct stand stand;
    EchoRequest request = ECHO_REQUEST_INIT;
    _cleanup_(buffer_deinit) struct buffer error = {0};
    struct service_config *config = parse(EVERYTHING, &error);
    assert_string_equal(error.data, "");
    stand_start(&stand, NULL);
    channel_free(stand.channel);
    stand.channel = channel_new(
        stand.client_loop, stand.target, &(struct channel_options){.service_config = config});
    service_config_unref(config);
    struct status status = stand_call(&stand, ECHO_SERVICE_ECHO, NULL, &request, NULL);
    assert_string_equal(status.message, "");
    assert_int_equal(status.code, STATUS_OK);
    stand_stop(&stand);
}

static void test_a_method_is_found_by_its_own_name_first(void **state) {
    _cleanup_(buffer_deinit) struct buffer error = {0};
    struct service_config *config = parse(EVERYTHING, &error);
    assert_true(service_config_has_retries(config));
    assert_true(service_config_retries(config, "/mesh.test.v1.EchoService/Echo"));
    assert_false(service_config_retries(config, "/mesh.test.v1.EchoService/Hold"));
    assert_false(service_config_retries(config, "/mesh.test.v1.Other/Echo"));
    assert_int_equal(service_config_timeout_ms(config, "/mesh.test.v1.EchoService/Echo"), 20000);
    assert_true(service_config_timeout_ms(config, "/mesh.test.v1.EchoService/Hold") == INT64_MAX);
    assert_int_equal(service_config_timeout_ms(config, "/mesh.test.v1.Other/Echo"), 1500);
    service_config_unref(config);
    config = parse("{}", &error);
    assert_false(service_config_has_retries(config));
    assert_string_equal(
        service_config_json(config), "{\"loadBalancingConfig\":[{\"round_robin\":{}}]}");
    service_config_unref(config);
}

static void test_a_file_stands_in_for_what_is_built_in(void **state) {
    char path[] = "/tmp/service_config_XXXXXX";
    _cleanup_(buffer_deinit) struct buffer error = {0}, big = {0};
    int fd = mkstemp(path);
    assert_int_equal(write(fd, "{\"x\": 1}", 8), 8);
    assert_null(service_config_load(path, TEXT("{}"), &error));
    assert_true(text_starts_with(buffer_text(&error), text_from(path)));
    assert_true(text_ends_with(buffer_text(&error),
        TEXT(": x is not known; allowed: loadBalancingConfig, healthCheckConfig, "
             "retryThrottling, methodConfig\n")));

    struct service_config *config = service_config_load("", TEXT("{}"), &error);
    assert_non_null(config);
    service_config_unref(config);

    while (big.size <= SERVICE_CONFIG_SIZE_MAX)
        buffer_append_string(&big, "          ");
    assert_int_equal(pwrite(fd, big.data, big.size, 0), (ssize_t)big.size);
    buffer_clear(&error);
    assert_null(service_config_load(path, TEXT("{}"), &error));
    assert_true(
        text_ends_with(buffer_text(&error), TEXT(": has 262145 bytes; allowed: up to 262144\n")));

    close(fd);
    unlink(path);
    buffer_clear(&error);
    assert_null(service_config_load(path, TEXT("{}"), &error));
    assert_true(
        text_ends_with(buffer_text(&error), TEXT(": cannot be read: No such file or directory\n")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_wrong_is_said),
        cmocka_unit_test(test_core_takes_all_that_is_allowed),
        cmocka_unit_test(test_a_method_is_found_by_its_own_name_first),
        cmocka_unit_test(test_a_file_stands_in_for_what_is_built_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
