/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every sequence of every request up to DEPTH over a tiny event: capacity 2 or 3, two bookings,
 * times before, at and after the deadline of a hold and the start of the event. After each request
 * the engine must say what the model says, be in the state the model is in, and conserve the seats.
 */
#include "services/booking/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attr.h"
#include "tests/unit/booking/model.h"

enum { DEPTH = 7 };

/* The engine's side. */
struct world {
    struct inventory inventory;
    struct booking bookings[MODEL_BOOKINGS];
    int count;
    int now;
};

enum verb {
    BOOK,
    HOLD,
    CONFIRM,
    EXTEND,
    CANCEL,
    EXPIRE,
    CALL_OFF,
    CAPACITY,
    APPLY,
    APPLY_OFF,
    WAIT
};

struct request {
    enum verb verb;
    int argument; /* seats, which booking, capacity, time */
    int version;
};

static const struct request requests[] = {
    {BOOK, 1},
    {BOOK, 2},
    {HOLD, 1},
    {HOLD, 2},
    {CONFIRM, 0},
    {CONFIRM, 1},
    {EXTEND, 0},
    {EXTEND, 1},
    {CANCEL, 0},
    {CANCEL, 1},
    {EXPIRE, 0},
    {CALL_OFF, 0},
    {CALL_OFF, 1},
    {CAPACITY, 1, 2}, /* a version ahead of the record's */
    {CAPACITY, 3, 1},
    {APPLY, 2, 1},
    {APPLY, 3, 2},
    {APPLY, 1, 3}, /* below what may be sold; after a cancellation */
    {APPLY_OFF, 3, 2},
    {WAIT, MODEL_HOLD - 1},
    {WAIT, 1},
    {WAIT, 21},
};

static bool names_absent_booking(const struct request *request, const struct model *model) {
    switch (request->verb) {
    case BOOK:
    case HOLD:
        return model->count == MODEL_BOOKINGS;
    case CONFIRM:
    case EXTEND:
    case CANCEL:
    case EXPIRE:
    case CALL_OFF:
        return request->argument >= model->count;
    default:
        return false;
    }
}

static enum outcome ask_model(struct model *model, const struct request *request) {
    int argument = request->argument;
    switch (request->verb) {
    case BOOK:
    case HOLD:
        return model_book(model, argument, request->verb == HOLD);
    case CONFIRM:
        return model_confirm(model, argument);
    case EXTEND:
        return model_extend(model, argument);
    case CANCEL:
        return model_cancel(model, argument);
    case EXPIRE: {
        char before = model->bookings[argument].state;
        model_expire(model, argument);
        return model->bookings[argument].state == before ? OUTCOME_UNCHANGED : OUTCOME_OK;
    }
    case CALL_OFF:
        return model_call_off(model, argument);
    case CAPACITY:
        return model_set_capacity(model, argument, request->version);
    case APPLY:
    case APPLY_OFF:
        return model_apply(model, argument, request->verb == APPLY_OFF, request->version);
    case WAIT:
        model->now += argument;
        return OUTCOME_OK;
    }
    abort();
}

static enum outcome ask_book(struct world *world, int seats, bool hold) {
    struct booking_order order = {.seats = seats, .hold_ms = hold ? MODEL_HOLD : 0};
    enum outcome outcome = engine_book(
        &world->inventory, &order, world->now, &world->bookings[world->count]);
    world->count += outcome == OUTCOME_OK;
    return outcome;
}

static enum outcome ask_apply(struct world *world, const struct request *request) {
    struct event_facts facts = {
        .capacity = request->argument,
        .cancelled = request->verb == APPLY_OFF,
        .start_ms = MODEL_START,
        .version = request->version,
    };
    return engine_apply_event(&world->inventory, &facts, world->now);
}

static enum outcome ask_engine(struct world *world, const struct request *request) {
    struct inventory *inventory = &world->inventory;
    struct booking *booking = &world->bookings[request->argument % MODEL_BOOKINGS];
    switch (request->verb) {
    case BOOK:
    case HOLD:
        return ask_book(world, request->argument, request->verb == HOLD);
    case CONFIRM:
        return engine_confirm(inventory, booking, world->now);
    case EXTEND:
        return engine_extend(inventory, booking, MODEL_HOLD, world->now);
    case CANCEL:
        return engine_cancel(inventory, booking, world->now);
    case EXPIRE:
        return engine_expire(inventory, booking, world->now);
    case CALL_OFF:
        return engine_call_off(inventory, booking, world->now);
    case CAPACITY:
        return engine_set_capacity(inventory, request->argument, request->version, world->now);
    case APPLY:
    case APPLY_OFF:
        return ask_apply(world, request);
    case WAIT:
        world->now += request->argument;
        return OUTCOME_OK;
    }
    abort();
}

static char letter_of(enum booking_state state) {
    static const char letters[] = {0, 'h', 's', 'c', 'x'};
    return letters[state];
}

static void compare_booking(const struct booking *booking, const struct model_booking *expected) {
    assert_int_equal(letter_of(booking_last(booking)->state), expected->state);
    assert_int_equal(booking->seats, expected->seats);
    assert_int_equal(booking_is_extended(booking), expected->extended);
    if (expected->state == 'h')
        assert_int_equal(booking_last(booking)->deadline_ms, expected->deadline);
}

static void compare(const struct world *world, const struct model *model) {
    const struct inventory *inventory = &world->inventory;
    assert_int_equal(inventory->held, model_taken(model, 'h'));
    assert_int_equal(inventory->sold, model_taken(model, 's'));
    assert_int_equal(inventory->capacity, model->capacity);
    assert_int_equal(inventory->sale != SALE_NONE, model->known);
    assert_int_equal(inventory->sale == SALE_CANCELLED, model->off);
    assert_true(inventory_is_conserved(inventory));
    assert_int_equal(world->count, model->count);
    for (int i = 0; i < world->count; i++)
        compare_booking(&world->bookings[i], &model->bookings[i]);
}

static void print_path(const struct request *const *path, int depth) {
    static const char *const names[] = {"book", "hold", "confirm", "extend", "cancel", "expire",
        "call off", "capacity", "apply", "apply off", "wait"};
    for (int i = 0; i <= depth; i++)
        print_message(
            "  %s %d (version %d)\n", names[path[i]->verb], path[i]->argument, path[i]->version);
}

static const struct request *path[DEPTH];
static bool sweeps; /* expire every due hold before each request, as a lane does */
static unsigned long steps;

static void sweep(struct world *world, struct model *model) {
    for (int i = 0; i < world->count; i++) {
        (void)engine_expire(&world->inventory, &world->bookings[i], world->now);
        model_expire(model, i);
    }
}

/* A request that changed nothing leads to nothing that the sequence without it does not. */
static bool changed(const struct world *before, const struct world *after) {
    if (before->now != after->now || before->count != after->count ||
        memcmp(&before->inventory, &after->inventory, sizeof(before->inventory)) != 0)
        return true;
    for (int i = 0; i < after->count; i++)
        if (before->bookings[i].history_count != after->bookings[i].history_count)
            return true;
    return false;
}

static void explore(const struct world *world, const struct model *model, int depth) {
    for (size_t i = 0; depth < DEPTH && i < ARRAY_SIZE(requests); i++) {
        path[depth] = &requests[i];
        if (names_absent_booking(&requests[i], model))
            continue;
        struct world next = *world;
        struct model expected = *model;
        if (sweeps)
            sweep(&next, &expected);
        enum outcome wanted = ask_model(&expected, &requests[i]);
        enum outcome got = ask_engine(&next, &requests[i]);
        steps++;
        if (got != wanted || next.inventory.held != model_taken(&expected, 'h') ||
            next.inventory.sold != model_taken(&expected, 's'))
            print_path(path, depth);
        assert_int_equal(got, wanted);
        compare(&next, &expected);
        if (changed(world, &next))
            explore(&next, &expected, depth + 1);
    }
}

static void explore_all(bool with_sweeps) {
    struct world world = {0};
    struct model model = {0};
    sweeps = with_sweeps;
    steps = 0;
    explore(&world, &model, 0);
    print_message("%lu requests decided\n", steps);
    assert_true(steps > 100000);
}

static void test_every_sequence_agrees_with_the_model(void **state) {
    explore_all(false);
}

static void test_every_sequence_agrees_when_due_holds_go_first(void **state) {
    explore_all(true);
}

static void test_booking_can_be_shown_as_it_was_answered(void **state) {
    struct world world = {0};
    struct event_facts facts = {.capacity = 5, .start_ms = 1000, .version = 1};
    struct booking *booking = &world.bookings[0], then;
    world.now = 1;
    assert_int_equal(engine_apply_event(&world.inventory, &facts, 1), OUTCOME_OK);
    assert_int_equal(ask_book(&world, 2, true), OUTCOME_OK);
    assert_int_equal(engine_extend(&world.inventory, booking, 50, 5), OUTCOME_OK);
    assert_int_equal(engine_confirm(&world.inventory, booking, 6), OUTCOME_OK);
    assert_int_equal(engine_cancel(&world.inventory, booking, 7), OUTCOME_OK);

    then = *booking;
    then.history_count = booking_count_until(booking, REASON_CREATED);
    assert_int_equal(booking_last(&then)->state, BOOKING_HELD);
    assert_int_equal(booking_last(&then)->deadline_ms, MODEL_HOLD + 1);
    assert_false(booking_is_extended(&then));
    then.history_count = booking_count_until(booking, REASON_EXTENDED);
    assert_int_equal(booking_last(&then)->deadline_ms, 55);
    assert_true(booking_is_extended(&then));
    assert_int_equal(booking_count_until(booking, REASON_EXPIRED), 0);
}

static void test_fingerprint_tells_requests_apart(void **state) {
    struct uuid one = {{1}}, two = {{2}};
    uint64_t print = booking_fingerprint(&one, 2, true);
    assert_true(print == booking_fingerprint(&one, 2, true));
    assert_true(print != booking_fingerprint(&two, 2, true));
    assert_true(print != booking_fingerprint(&one, 3, true));
    assert_true(print != booking_fingerprint(&one, 2, false));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_sequence_agrees_with_the_model),
        cmocka_unit_test(test_every_sequence_agrees_when_due_holds_go_first),
        cmocka_unit_test(test_booking_can_be_shown_as_it_was_answered),
        cmocka_unit_test(test_fingerprint_tells_requests_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
