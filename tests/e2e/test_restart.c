/* SPDX-License-Identifier: Apache-2.0 */

/* Readers do not notice that the event service is killed and started again: the gateway retries
 * what may run twice. Without the service config they do. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/e2e/api.h"
#include "tests/e2e/stand.h"

enum {
    READERS = 8,
    KILLS = 3,
    READS_BETWEEN = 100,
    TIMEOUT_MS = 60000,
    /* A service that is ready again within this is found within the time of all retries, whatever
     * chance makes of their pauses. It usually takes a fifth of it. */
    MISSED_MS = 700,
};

struct readers;

struct reader {
    struct readers *readers;
    pthread_t thread;
    atomic_int count;
};

struct readers {
    const struct stand *stand;
    char target[128];
    struct reader list[READERS];
    atomic_bool is_over;
    atomic_int ok, unavailable, other;
    atomic_llong longest_us;
};

static void note_time(struct readers *readers, int64_t us) {
    long long longest = readers->longest_us;
    while (us > longest && !atomic_compare_exchange_weak(&readers->longest_us, &longest, us))
        ;
}

static void *read_on(void *data) {
    struct reader *reader = data;
    struct readers *readers = reader->readers;
    struct rest rest;
    struct rest_answer answer;
    int r = rest_init(&rest, readers->stand->rest, TIMEOUT_MS);
    while (r == 0 && !readers->is_over) {
        int64_t begin_us = clock_monotonic_us();
        r = rest_request(&rest, "GET", readers->target, "", text_from(""), &answer);
        note_time(readers, clock_monotonic_us() - begin_us);
        if (r == 0 && answer.status == 200)
            readers->ok++;
        else if (r == 0 && answer.status == 503)
            readers->unavailable++;
        else
            readers->other++;
        reader->count++;
    }
    rest_deinit(&rest);
    return NULL;
}

/* Of each reader, so that none is in a call that saw the last kill when the next comes. */
static void wait_for_reads(struct readers *readers, int count) {
    int64_t until_ms = clock_monotonic_ms() + TIMEOUT_MS;
    for (int i = 0; i < READERS; i++) {
        struct reader *reader = &readers->list[i];
        int goal = reader->count + count;
        while (reader->count < goal && clock_monotonic_ms() < until_ms)
            pause_ms(1);
        assert_in_range(reader->count, goal, INT32_MAX);
    }
}

static void readers_begin(struct readers *readers, struct stand *stand) {
    struct api api;
    *readers = (struct readers){.stand = stand};
    api_init(&api, stand);
    api_wait_ready(&api, stand);
    struct id event = api_new_event(&api, 100);
    api_deinit(&api);
    snprintf(readers->target, sizeof readers->target, "/v1/events/%s", event.text);
    for (int i = 0; i < READERS; i++) {
        struct reader *reader = &readers->list[i];
        reader->readers = readers;
        assert_int_equal(pthread_create(&reader->thread, NULL, read_on, reader), 0);
    }
    wait_for_reads(readers, READS_BETWEEN);
}

static void readers_end(struct readers *readers) {
    readers->is_over = true;
    for (int i = 0; i < READERS; i++)
        assert_int_equal(pthread_join(readers->list[i].thread, NULL), 0);
}

/* Kills so many times under the readers; the longest time without the service. */
static int64_t kill_under(struct readers *readers, struct stand *stand) {
    int64_t longest_ms = 0;
    for (int i = 0; i < KILLS; i++) {
        pid_t old = stand_pid(stand, "event-service");
        int64_t begin_ms = clock_monotonic_ms();
        kill(old, SIGKILL);
        stand_wait_restarted(stand, "event-service", old);
        int64_t away_ms = clock_monotonic_ms() - begin_ms;
        longest_ms = away_ms > longest_ms ? away_ms : longest_ms;
        wait_for_reads(readers, READS_BETWEEN);
    }
    return longest_ms;
}

static struct readers read_through(const char *what, int64_t *ret_away_ms) {
    struct stand *stand = stand_new();
    struct readers readers;
    stand_start(stand);
    readers_begin(&readers, stand);
    *ret_away_ms = kill_under(&readers, stand);
    readers_end(&readers);
    print_message("  %-20s %d kills, away %lld ms at most: %d ok, %d unavailable, %d other; the "
                  "longest took %lld ms\n",
        what, KILLS, (long long)*ret_away_ms, readers.ok, readers.unavailable, readers.other,
        readers.longest_us / 1000);
    assert_int_equal(stand_end(stand), 0);
    return readers;
}

static void write_config(char path[static 32], const char *config) {
    strcpy(path, "/tmp/e2e_config_XXXXXX");
    int fd = mkstemp(path);
    assert_int_equal(write(fd, config, strlen(config)), (ssize_t)strlen(config));
    close(fd);
}

static void without_retries_a_restart_is_felt(void **state) {
    char path[32];
    int64_t away_ms;
    write_config(path, "{}");
    setenv("SERVICE_CONFIG_FILE", path, 1);
    struct readers readers = read_through("no retries", &away_ms);
    unsetenv("SERVICE_CONFIG_FILE");
    unlink(path);
    assert_in_range(readers.unavailable, 1, INT32_MAX);
    assert_int_equal(readers.other, 0);
}

static void with_retries_a_restart_is_not_felt(void **state) {
    int64_t away_ms;
    struct readers readers = read_through("what ships", &away_ms);
    assert_int_equal(readers.other, 0);
    if (away_ms <= MISSED_MS)
        assert_int_equal(readers.unavailable, 0);
    else
        print_message("  not judged: the service was away for more than %d ms\n", MISSED_MS);
}

/* --- a config that is refused --- */

static void expect_refused(const char *program, const char *const *arguments, const char *words) {
    char path[32], variable[64], folder[] = "/tmp/e2e-XXXXXX";
    struct buffer said = {0};
    assert_non_null(mkdtemp(folder));
    write_config(path, "{\"retryThrotling\": {}}");
    snprintf(variable, sizeof variable, "SERVICE_CONFIG_FILE=%s", path);
    const char *const variables[] = {variable, "DATABASE_URL=lmdb:///nowhere/at/all", NULL};
    int status = command_run(folder, arguments, variables, &said, TIMEOUT_MS);
    if (status <= 0 || !strstr(said.data, words) || !strstr(said.data, path))
        fail_msg("%s ended with %d and said: %s", program, status, said.data);
    buffer_deinit(&said);
    unlink(path);
    rmdir(folder);
}

static void a_config_that_is_wrong_stops_the_start(void **state) {
    static const char *const programs[] = {
        "gateway/gateway", "services/event/event-service", "services/booking/booking-service"};
    static const char words[] = "retryThrotling is not known; allowed: loadBalancingConfig, "
                                "healthCheckConfig, retryThrottling, methodConfig";
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
        char path[512];
        const char *tool = tool_path(), *end = strstr(tool, "cli/myeventsctl");
        assert_non_null(end);
        snprintf(path, sizeof path, "%.*s%s", (int)(end - tool), tool, programs[i]);
        expect_refused(path, (const char *const[]){path, NULL}, words);
    }
    expect_refused("myeventsctl",
        (const char *const[]){tool_path(), "seed", "--event-service", "127.0.0.1:1", NULL}, words);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_retries_a_restart_is_not_felt),
        cmocka_unit_test(without_retries_a_restart_is_felt),
        cmocka_unit_test(a_config_that_is_wrong_stops_the_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
