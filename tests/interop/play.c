/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/interop/play.h"

#include <stdlib.h>

#include "base/memory.h"
#include "mesh/loop.h"

struct step {
    size_t size;
    int64_t interval_us;
    bool is_compressed;
};

struct player {
    struct call *call;
    struct timer timer; /* until the next step may be made */
    struct step *steps;
    size_t count, next;
    bool has_waited; /* for the interval of the next step */
    bool ends;       /* the call, when the last step is made; otherwise more is read */
};

static void player_free(struct player *player) {
    timer_stop(&player->timer);
    free(player->steps);
    free(player);
}

static int play_step(struct player *player) {
    Payload payload = zeros_payload(player->steps[player->next].size);
    OutputResponse response = OUTPUT_RESPONSE_INIT;
    response.payload = &payload;
    call_skip_compression(player->call, !player->steps[player->next].is_compressed);
    int r = test_service_full_duplex_call_send(player->call, &response);
    if (r >= 0) {
        player->next++;
        player->has_waited = false;
    }
    return r;
}

/* True when all is played. Otherwise it goes on when it is time or the client has read; a step that
 * is not taken belongs to a call that is cancelled, which on_cancelled is about to hear. */
static bool play(struct player *player) {
    while (player->next < player->count) {
        int64_t interval_us = player->steps[player->next].interval_us;
        if (interval_us > 0 && !player->has_waited) {
            player->has_waited = true;
            timer_start(&player->timer, (interval_us + 999) / 1000);
            return false;
        }
        if (play_step(player) != 0)
            return false;
    }
    player->count = player->next = 0;
    return true;
}

static void finish(struct player *player) {
    struct call *call = player->call;
    player_free(player);
    call_finish(call);
}

static void go_on(struct player *player) {
    if (!play(player))
        return;
    if (player->ends)
        finish(player);
    else
        call_read(player->call);
}

static void on_time(struct timer *timer) {
    go_on(container_of(timer, struct player, timer));
}

static void on_writable(struct call *call, void *data) {
    go_on(data);
}

static void on_cancelled(struct call *call, void *data) {
    player_free(data);
    call_fail(call, STATUS_CANCELLED, NULL, "the client has gone");
}

static struct player *player_new(struct call *call, struct loop *loop) {
    static const struct call_events events = {on_writable, on_cancelled};
    struct player *player = memory_new(sizeof(*player));
    player->call = call;
    timer_init(&player->timer, loop, on_time);
    call_set_events(call, &events, player);
    echo_metadata(call);
    return player;
}

static bool add_step(struct player *player, const ResponseParameters *parameters) {
    if (!accept_size(player->call, parameters->size))
        return false;
    player->steps[player->count++] = (struct step){
        .size = (size_t)parameters->size,
        .interval_us = parameters->interval_us,
        .is_compressed = parameters->compressed && parameters->compressed->value,
    };
    if (parameters->compressed)
        call_compress(player->call);
    return true;
}

/* False when the call has been ended; the player is gone then. */
static bool add_steps(struct player *player, const OutputRequest *request) {
    size_t count = player->count + request->n_response_parameters;
    bool ok = !echo_status(player->call, request->response_status);
    if (ok && count > PLAY_STEPS_MAX) {
        call_fail(player->call, STATUS_RESOURCE_EXHAUSTED, NULL,
            "%zu answers are asked for, %d are allowed", count, PLAY_STEPS_MAX);
        ok = false;
    }
    if (ok && count > 0)
        player->steps = memory_resize(player->steps, count * sizeof(player->steps[0]));
    for (size_t i = 0; ok && i < request->n_response_parameters; i++)
        ok = add_step(player, request->response_parameters[i]);
    if (!ok)
        player_free(player);
    return ok;
}

void play_streaming_output(struct call *call, const OutputRequest *request, void *data) {
    struct player *player = player_new(call, data);
    player->ends = true;
    if (add_steps(player, request))
        go_on(player);
}

static enum rpc_flow play_request(struct call *call, const OutputRequest *request, void *data) {
    struct player *player = data;
    return add_steps(player, request) && !play(player) ? RPC_PAUSE : RPC_NEXT;
}

static enum rpc_flow keep_request(struct call *call, const OutputRequest *request, void *data) {
    add_steps(data, request);
    return RPC_NEXT;
}

static void play_the_rest(struct call *call, void *data) {
    struct player *player = data;
    player->ends = true;
    go_on(player);
}

void play_full_duplex(struct call *call, void *data) {
    static const struct test_service_full_duplex_call_reader reader = {play_request, play_the_rest};
    test_service_full_duplex_call_read(call, &reader, player_new(call, data));
}

void play_half_duplex(struct call *call, void *data) {
    static const struct test_service_half_duplex_call_reader reader = {keep_request, play_the_rest};
    test_service_half_duplex_call_read(call, &reader, player_new(call, data));
}
