/* SPDX-License-Identifier: Apache-2.0 */
/* Several consumers of one group: one reads, another takes over, and the order stays. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/task.h"
#include "tests/service/bus/fixture.h"

/* --- a consumer in a process of its own, which says by a pipe that its handler was called --- */

struct process {
    pid_t pid;
    int said;
};

_noreturn_ static int say_and_stay(void *data, const struct bus_record *records _unused_,
    size_t count _unused_, size_t *ret_done _unused_, const char **ret_reason _unused_) {
    ssize_t written _unused_ = write(*(int *)data, "!", 1);
    for (;;)
        pause();
}

/* What this program does when it is started again with these arguments: url, stream, pipe. */
_noreturn_ static void consume(const char *url, const char *stream, int say) {
    struct bus *bus;
    struct bus_subscription *subscription;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int r = bus_open(url, "child", &bus);
    if (r == 0)
        r = bus_subscribe(bus,
            &(struct bus_subscription_options){.stream = stream,
                .group = "g",
                .consumer = "child",
                .claim_after_ms = CLAIM_MS,
                .handle = say_and_stay,
                .data = &say},
            &subscription);
    while (r == 0)
        pause();
    _exit(1);
}

static struct process process_start(const struct fixture *fixture) {
    int ends[2];
    char say[16];
    assert_int_equal(pipe(ends), 0);
    snprintf(say, sizeof(say), "%d", ends[1]);
    struct process process = {.pid = fork(), .said = ends[0]};
    assert_true(process.pid >= 0);
    if (process.pid == 0) {
        execl("/proc/self/exe", "consumer", fixture->broker.url, fixture->stream, say, NULL);
        _exit(127);
    }
    close(ends[1]);
    return process;
}

static void process_wait_call(const struct process *process) {
    struct pollfd fd = {.fd = process->said, .events = POLLIN};
    char c;
    assert_int_equal(poll(&fd, 1, WAIT_MS), 1);
    assert_int_equal(read(process->said, &c, 1), 1);
}

static void process_end(struct process *process) {
    kill(process->pid, SIGKILL);
    waitpid(process->pid, NULL, 0);
    close(process->said);
}

static void test_a_killed_consumer_is_replaced(void **state) {
    struct fixture *fixture = *state;
    struct follower *follower = follower_new();
    struct process process = process_start(fixture);
    publish(fixture, 1, 100);
    process_wait_call(&process);
    follower_start(follower, fixture, "g", "a", 0);
    publish(fixture, 101, 200);
    process_end(&process);
    follower_wait(follower, 200);
    follower_check(follower, 1, 200);
    wait_group_applied(fixture, "g", 200);
    follower_free(follower);
}

static void test_a_sleeping_consumer_is_replaced(void **state) {
    struct fixture *fixture = *state;
    struct follower *follower = follower_new();
    struct process process = process_start(fixture);
    publish(fixture, 1, 100);
    process_wait_call(&process);
    kill(process.pid, SIGSTOP);
    follower_start(follower, fixture, "g", "a", 0);
    follower_wait(follower, 100);
    kill(process.pid, SIGCONT);
    publish(fixture, 101, 200);
    follower_wait(follower, 200);
    follower_check(follower, 1, 200);
    follower_free(follower);
    process_end(&process);
}

/* It lives, and its handler takes three times as long as a dead one is waited for. */
static void test_a_slow_handler_keeps_its_records(void **state) {
    struct fixture *fixture = *state;
    struct follower *slow = follower_new(), *other = follower_new();
    publish(fixture, 1, 100);
    follower_hold(slow, true);
    follower_start(slow, fixture, "g", "slow", 0);
    follower_wait_calls(slow, 1);
    follower_start(other, fixture, "g", "other", 0);
    sleep_ms(3 * CLAIM_MS);
    assert_int_equal(follower_calls(other), 0);
    follower_hold(slow, false);
    follower_wait(slow, 100);
    follower_check(slow, 1, 100);
    publish(fixture, 101, 200);
    wait_group_applied(fixture, "g", 200);
    assert_int_equal(follower_calls(other), 0);
    follower_free(slow);
    follower_free(other);
}

static void test_a_consumer_that_stops_is_replaced_at_once(void **state) {
    struct fixture *fixture = *state;
    struct follower *first = follower_new(), *second = follower_new();
    struct bus_subscription_options options = {
        .group = "g", .consumer = "first", .claim_after_ms = 10 * WAIT_MS};
    publish(fixture, 1, 100);
    follower_start_with(first, fixture, options);
    follower_wait(first, 100);
    options.consumer = "second";
    follower_start_with(second, fixture, options);
    sleep_ms(50);
    follower_stop(first);
    publish(fixture, 101, 200);
    follower_wait(second, 100);
    follower_check(first, 1, 100);
    follower_check(second, 101, 200);
    follower_free(first);
    follower_free(second);
}

/* --- many consumers that come and go: one list of what they applied together --- */

enum { TOGETHER = 4000, CONSUMERS = 4 };

struct together {
    pthread_mutex_t lock;
    uint64_t mark; /* as a store would keep it */
    size_t out_of_order;
};

static int apply_together(void *data, const struct bus_record *records, size_t count,
    size_t *ret_done _unused_, const char **ret_reason _unused_) {
    struct together *together = data;
    MUTEX_GUARD(&together->lock);
    for (size_t i = 0; i < count; i++)
        if (records[i].sequence > together->mark) {
            together->out_of_order += records[i].sequence != together->mark + 1;
            together->mark = records[i].sequence;
        }
    return 0;
}

static uint64_t mark_of(struct together *together) {
    MUTEX_GUARD(&together->lock);
    return together->mark;
}

static struct bus_subscription *join(
    struct fixture *fixture, struct together *together, unsigned number) {
    struct bus_subscription *subscription;
    char name[16];
    snprintf(name, sizeof(name), "consumer-%u", number);
    struct bus_subscription_options options = {.stream = fixture->stream,
        .group = "g",
        .consumer = name,
        .after = mark_of(together),
        .batch_max = 7,
        .claim_after_ms = CLAIM_MS,
        .handle = apply_together,
        .data = together};
    assert_int_equal(bus_subscribe(fixture->bus, &options, &subscription), 0);
    return subscription;
}

static void test_concurrent_subscribe_keeps_the_order(void **state) {
    struct fixture *fixture = *state;
    struct together together = {.lock = PTHREAD_MUTEX_INITIALIZER};
    struct bus_subscription *consumers[CONSUMERS];
    for (unsigned i = 0; i < CONSUMERS; i++)
        consumers[i] = join(fixture, &together, i);
    for (uint64_t next = 1; next <= TOGETHER; next += 50) {
        unsigned one = (unsigned)(next / 50) % CONSUMERS;
        publish(fixture, next, next + 49);
        bus_unsubscribe(consumers[one]);
        consumers[one] = join(fixture, &together, one);
    }
    wait_group_applied(fixture, "g", TOGETHER);
    for (unsigned i = 0; i < CONSUMERS; i++)
        bus_unsubscribe(consumers[i]);
    assert_int_equal(together.mark, TOGETHER);
    assert_int_equal(together.out_of_order, 0);
}

int main(int argc, char **argv) {
    if (argc == 4)
        consume(argv[1], argv[2], atoi(argv[3]));
    static const struct CMUnitTest tests[] = {
        CONFORMANCE_TEST(test_a_killed_consumer_is_replaced),
        CONFORMANCE_TEST(test_a_sleeping_consumer_is_replaced),
        CONFORMANCE_TEST(test_a_slow_handler_keeps_its_records),
        CONFORMANCE_TEST(test_a_consumer_that_stops_is_replaced_at_once),
        CONFORMANCE_TEST(test_concurrent_subscribe_keeps_the_order),
    };
    return conformance_run(tests, ARRAY_SIZE(tests));
}
