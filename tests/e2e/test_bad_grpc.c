/* SPDX-License-Identifier: Apache-2.0 */

/* Whatever bytes are sent over gRPC, the answer is a status that says what is wrong, and nobody
 * dies of it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mesh/client.h"
#include "mesh/loop.h"
#include "myevents/v1/booking_service.mesh.h"
#include "myevents/v1/event_service.mesh.h"
#include "tests/e2e/stand.h"

enum { HUGE = 5 * 1024 * 1024, DEEP = 100 * 1000 };

static struct stand *stand;
static struct loop *loop;
static struct channel *events, *bookings;
static struct stand_pids pids;

static int setup(void **state) {
    *state = stand = stand_new();
    stand->arguments[0] = "--no-seed";
    stand_start(stand);
    pids = stand_pids(stand);
    loop = loop_new("test");
    loop_start(loop);
    /* Larger than the services': it is they who must refuse. */
    const struct channel_options options = {.message_size_max = 2 * HUGE};
    events = channel_new(loop, stand->event_service, &options);
    bookings = channel_new(loop, stand->booking_service, &options);
    return 0;
}

static int teardown(void **state) {
    channel_free(events);
    channel_free(bookings);
    loop_stop(loop);
    loop_free(loop);
    return stand_end(stand);
}

/* --- a call with any bytes --- */

struct raw_call {
    sem_t done;
    enum status_code code;
    char message[512];
    struct buffer details;
};

static enum rpc_flow on_message(struct rpc *rpc, struct text message, void *data) {
    return RPC_NEXT;
}

static void on_done(struct rpc *rpc, const struct status *status, void *data) {
    struct raw_call *call = data;
    call->code = status->code;
    snprintf(call->message, sizeof call->message, "%s", status->message);
    buffer_append_text(&call->details, status->details);
    sem_post(&call->done);
}

static const struct method *find_method(const char *name, struct channel **ret_channel) {
    const struct {
        const struct service *service;
        struct channel *channel;
    } places[] = {{&event_service, events}, {&booking_service, bookings}};
    for (size_t i = 0; i < ARRAY_SIZE(places); i++)
        for (size_t j = 0; j < places[i].service->method_count; j++)
            if (strcmp(places[i].service->methods[j].name, name) == 0) {
                *ret_channel = places[i].channel;
                return &places[i].service->methods[j];
            }
    fail_msg("there is no method %s", name);
    return NULL;
}

static void call_with(struct raw_call *call, const char *method_name, struct text bytes) {
    static const struct rpc_events callbacks = {on_message, on_done};
    struct channel *channel = NULL;
    const struct method *method = find_method(method_name, &channel);
    *call = (struct raw_call){0};
    sem_init(&call->done, 0, 0);
    rpc_start(channel, method, NULL, bytes, &callbacks, call);
    while (sem_wait(&call->done) < 0)
        ;
    sem_destroy(&call->done);
}

/* `words` stand in the message or in the details. */
static void expect(
    const char *method, struct text bytes, const char *what, int code, const char *words) {
    struct raw_call call;
    call_with(&call, method, bytes);
    bool says = strstr(call.message, words) ||
                (call.details.size &&
                    memmem(call.details.data, call.details.size, words, strlen(words)));
    if ((int)call.code != code || !says)
        fail_msg("%s with %s: %s \"%s\", not %s and \"%s\"", method, what,
            status_code_name(call.code), call.message, status_code_name(code), words);
    buffer_deinit(&call.details);
}

#define UUID "00000000-0000-7000-8000-000000000000"

/* A constant struct text; zeros may stand in it. */
#define BYTES(literal)                                                                             \
    { "" literal, sizeof(literal) - 1 }

static const struct row {
    const char *method;
    const char *what;
    struct text bytes;
    enum status_code code;
    const char *words;
} rows[] = {
    /* no protobuf */
    {"GetEvent", "garbage", BYTES("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
        STATUS_INVALID_ARGUMENT, ""},
    {"GetEvent", "a string that ends beyond the message", BYTES("\x0a\x7f"),
        STATUS_INVALID_ARGUMENT, ""},
    {"GetEvent", "field number zero", BYTES("\x02\x01x"), STATUS_INVALID_ARGUMENT, ""},
    {"GetEvent", "a number where a string belongs", BYTES("\x08\x01"), STATUS_INVALID_ARGUMENT, ""},
    {"GetEvent", "a string that is no UTF-8", BYTES("\x0a\x02\xff\xfe"), STATUS_INVALID_ARGUMENT,
        ""},
    {"CreateBooking", "garbage", BYTES("\x0a\xff\xff\xff\xff\x0f"), STATUS_INVALID_ARGUMENT, ""},
    {"CreateBooking", "an endless number",
        BYTES("\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), STATUS_INVALID_ARGUMENT, ""},
    {"CreateLocation", "a hall of garbage", BYTES("\x0a\x04\x42\x02\x0a\x7f"),
        STATUS_INVALID_ARGUMENT, ""},
    {"WatchAvailability", "garbage", BYTES("\xff\xff\xff"), STATUS_INVALID_ARGUMENT, ""},
    {"WatchEvents", "garbage", BYTES("\xff\xff\xff"), STATUS_INVALID_ARGUMENT, ""},
    /* nothing */
    {"GetEvent", "nothing", BYTES(""), STATUS_INVALID_ARGUMENT, "event_id"},
    {"CreateBooking", "nothing", BYTES(""), STATUS_INVALID_ARGUMENT, "user_id"},
    {"CreateUser", "nothing", BYTES(""), STATUS_INVALID_ARGUMENT, "user"},
    {"CreateLocation", "nothing", BYTES(""), STATUS_INVALID_ARGUMENT, "location"},
    {"CreateEvent", "nothing", BYTES(""), STATUS_INVALID_ARGUMENT, "event"},
    {"UpdateEvent", "nothing", BYTES(""), STATUS_INVALID_ARGUMENT, "event"},
    {"UpdateLocation", "nothing", BYTES(""), STATUS_INVALID_ARGUMENT, "location"},
    {"ListBookings", "nothing", BYTES(""), STATUS_INVALID_ARGUMENT, "user_id"},
    {"ConfirmBooking", "nothing", BYTES(""), STATUS_INVALID_ARGUMENT, "booking_id"},
    {"ExtendBooking", "nothing", BYTES(""), STATUS_INVALID_ARGUMENT, "booking_id"},
    {"CancelBooking", "nothing", BYTES(""), STATUS_INVALID_ARGUMENT, "booking_id"},
    {"GetAvailability", "nothing", BYTES(""), STATUS_INVALID_ARGUMENT, "event_id"},
    {"WatchAvailability", "nothing", BYTES(""), STATUS_INVALID_ARGUMENT, "event_id"},
    {"PublishEvent", "nothing", BYTES(""), STATUS_INVALID_ARGUMENT, "event_id"},
    {"DeleteLocation", "nothing", BYTES(""), STATUS_INVALID_ARGUMENT, "location_id"},
    /* wrong values */
    {"GetEvent", "an id that is none", BYTES("\x0a\x01x"), STATUS_INVALID_ARGUMENT, "event_id"},
    {"GetEvent", "an unknown id", BYTES("\x0a\x24" UUID), STATUS_NOT_FOUND, "EVENT_NOT_FOUND"},
    {"GetUser", "an unknown id", BYTES("\x0a\x24" UUID), STATUS_NOT_FOUND, "USER_NOT_FOUND"},
    {"GetBooking", "an unknown id", BYTES("\x0a\x24" UUID), STATUS_NOT_FOUND, "BOOKING_NOT_FOUND"},
    {"GetLocation", "an unknown id", BYTES("\x0a\x24" UUID), STATUS_NOT_FOUND,
        "LOCATION_NOT_FOUND"},
    {"CreateBooking", "seats -1",
        BYTES("\x0a\x24" UUID "\x12\x24" UUID "\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
        STATUS_INVALID_ARGUMENT, "seats"},
    {"CreateBooking", "21 seats", BYTES("\x0a\x24" UUID "\x12\x24" UUID "\x18\x15"),
        STATUS_INVALID_ARGUMENT, "seats"},
    {"CreateBooking", "a user who does not exist",
        BYTES("\x0a\x24" UUID "\x12\x24" UUID "\x18\x01"), STATUS_NOT_FOUND, "NOT_FOUND"},
    {"ListEvents", "a page of -1", BYTES("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
        STATUS_INVALID_ARGUMENT, "page_size"},
    {"ListEvents", "a foreign token", BYTES("\x12\x02zz"), STATUS_INVALID_ARGUMENT, "page_token"},
    {"ListEvents", "a state of no name", BYTES("\x50\x63"), STATUS_INVALID_ARGUMENT, "state"},
    {"ListBookings", "both user and event", BYTES("\x0a\x24" UUID "\x12\x24" UUID),
        STATUS_INVALID_ARGUMENT, "user_id"},
    {"WatchEvents", "a foreign token", BYTES("\x0a\x02zz"), STATUS_INVALID_ARGUMENT,
        "resume_token"},
    {"WatchAvailability", "an unknown event", BYTES("\x0a\x24" UUID), STATUS_NOT_FOUND,
        "EVENT_NOT_FOUND"},
};

static void wrong_messages_are_answered_with_what_is_wrong(void **state) {
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        expect(rows[i].method, rows[i].bytes, rows[i].what, rows[i].code, rows[i].words);
}

static void depth_and_size_have_limits(void **state) {
    _cleanup_(memory_freep) char *bytes = memory_new(HUGE);
    memset(bytes, 0x0b, DEEP); /* groups in groups */
    expect("GetEvent", (struct text){bytes, DEEP}, "a hundred thousand groups",
        STATUS_INVALID_ARGUMENT, "");
    memset(bytes, 'a', HUGE);
    expect("GetEvent", (struct text){bytes, HUGE}, "five MiB", STATUS_RESOURCE_EXHAUSTED, "");
    /* A small message that would grow into a large tree: a location of halls, each of two bytes. */
    size_t halls = 2 * 1024 * 1024;
    memcpy(bytes, "\x0a\x80\x80\x80\x02", 5); /* 4 MiB of location */
    for (size_t i = 0; i < halls; i++)
        memcpy(bytes + 5 + 2 * i, "\x42\x00", 2);
    struct raw_call call;
    call_with(&call, "CreateLocation", (struct text){bytes, 5 + 2 * halls});
    assert_true(call.code == STATUS_INVALID_ARGUMENT || call.code == STATUS_RESOURCE_EXHAUSTED);
    buffer_deinit(&call.details);
}

static void what_is_no_method_is_unimplemented(void **state) {
    struct method method = event_service.methods[0];
    static const struct rpc_events callbacks = {on_message, on_done};
    static const char *const paths[] = {
        "/myevents.v1.EventService/Explode", "/nobody.Service/Method", "/x"};
    for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
        struct raw_call call = {0};
        method.path = paths[i];
        sem_init(&call.done, 0, 0);
        rpc_start(events, &method, NULL, TEXT(""), &callbacks, &call);
        while (sem_wait(&call.done) < 0)
            ;
        sem_destroy(&call.done);
        buffer_deinit(&call.details);
        assert_int_equal(call.code, STATUS_UNIMPLEMENTED);
    }
}

static void nobody_died_and_good_calls_are_served(void **state) {
    struct raw_call call;
    stand_expect_same_pids(stand, &pids);
    call_with(&call, "ListEvents", TEXT(""));
    assert_int_equal(call.code, STATUS_OK);
    buffer_deinit(&call.details);
    stand_expect_clean_books(stand);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_messages_are_answered_with_what_is_wrong),
        cmocka_unit_test(depth_and_size_have_limits),
        cmocka_unit_test(what_is_no_method_is_unimplemented),
        cmocka_unit_test(nobody_died_and_good_calls_are_served),
        cmocka_unit_test(everything_ends_well),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
