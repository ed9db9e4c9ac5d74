/* SPDX-License-Identifier: Apache-2.0 */

/* What `up` promises to whoever types it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/e2e/api.h"
#include "tests/e2e/stand.h"
#include "tests/support/ports.h"

enum { ORPHAN_TIMEOUT_MS = 60000 };

static int setup(void **state) {
    *state = stand_new();
    return 0;
}

static int teardown(void **state) {
    return stand_end(*state);
}

static void expect_refused(
    struct stand *stand, const char *const *variables, const char *words, const char *way_out) {
    int status = stand_start_and_fail(stand, variables);
    if (status == 0 || !strstr(stand->said.data, words) || !strstr(stand->said.data, way_out))
        fail_msg("it ends with %d and says \"%s\", not \"%s\" and \"%s\"", status, stand->said.data,
            words, way_out);
    stand_expect_nothing_left(stand, 0);
}

static void a_port_that_is_taken_is_named(void **state) {
    struct stand *stand = *state;
    const struct {
        int port;
        const char *flag;
    } ports[] = {
        {stand->port, "--port"},
        {stand->grpc_port, "--grpc-port"},
        {stand->grpc_port + 1, "--grpc-port"},
        {stand->metrics_port, "--metrics-port"},
        {stand->metrics_port + 1, "--metrics-port"},
        {stand->metrics_port + 2, "--metrics-port"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(ports); i++) {
        char words[32];
        snprintf(words, sizeof words, "port %d ", ports[i].port);
        int fd = port_take(ports[i].port);
        assert_true(fd >= 0);
        int status = stand_start_and_fail(stand, NULL);
        close(fd);
        assert_int_equal(status, 1);
        if (!strstr(stand->said.data, words) || !strstr(stand->said.data, ports[i].flag))
            fail_msg(
                "it says \"%s\", not \"%s\" and \"%s\"", stand->said.data, words, ports[i].flag);
        stand_expect_nothing_left(stand, 0);
    }
}

static void write_file(const struct stand *stand, const char *name, const char *content) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", stand->data, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
}

static void somebody_elses_folder_is_left_alone(void **state) {
    struct stand *stand = *state;
    assert_int_equal(mkdir(stand->data, 0700), 0);
    write_file(stand, "photo.jpg", "me");
    expect_refused(stand, NULL, "no data folder of MyEvents", "--data");
}

static void data_of_another_version_are_left_alone(void **state) {
    struct stand *stand = *state;
    assert_int_equal(mkdir(stand->data, 0700), 0);
    write_file(stand, "VERSION", "99\n");
    expect_refused(stand, NULL, "has version \"99\"", "--data");
}

static void without_redis_it_says_what_to_install(void **state) {
    static const char *const variables[] = {"PATH=/nowhere", NULL};
    expect_refused(*state, variables, "redis-server is not on the PATH", "apt-get install");
}

static void a_service_that_cannot_start_ends_it(void **state) {
    struct stand *stand = *state;
    stand->arguments[0] = "--hold-duration";
    stand->arguments[1] = "soon";
    expect_refused(stand, NULL, "HOLD_DURATION", "name=booking-service");
}

static void a_second_one_on_the_same_data_is_refused(void **state) {
    struct stand *first = *state;
    stand_start(first);
    struct stand *second = stand_new();
    snprintf(second->data, sizeof second->data, "%s", first->data);
    int status = stand_start_and_fail(second, NULL);
    assert_int_equal(status, 1);
    assert_non_null(strstr(second->said.data, "in use by another `up`"));
    stand_end(second);
    assert_int_equal(stand_stop(first, SIGTERM), 0);
}

/* --- what is there --- */

static int count_locations(struct api *api, const char *country) {
    char target[128];
    snprintf(target, sizeof target, "/v1/locations?pageSize=1000&country=%s", country);
    api_expect(api, "GET", target, "", 200);
    int count = 0;
    struct text body = api->answer.body;
    for (const char *at = body.data;
         (at = memmem(at, (size_t)(body.data + body.size - at), "\"halls\":", 8)); at++)
        count++;
    return count;
}

static void a_new_one_has_something_to_show(void **state) {
    struct stand *stand = *state;
    struct api api = {0};
    stand_start(stand);
    api_init(&api, stand);
    assert_in_range(count_locations(&api, ""), 20, 1000);
    static const char *const countries[] = {"DE", "US", "JP", "AU", "BR", "XX"};
    assert_int_equal(count_locations(&api, "DE") > 0, 1);
    int with_locations = 0;
    for (size_t i = 0; i < ARRAY_SIZE(countries); i++)
        with_locations += count_locations(&api, countries[i]) > 0;
    assert_in_range(with_locations, 4, ARRAY_SIZE(countries) - 1);
    api_expect(&api, "GET", "/v1/events?pageSize=1&withSeats=true", "", 200);
    assert_in_range(api_number(&api, "totalSize"), 60, 1000);
    api_deinit(&api);
    assert_int_equal(stand_stop(stand, SIGTERM), 0);
}

static void an_empty_one_stays_empty_when_asked(void **state) {
    struct stand *stand = *state;
    struct api api = {0};
    stand->arguments[0] = "--no-seed";
    stand_start(stand);
    api_init(&api, stand);
    assert_int_equal(count_locations(&api, ""), 0);
    api_deinit(&api);
    assert_int_equal(stand_stop(stand, SIGTERM), 0);
}

static void the_next_start_finds_everything_again(void **state) {
    struct stand *stand = *state;
    struct api api = {0};
    char target[128];
    stand_start(stand);
    api_init(&api, stand);
    int locations = count_locations(&api, "");
    struct id event = api_some_event(&api);
    int64_t seats = api_seats_shown(&api, event);
    struct id user = api_new_user(&api);
    struct id booking = api_book(&api, event, user, 3, false);
    assert_int_equal(stand_stop(stand, SIGTERM), 0);

    stand_start(stand);
    snprintf(target, sizeof target, "/v1/bookings/%s", booking.text);
    api_expect(&api, "GET", target, "", 200);
    assert_int_equal(api_number(&api, "seats"), 3);
    assert_int_equal(count_locations(&api, ""), locations);
    api_wait_seats_shown(&api, event, seats - 3);
    stand_expect_clean_books(stand);
    api_deinit(&api);
    assert_int_equal(stand_stop(stand, SIGTERM), 0);
}

/* --- how it ends --- */

static void ctrl_c_drains_and_leaves_nothing(void **state) {
    struct stand *stand = *state;
    stand_start(stand);
    assert_int_equal(stand_stop_group(stand, SIGINT), 0);
    for (int i = 0; stand_processes[i]; i++) {
        char words[96];
        snprintf(words, sizeof words, "component=supervisor name=%s", stand_processes[i]);
        assert_true(stand_has_said_in_a_line(stand, "msg=\"process stopped\"", words));
    }
}

static void a_signal_to_it_alone_does_the_same(void **state) {
    struct stand *stand = *state;
    stand_start(stand);
    assert_int_equal(stand_stop(stand, SIGINT), 0);
}

static void nothing_survives_its_kill(void **state) {
    struct stand *stand = *state;
    stand_start(stand);
    kill(stand->up.pid, SIGKILL);
    assert_int_equal(command_wait(&stand->up, ORPHAN_TIMEOUT_MS), 128 + SIGKILL);
    stand_expect_nothing_left(stand, ORPHAN_TIMEOUT_MS);
    stand_start(stand);
    assert_int_equal(stand_stop(stand, SIGTERM), 0);
}

static void who_dies_is_started_again(void **state) {
    struct stand *stand = *state;
    struct api api = {0};
    stand_start(stand);
    api_init(&api, stand);
    struct id event = api_some_event(&api);
    for (int i = 0; stand_processes[i]; i++) {
        char words[128];
        pid_t old = stand_pid(stand, stand_processes[i]);
        kill(old, SIGKILL);
        stand_wait_restarted(stand, stand_processes[i], old);
        snprintf(words, sizeof words, "name=%s pid=%d signal=9", stand_processes[i], (int)old);
        assert_true(stand_has_said(stand, words));
    }
    api_book(&api, event, api_new_user(&api), 1, false);
    api_deinit(&api);
    assert_int_equal(stand_stop(stand, SIGTERM), 0);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        T(a_port_that_is_taken_is_named),
        T(somebody_elses_folder_is_left_alone),
        T(data_of_another_version_are_left_alone),
        T(without_redis_it_says_what_to_install),
        T(a_service_that_cannot_start_ends_it),
        T(a_second_one_on_the_same_data_is_refused),
        T(a_new_one_has_something_to_show),
        T(an_empty_one_stays_empty_when_asked),
        T(the_next_start_finds_everything_again),
        T(ctrl_c_drains_and_leaves_nothing),
        T(a_signal_to_it_alone_does_the_same),
        T(nothing_survives_its_kill),
        T(who_dies_is_started_again),
#undef T
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
