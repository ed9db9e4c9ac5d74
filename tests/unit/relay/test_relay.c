/* SPDX-License-Identifier: Apache-2.0 */
/* The relay while there is no broker; with one see tests/service/bus. */
#include "services/relay/relay.h"

#include <unistd.h>

#include "base/buffer.h"
#include "base/metric.h"
#include "bus/bus.h"
#include "tests/unit/relay/fixture.h"

static struct bus *open_nowhere(void) {
    struct bus *bus;
    assert_int_equal(bus_open("redis+unix:///nowhere/at/all", "test", &bus), 0);
    return bus;
}

static const struct relay_options options = {.stream = "s", .source = "/test", .drain_ms = 60000};

static int64_t metric_value(const char *name) {
    return metric_get(metric_series(metric_gauge(name, "", "stream", NULL), "s"));
}

static int64_t error_count(void) {
    return metric_get(
        metric_series(metric_counter("myevents_relay_errors_total", "", "stream", NULL), "s"));
}

static void wait_for_errors(int64_t count) {
    int64_t until_ms = clock_monotonic_ms() + 30 * 1000;
    while (error_count() < count && clock_monotonic_ms() < until_ms)
        usleep(1000);
    assert_true(error_count() >= count);
}

static void test_a_relay_that_never_started_can_go(void **state) {
    struct fixture *fixture = *state;
    struct bus *bus = open_nowhere();
    struct relay *relay = relay_new(fixture->store, bus, &options);
    relay_wake(relay);
    relay_free(relay);
    relay_free(NULL);
    relay_wake(NULL);
    bus_close(bus);
}

static void test_records_wait_while_the_broker_is_away(void **state) {
    struct fixture *fixture = *state;
    struct bus *bus = open_nowhere();
    struct relay *relay = relay_new(fixture->store, bus, &options);
    int64_t errors = error_count();
    add_records(fixture, 10, 5);
    relay_start(relay);
    wait_for_errors(errors + 3);
    assert_int_equal(metric_value("myevents_outbox_pending"), 10);
    assert_int_equal(relay_published(relay), 0);
    relay_stop(relay);
    relay_free(relay);
    bus_close(bus);
}

/* drain_ms is a minute: a relay that waited for it would run into the test's own timeout. */
static void test_stopping_does_not_wait_for_an_absent_broker(void **state) {
    struct fixture *fixture = *state;
    struct bus *bus = open_nowhere();
    struct relay *relay = relay_new(fixture->store, bus, &options);
    int64_t begin_ms = clock_monotonic_ms();
    add_records(fixture, 1, 5);
    relay_start(relay);
    relay_free(relay);
    assert_in_range(clock_monotonic_ms() - begin_ms, 0, options.drain_ms / 2);
    bus_close(bus);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_relay_that_never_started_can_go, setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_records_wait_while_the_broker_is_away, setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_stopping_does_not_wait_for_an_absent_broker, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
