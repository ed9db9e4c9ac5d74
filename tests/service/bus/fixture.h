/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What every conformance test needs: a broker and a bus, a stream of its own, records whose content
 * follows from their sequence, and a follower that notes what it is given.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>

#include "bus/bus.h"
#include "tests/service/bus/broker.h"

/* CLAIM_MS is of those who are to be replaced, and long enough for a process that has to wait for
 * its turn; who is not to be replaced holds its group for HOLD_MS. */
enum { WAIT_MS = 60 * 1000, CLAIM_MS = 3000, HOLD_MS = 10 * 1000 };

struct fixture {
    struct broker broker;
    struct bus *bus;
    char stream[64];
};

/* Runs the tests once for every driver; the result is main's. */
int conformance_run(const struct CMUnitTest *tests, size_t count);
/* Setup of one test: a stream that no other test knows. */
int use_new_stream(void **state);
#define CONFORMANCE_TEST(run) cmocka_unit_test_setup(run, use_new_stream)

void sleep_ms(int64_t duration_ms);
/* Until `is_true` or WAIT_MS are over; what it said last. */
bool wait_until(bool (*is_true)(void *data), void *data);

/* --- records --- */

struct record_texts {
    char id[32], subject[32], data[64];
};
struct bus_record record_make(uint64_t sequence, struct record_texts *texts);
void record_check(const struct bus_record *record);

/* One batch, one try. */
int publish_once(struct fixture *fixture, uint64_t first, uint64_t last, uint64_t *ret_last);
/* Like a relay: until all of them stand there, from wherever the broker says. */
void publish(struct fixture *fixture, uint64_t first, uint64_t last);

/* --- a follower --- */

struct follower {
    struct bus_subscription *subscription;
    uint64_t sequences[20000]; /* what it applied, in order */
    size_t count;
    size_t replayed_count;
    size_t call_count;
    uint64_t first_of_last_call;
    /* what it shall do */
    unsigned failures; /* so many calls fail */
    uint64_t refuse;   /* never this record */
    int64_t delay_ms;  /* every call takes so long */
    bool is_held;      /* no call ends */
    pthread_mutex_t lock;
    pthread_cond_t changed;
};

struct follower *follower_new(void);
void follower_free(struct follower *follower); /* ends its subscription */
void follower_start(struct follower *follower, struct fixture *fixture, const char *group,
    const char *consumer, uint64_t after);
void follower_start_with(
    struct follower *follower, struct fixture *fixture, struct bus_subscription_options options);
void follower_stop(struct follower *follower);
void follower_hold(struct follower *follower, bool is_held);
void follower_refuse(struct follower *follower, uint64_t sequence);
size_t follower_count(struct follower *follower);
size_t follower_calls(struct follower *follower);
uint64_t follower_first_of_last_call(struct follower *follower);
size_t follower_replayed(struct follower *follower);
void follower_wait(struct follower *follower, size_t count); /* fails the test after WAIT_MS */
void follower_wait_calls(struct follower *follower, size_t count);
void follower_wait_replayed(struct follower *follower, size_t count);
/* It applied first..last, each once, in order, and nothing else. */
void follower_check(struct follower *follower, uint64_t first, uint64_t last);

struct bus_stream_info stream_info(struct fixture *fixture);
/* Until nothing is pending and the group has applied all. */
void wait_group_applied(struct fixture *fixture, const char *group, uint64_t sequence);
