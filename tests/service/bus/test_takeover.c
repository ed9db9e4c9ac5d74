/* SPDX-License-Identifier: Apache-2.0 */
/* Several consumers of one group: one reads, another takes over, and the order stays. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/task.h"
#include "tests/service/bus/fixture.h"

/* --- a consumer in a process of its own. Its handler says by a pipe that it was called, waits
 * until it is told to go on, and fails. --- */

struct process {
    pid_t pid;
    int said, tell;
};

struct pipes {
    int say, told;
};

static int say_and_wait(void *data, const struct bus_record *records, size_t count _unused_,
    size_t *ret_done _unused_, const char **ret_reason _unused_) {
    const struct pipes *pipes = data;
    char c = records[0].replayed ? 'r' : '!';
    ssize_t size _unused_ = write(pipes->say, &c, 1);
    size = read(pipes->told, &c, 1);
    return -EIO;
}

/* What this program does when it is started again with these arguments: url, stream, pipes. */
_noreturn_ static void consume(char **arguments) {
    struct pipes pipes = {atoi(arguments[2]), atoi(arguments[3])};
    struct bus *bus;
    struct bus_subscription *subscription;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int r = bus_open(arguments[0], "child", &bus);
    if (r == 0)
        r = bus_subscribe(bus,
            &(struct bus_subscription_options){.stream = arguments[1],
                .group = "g",
                .consumer = "child",
                .claim_after_ms = CLAIM_MS,
                .retry_pause_ms = 1,
                .handle = say_and_wait,
                .data = &pipes},
            &subscription);
    while (r == 0)
        pause();
    _exit(1);
}

static struct process process_start(const struct fixture *fixture) {
    int said[2], told[2];
    char say[16], hear[16];
    assert_int_equal(pipe(said), 0);
    assert_int_equal(pipe(told), 0);
    snprintf(say, sizeof(say), "%d", said[1]);
    snprintf(hear, sizeof(hear), "%d", told[0]);
    struct process process = {.pid = fork(), .said = said[0], .tell = told[1]};
    assert_true(process.pid >= 0);
    if (process.pid == 0) {
        execl("/proc/self/exe", "consumer", fixture->broker.url, fixture->stream, say, hear, NULL);
        _exit(127);
    }
    close(said[1]);
    close(told[0]);
    return process;
}

/* What the handler said; 0 when it says nothing for so long. */
static char process_hear(const struct process *process, int timeout_ms) {
    struct pollfd fd = {.fd = process->said, .events = POLLIN};
    char c = 0;
    if (poll(&fd, 1, timeout_ms) == 1)
        assert_int_equal(read(process->said, &c, 1), 1);
    return c;
}

static void process_tell(const struct process *process) {
    assert_int_equal(write(process->tell, "!", 1), 1);
}

static void process_end(struct process *process) {
    kill(process->pid, SIGKILL);
    waitpid(process->pid, NULL, 0);
    close(process->said);
    close(process->tell);
}

static void test_a_killed_consumer_is_replaced(void **state) {
    struct fixture *fixture = *state;
    struct follower *follower = follower_new();
    struct process process = process_start(fixture);
    publish(fixture, 1, 100);
    assert_int_equal(process_hear(&process, WAIT_MS), '!');
    follower_start(follower, fixture, "g", "a", 0);
    publish(fixture, 101, 200);
    process_end(&process);
    follower_wait(follower, 200);
    follower_check(follower, 1, 200);
    wait_group_applied(fixture, "g", 200);
    follower_free(follower);
}

static void test_what_was_replayed_to_a_killed_consumer_is_not_lost(void **state) {
    struct fixture *fixture = *state;
    struct follower *follower = follower_new();
    size_t count = 0;
    publish(fixture, 1, 10);
    follower_refuse(follower, 5);
    follower_start_with(follower, fixture,
        (struct bus_subscription_options){.group = "g", .consumer = "a", .deliveries_max = 1});
    wait_group_applied(fixture, "g", 10);
    follower_stop(follower);
    /* Before the other reads, which is given what was replayed first, and will have nothing of it.
     */
    assert_int_equal(bus_replay(fixture->bus, fixture->stream, NULL, &count), 0);
    assert_int_equal(count, 1);
    struct process process = process_start(fixture);
    assert_int_equal(process_hear(&process, WAIT_MS), 'r');
    process_end(&process);
    follower_refuse(follower, 0);
    follower_start(follower, fixture, "g", "a", 10);
    follower_wait_replayed(follower, 1);
    follower_free(follower);
}

static void test_a_sleeping_consumer_is_replaced_and_stays_so(void **state) {
    struct fixture *fixture = *state;
    struct follower *follower = follower_new();
    struct process process = process_start(fixture);
    publish(fixture, 1, 100);
    assert_int_equal(process_hear(&process, WAIT_MS), '!');
    process_tell(&process);
    assert_int_equal(process_hear(&process, WAIT_MS), '!'); /* the second try of the first batch */
    kill(process.pid, SIGSTOP);
    follower_start(follower, fixture, "g", "a", 0);
    follower_wait(follower, 100);
    process_tell(&process);
    kill(process.pid, SIGCONT);
    assert_int_equal(process_hear(&process, CLAIM_MS / 2), 0); /* there is no third */
    publish(fixture, 101, 200);
    follower_wait(follower, 200);
    follower_check(follower, 1, 200);
    follower_free(follower);
    process_end(&process);
}

/* It lives, and its handler takes twice as long as a dead one is waited for. */
static void test_a_slow_handler_keeps_its_records(void **state) {
    struct fixture *fixture = *state;
    struct follower *slow = follower_new(), *other = follower_new();
    publish(fixture, 1, 100);
    follower_hold(slow, true);
    follower_start_with(slow, fixture,
        (struct bus_subscription_options){
            .group = "g", .consumer = "slow", .claim_after_ms = CLAIM_MS});
    follower_wait_calls(slow, 1);
    follower_start(other, fixture, "g", "other", 0);
    sleep_ms(2 * CLAIM_MS);
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
    if (argc == 5)
        consume(argv + 1);
    static const struct CMUnitTest tests[] = {
        CONFORMANCE_TEST(test_a_killed_consumer_is_replaced),
        CONFORMANCE_TEST(test_what_was_replayed_to_a_killed_consumer_is_not_lost),
        CONFORMANCE_TEST(test_a_sleeping_consumer_is_replaced_and_stays_so),
        CONFORMANCE_TEST(test_a_slow_handler_keeps_its_records),
        CONFORMANCE_TEST(test_a_consumer_that_stops_is_replaced_at_once),
        CONFORMANCE_TEST(test_concurrent_subscribe_keeps_the_order),
    };
    return conformance_run(tests, ARRAY_SIZE(tests));
}
