/* SPDX-License-Identifier: Apache-2.0 */

/* Threads start and cancel calls of every kind against each other: each must end exactly once. */
#include "stand.h"

#include <stdatomic.h>

enum { THREADS = 4, ROUNDS = 300 };

struct attempt {
    struct storm *storm;
    struct rpc *rpc;
    pthread_mutex_t lock; /* of rpc, which is gone when on_done has returned */
    atomic_int done;
    atomic_int messages;
    bool is_over;
};

struct storm {
    struct stand stand;
    struct attempt attempts[THREADS][ROUNDS];
    atomic_int unfinished;
};

struct storming {
    struct storm *storm;
    int index;
    pthread_t thread;
};

static enum rpc_flow on_message(struct rpc *rpc, const EchoResponse *message, void *data) {
    struct attempt *attempt = data;
    return attempt->messages++ % 3 == 2 ? RPC_PAUSE : RPC_NEXT;
}

static void end(struct attempt *attempt) {
    pthread_mutex_lock(&attempt->lock);
    attempt->is_over = true;
    pthread_mutex_unlock(&attempt->lock);
    attempt->done++;
    attempt->storm->unfinished--;
}

static void on_done(struct rpc *rpc, const struct status *status, void *data) {
    end(data);
}

static void on_reply(const struct status *status, const EchoResponse *reply, void *data) {
    end(data);
}

static void act(struct attempt *attempt, void (*action)(struct rpc *rpc)) {
    pthread_mutex_lock(&attempt->lock);
    if (!attempt->is_over)
        action(attempt->rpc);
    pthread_mutex_unlock(&attempt->lock);
}

/* The lock is held while the call starts, so `rpc` is known before its end is. */
static void begin(struct attempt *attempt, int round) {
    static const struct rpc_stream_events events = {(any_fn)on_message, on_done};
    struct stand *stand = &attempt->storm->stand;
    EchoRequest request = ECHO_REQUEST_INIT;
    request.count = 10;
    pthread_mutex_lock(&attempt->lock);
    switch (round % 4) {
    case METHOD_UNARY:
        attempt->rpc = rpc_call(stand->channel, &echo_service.methods[ECHO_SERVICE_ECHO], NULL,
            &request.base, (any_fn)on_reply, attempt);
        break;
    case METHOD_SERVER_STREAM:
        attempt->rpc = rpc_stream(stand->channel, &echo_service.methods[ECHO_SERVICE_COUNT], NULL,
            &request.base, &events, attempt);
        break;
    case METHOD_CLIENT_STREAM:
        attempt->rpc = rpc_client_stream(stand->channel,
            &echo_service.methods[ECHO_SERVICE_COLLECT], NULL, (any_fn)on_reply, NULL, attempt);
        break;
    case METHOD_BIDI_STREAM:
        attempt->rpc = rpc_bidi_stream(
            stand->channel, &echo_service.methods[ECHO_SERVICE_CHAT], NULL, &events, attempt);
        break;
    }
    pthread_mutex_unlock(&attempt->lock);
}

static bool sends_requests(int round) {
    return method_kind_reads_requests((enum method_kind)(round % 4));
}

static void send_some(struct rpc *rpc) {
    EchoRequest request = ECHO_REQUEST_INIT;
    for (int i = 0; i < 10; i++)
        rpc_send(rpc, &request.base);
}

static void *run(void *data) {
    struct storming *storming = data;
    struct storm *storm = storming->storm;
    for (int i = 0; i < ROUNDS; i++) {
        struct attempt *mine = &storm->attempts[storming->index][i];
        begin(mine, i);
        if (sends_requests(i))
            act(mine, send_some);
        if (i >= 3 && sends_requests(i - 3) && i % 3)
            act(&storm->attempts[storming->index][i - 3], rpc_close_send);
        for (int back = 0; back < 3 && back <= i; back++)
            act(&storm->attempts[storming->index][i - back], rpc_read);
        if (i >= 5)
            act(&storm->attempts[storming->index][i - 5], rpc_cancel);
    }
    for (int i = 0; i < ROUNDS; i++)
        act(&storm->attempts[storming->index][i], rpc_cancel);
    return NULL;
}

static void test_every_call_ends_once(void **state) {
    static struct storm storm;
    struct storming threads[THREADS];
    stand_start(&storm.stand, NULL);
    storm.unfinished = THREADS * ROUNDS;
    for (int i = 0; i < THREADS; i++)
        for (int j = 0; j < ROUNDS; j++) {
            storm.attempts[i][j].storm = &storm;
            pthread_mutex_init(&storm.attempts[i][j].lock, NULL);
        }
    for (int i = 0; i < THREADS; i++) {
        threads[i] = (struct storming){&storm, i};
        pthread_create(&threads[i].thread, NULL, run, &threads[i]);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i].thread, NULL);
    stand_stop(&storm.stand); /* the client's loop ends when its calls have */
    assert_int_equal(storm.unfinished, 0);
    for (int i = 0; i < THREADS; i++)
        for (int j = 0; j < ROUNDS; j++)
            assert_int_equal(storm.attempts[i][j].done, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_call_ends_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
