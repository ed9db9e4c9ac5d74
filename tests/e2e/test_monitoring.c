/* SPDX-License-Identifier: Apache-2.0 */

/* monitoring/ beside a running system: a real Prometheus reads its metrics, rules and alerts, and
 * monitoring.py asks it everything that they and the dashboards ask. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/e2e/api.h"
#include "tests/e2e/rush.h"
#include "tests/e2e/stand.h"
#include "tests/support/otlp_sink.h"
#include "tests/support/ports.h"

enum { SKIPPED = 77, PATH_SIZE = 320, CHECK_TIMEOUT_MS = 400000, STOP_TIMEOUT_MS = 60000 };

static struct stand *stand;
static struct command prometheus, plain, trickle;
static struct otlp_sink *sink;
static char folder[PATH_SIZE], script[PATH_SIZE], port[16], plain_port[16], snapshot[PATH_SIZE],
    endpoint[80];

static const char *source_root(void) {
    const char *root = getenv("SOURCE_ROOT");
    return root ? root : ".";
}

/* A tool of Prometheus with these arguments must end well, and says what was wrong otherwise. */
static void expect_promtool(const char *command, const char *what, const char *file) {
    _cleanup_(buffer_deinit) struct buffer said = {0};
    char path[PATH_SIZE + 32];
    snprintf(path, sizeof path, "%s/%s", folder, file);
    const char *const arguments[] = {"/usr/bin/promtool", command, what, path, NULL};
    int status = command_run(stand->folder, arguments, NULL, &said, CHECK_TIMEOUT_MS);
    if (status != 0 || !strstr(said.data, "SUCCESS"))
        fail_msg("promtool %s %s %s ends with %d: %s", command, what, file, status, said.data);
}

/* monitoring.py finds nothing wrong. */
static void expect(const char *check, const char *further) {
    _cleanup_(buffer_deinit) struct buffer said = {0};
    const char *const arguments[] = {
        "/usr/bin/python3", script, check, port, folder, further, NULL};
    int status = command_run(stand->folder, arguments, NULL, &said, CHECK_TIMEOUT_MS);
    if (status != 0)
        fail_msg("%s: %s", check, said.data);
}

/* --- start and stop --- */

static void write_config(const char *path) {
    _cleanup_(buffer_deinit) struct buffer said = {0};
    char metrics_port[16];
    snprintf(metrics_port, sizeof metrics_port, "%d", stand->metrics_port);
    const char *const arguments[] = {
        "/usr/bin/python3", script, "config", folder, metrics_port, plain_port, NULL};
    if (command_run(stand->folder, arguments, NULL, &said, CHECK_TIMEOUT_MS) != 0)
        fail_msg("monitoring.py config: %s", said.data);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(said.data, file);
    fclose(file);
}

static void start_prometheus(void) {
    char config[PATH_SIZE], storage[PATH_SIZE], address[PATH_SIZE];
    snprintf(config, sizeof config, "--config.file=%s/prometheus.yml", stand->folder);
    snprintf(storage, sizeof storage, "--storage.tsdb.path=%s/prometheus", stand->folder);
    snprintf(address, sizeof address, "--web.listen-address=127.0.0.1:%s", port);
    write_config(config + strlen("--config.file="));
    const char *const proxy[] = {"/usr/bin/python3", script, "plain", plain_port, NULL};
    const char *const server[] = {"/usr/bin/prometheus", config, storage, address,
        "--enable-feature=exemplar-storage", "--log.level=warn", NULL};
    command_start(&plain, stand->folder, proxy, NULL);
    command_start(&prometheus, stand->folder, server, NULL);
}

static int setup(void **state) {
    int first = ports_find();
    snprintf(port, sizeof port, "%d", first);
    snprintf(plain_port, sizeof plain_port, "%d", first + 1);
    snprintf(folder, sizeof folder, "%s/monitoring", source_root());
    snprintf(script, sizeof script, "%s/tests/e2e/monitoring.py", source_root());
    sink = otlp_sink_new(0);
    snprintf(endpoint, sizeof endpoint, "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:%d",
        otlp_sink_port(sink));
    *state = stand = stand_new();
    snprintf(snapshot, sizeof snapshot, "%s/series.json", stand->folder);
    /* So a few calls are traced, and no rush of spans is in the way of the sale. */
    stand->variables[0] = endpoint;
    stand->variables[1] = "OTEL_TRACES_SAMPLER=parentbased_always_off";
    stand_start(stand);
    start_prometheus();
    return 0;
}

static void stop(struct command *command) {
    if (command->pid <= 0)
        return;
    kill(command->pid, SIGTERM);
    command_wait(command, STOP_TIMEOUT_MS);
    command->pid = 0;
}

static int teardown(void **state) {
    stop(&trickle);
    stop(&prometheus);
    stop(&plain);
    int r = stand_end(stand);
    otlp_sink_free(sink);
    return r;
}

/* --- tests --- */

static void the_files_are_well_formed(void **state) {
    expect_promtool("check", "config", "prometheus.yml");
    expect_promtool("check", "rules", "rules.yml");
    expect_promtool("check", "rules", "alerts.yml");
    expect_promtool("test", "rules", "rules_test.yml");
}

static void every_program_is_read_in_both_formats(void **state) {
    expect("ready", NULL);
    expect("formats", NULL);
}

static void every_method_reads_zero_before_its_first_call(void **state) {
    expect("zero", snapshot);
}

/* Its client wants to see it as a trace. */
static void book_traced(struct api *api, struct id event, struct id user) {
    static const char headers[] =
        "Content-Type: application/json\r\n"
        "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n";
    char target[128], body[160];
    struct rest_answer answer;
    snprintf(target, sizeof target, "/v1/events/%s/bookings", event.text);
    snprintf(body, sizeof body, "{\"userId\":\"%s\",\"seats\":1}", user.text);
    assert_int_equal(
        rest_request(&api->rest, "POST", target, headers, text_from(body), &answer), 0);
    assert_int_equal(answer.status, 200);
}

/* Few bookings, but until it is stopped: rates of the last minute are there however long it takes
 * to ask for them all. */
static void start_trickle(void) {
    const char *const arguments[] = {tool_path(), "loadgen", "--event-service",
        stand->event_service, "--booking-service", stand->booking_service, "--rest", stand->rest,
        "--rate", "20", "--concurrency", "4", "--users", "100", "--buyers", "100000", "--capacity",
        "100000", NULL};
    command_start(&trickle, stand->folder, arguments, NULL);
}

/* A few calls that the log tells about, one by one, then a sale by REST and one by gRPC. */
static void there_is_load(void **state) {
    struct rush over_rest = {.buyers = 1500, .capacity = 500, .per_second = 500, .over_rest = true};
    struct rush over_grpc = {.buyers = 2000, .capacity = 1000, .per_second = 1000};
    struct api api = {0};
    api_init(&api, stand);
    struct id event = api_some_event(&api), user = api_new_user(&api);
    api_book(&api, event, user, 2, true);
    book_traced(&api, event, user);
    api_deinit(&api);
    rush_begin(&over_rest, stand);
    rush_end(&over_rest, stand);
    rush_begin(&over_grpc, stand);
    rush_end(&over_grpc, stand);
    start_trickle();
}

static void every_recorded_series_has_data(void **state) {
    expect("rules", NULL);
}

static void every_alert_reads_what_exists_and_is_silent(void **state) {
    expect("alerts", NULL);
}

static void every_panel_has_data(void **state) {
    expect("dashboards", NULL);
}

static void no_series_is_there_that_was_not_at_the_start(void **state) {
    expect("bounded", snapshot);
}

static void exemplars_lead_to_the_log(void **state) {
    expect("exemplars", stand->up.output_path);
    stop(&trickle);
}

static void prometheus_has_nothing_to_complain_about(void **state) {
    _cleanup_(buffer_deinit) struct buffer said = {0};
    assert_string_equal(command_output(&prometheus, &said), "");
    kill(prometheus.pid, SIGTERM);
    assert_int_equal(command_wait(&prometheus, STOP_TIMEOUT_MS), 0);
    prometheus.pid = 0;
    stop(&plain);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_files_are_well_formed),
        cmocka_unit_test(every_program_is_read_in_both_formats),
        cmocka_unit_test(every_method_reads_zero_before_its_first_call),
        cmocka_unit_test(there_is_load),
        cmocka_unit_test(no_series_is_there_that_was_not_at_the_start),
        cmocka_unit_test(every_recorded_series_has_data),
        cmocka_unit_test(every_alert_reads_what_exists_and_is_silent),
        cmocka_unit_test(every_panel_has_data),
        cmocka_unit_test(exemplars_lead_to_the_log),
        cmocka_unit_test(prometheus_has_nothing_to_complain_about),
        cmocka_unit_test(everything_ends_well),
    };
    if (access("/usr/bin/prometheus", X_OK) != 0 || access("/usr/bin/promtool", X_OK) != 0) {
        printf("skipped: prometheus is not installed\n");
        return SKIPPED;
    }
    return cmocka_run_group_tests(tests, setup, teardown);
}
