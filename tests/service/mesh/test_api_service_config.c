/* SPDX-License-Identifier: Apache-2.0 */

/* The service config that is built into our programs, held against the methods it speaks of. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "mesh/service_config.h"
#include "myevents/internal/v1/inventory_service.mesh.h"
#include "myevents/v1/booking_service.mesh.h"
#include "myevents/v1/event_service.mesh.h"
#include "proto/api_service_config.h"

static const struct service *const services[] = {
    &event_service, &booking_service, &inventory_service};

static struct service_config *load(void) {
    _cleanup_(buffer_deinit) struct buffer error = {0};
    struct service_config *config = service_config_load(NULL, api_service_config, &error);
    if (!config)
        fail_msg("%.*s", (int)error.size, error.data);
    return config;
}

/* A second run changes nothing, and an etag does not refuse it for what the first has changed. */
static bool may_run_twice(const struct method *method) {
    return method->idempotency != METHOD_SIDE_EFFECTS &&
           !protobuf_c_message_descriptor_get_field_by_name(method->input, "etag");
}

static void test_retries_what_may_run_twice_and_nothing_else(void **state) {
    struct service_config *config = load();
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_SIZE(services); i++)
        for (size_t j = 0; j < services[i]->method_count; j++) {
            const struct method *method = &services[i]->methods[j];
            bool is_retried = service_config_retries(config, method->path);
            if (is_retried != may_run_twice(method))
                fail_msg("%s is %sretried", method->path, is_retried ? "" : "not ");
            count += is_retried;
        }
    assert_in_range(count, 1, INT32_MAX);
    service_config_unref(config);
}

static bool is_method(const char *name, size_t size) {
    for (size_t i = 0; i < ARRAY_SIZE(services); i++)
        for (size_t j = 0; j < services[i]->method_count; j++)
            if (strlen(services[i]->methods[j].path) == size &&
                memcmp(services[i]->methods[j].path, name, size) == 0)
                return true;
    return false;
}

/* The names as core is told them: {"service":"S","method":"M"}. */
static void test_names_methods_that_exist(void **state) {
    static const char begin[] = "{\"service\":\"", middle[] = "\",\"method\":\"";
    struct service_config *config = load();
    const char *at = service_config_json(config);
    size_t count = 0;
    for (; (at = strstr(at, begin)); count++) {
        _cleanup_(buffer_deinit) struct buffer path = {0};
        const char *service = at + strlen(begin), *next = strstr(service, middle);
        assert_non_null(next);
        const char *method = next + strlen(middle);
        buffer_printf(&path, "/%.*s/%.*s", (int)(next - service), service,
            (int)strcspn(method, "\""), method);
        if (!is_method(path.data, path.size))
            fail_msg("there is no %.*s", (int)path.size, path.data);
        at = method;
    }
    assert_in_range(count, 20, INT32_MAX);
    service_config_unref(config);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_retries_what_may_run_twice_and_nothing_else),
        cmocka_unit_test(test_names_methods_that_exist),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
