/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The client that README shows for one language (the argument) does what it says, against the real
 * system: once with nothing in its way, once while the booking service is killed after it has
 * decided on the booking and before the client has heard so. What the client prints and what the
 * system knows over REST agree: each run has booked two seats, once.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/clock.h"
#include "base/id.h"
#include "tests/e2e/api.h"
#include "tests/e2e/lossy.h"
#include "tests/e2e/stand.h"

enum {
    CAPACITY = 100,
    BUILD_TIMEOUT_MS = 600000,
    RUN_TIMEOUT_MS = 90000,
    POLL_MS = 5,
    SKIP = 77,
};

static const char *language;

struct place {
    struct stand *stand;
    struct api api;
    struct id event;
    int booked; /* bookings so far, of two seats each */
};

static int setup(void **state) {
    struct place *place = calloc(1, sizeof *place);
    place->stand = stand_new();
    place->stand->arguments[0] = "--no-seed";
    stand_start(place->stand);
    api_init(&place->api, place->stand);
    place->event = api_new_event(&place->api, CAPACITY);
    api_wait_seats_shown(&place->api, place->event, CAPACITY);
    *state = place;
    return 0;
}

static int teardown(void **state) {
    struct place *place = *state;
    api_deinit(&place->api);
    int r = stand_end(place->stand);
    free(place);
    return r;
}

/* --- the client --- */

/* The command of README's table: "build" or "run", this one for an event or for the one it finds
 * (NULL). */
static void start_client(struct command *command, const char *folder, const char *what,
    const char *event_id, const char *const *variables) {
    char script[512];
    const char *root = getenv("SOURCE_ROOT");
    assert_non_null(root);
    snprintf(script, sizeof script, "%s/tests/e2e/client.sh", root);
    command_start(command, folder,
        (const char *const[]){"/bin/sh", script, what, language, event_id, NULL}, variables);
}

/* With the booking service behind this port. */
static void run_client(
    struct command *command, const struct place *place, int booking_port, const char *event_id) {
    char event_service[64], booking_service[64];
    snprintf(
        event_service, sizeof event_service, "EVENT_SERVICE_ADDR=%s", place->stand->event_service);
    snprintf(
        booking_service, sizeof booking_service, "BOOKING_SERVICE_ADDR=127.0.0.1:%d", booking_port);
    start_client(command, place->stand->folder, "run", event_id,
        (const char *const[]){event_service, booking_service, NULL});
}

/* Finds the line that begins with `words` at or after *at, moves *at behind it; its rest, up to a
 * space or its end, is in ret_rest. */
static void expect_line(
    const char **at, const char *said, const char *words, char ret_rest[static 64]) {
    const char *line = *at;
    while (strncmp(line, words, strlen(words)) != 0) {
        line = strchr(line, '\n');
        if (!line) {
            fprintf(stderr, "--- it says:\n%s---\n", said);
            fail_msg("it has not said \"%s ...\" in its place", words);
        }
        line++;
    }
    line += strlen(words);
    snprintf(ret_rest, 64, "%.*s", (int)strcspn(line, ":\n"), line);
    *at = line;
}

/* What it prints of two seats booked; its booking. */
static struct id expect_result(struct command *command, struct place *place) {
    _cleanup_(buffer_deinit) struct buffer output = {0};
    char words[64], rest[64], booking[64];
    int status = command_wait(command, RUN_TIMEOUT_MS);
    const char *said = command_output(command, &output), *at = said;
    if (status != 0) {
        fprintf(stderr, "--- it says:\n%s---\n", said);
        fail_msg("it has ended with %d", status);
    }
    int free_seats = CAPACITY - 2 * place->booked;
    expect_line(&at, said, "event ", rest);
    assert_string_equal(rest, place->event.text);
    snprintf(words, sizeof words, "seats %d of %d free", free_seats, CAPACITY);
    expect_line(&at, said, words, rest);
    expect_line(&at, said, "user ", rest);
    expect_line(&at, said, "held ", booking);
    expect_line(&at, said, "sent again ", rest);
    assert_string_equal(rest, booking);
    expect_line(&at, said, "confirmed ", rest);
    assert_string_equal(rest, booking);
    snprintf(words, sizeof words, "seats %d of %d free", free_seats - 2, CAPACITY);
    expect_line(&at, said, words, rest);
    expect_line(&at, said, "refused ", rest);
    expect_line(&at, said, "reason INVALID_REQUEST", rest);
    expect_line(&at, said, "field seats: must be 1 to 20", rest);
    struct id id;
    assert_int_equal(strlen(booking), sizeof id.text - 1);
    memcpy(id.text, booking, sizeof id.text);
    return id;
}

/* --- the system --- */

static int count_of(struct text where, const char *words) {
    int count = 0;
    const char *end = where.data + where.size;
    for (const char *at = where.data; (at = memmem(at, (size_t)(end - at), words, strlen(words)));
         at += strlen(words))
        count++;
    return count;
}

static void expect_booked_once(struct place *place, struct id booking) {
    struct api *api = &place->api;
    char target[160], mark[96], state[64];
    place->booked++;
    int sold = 2 * place->booked;
    snprintf(target, sizeof target, "/v1/bookings/%s", booking.text);
    api_expect(api, "GET", target, "", 200);
    assert_int_equal(api_number(api, "seats"), 2);
    assert_true(rest_find_string(api->answer.body, "state", state, sizeof state));
    assert_string_equal(state, "BOOKING_STATE_CONFIRMED");
    snprintf(target, sizeof target, "/v1/events/%s/bookings", place->event.text);
    api_expect(api, "GET", target, "", 200);
    snprintf(mark, sizeof mark, "\"eventId\":\"%s\"", place->event.text);
    assert_int_equal(count_of(api->answer.body, mark), place->booked);
    snprintf(target, sizeof target, "/v1/events/%s/availability", place->event.text);
    api_expect(api, "GET", target, "", 200);
    assert_int_equal(api_number(api, "held"), 0);
    assert_int_equal(api_number(api, "sold"), sold);
    assert_int_equal(api_number(api, "seatsAvailable"), CAPACITY - sold);
    api_wait_seats_shown(api, place->event, CAPACITY - sold);
}

static void wait_held(struct place *place, int64_t seats) {
    char target[160];
    int64_t deadline_ms = clock_monotonic_ms() + RUN_TIMEOUT_MS;
    snprintf(target, sizeof target, "/v1/events/%s/availability", place->event.text);
    do {
        if (clock_monotonic_ms() > deadline_ms)
            fail_msg("the client has held nothing after %d ms", RUN_TIMEOUT_MS);
        pause_ms(POLL_MS);
        api_expect(&place->api, "GET", target, "", 200);
    } while (api_number(&place->api, "held") != seats);
}

/* --- the tests --- */

static void it_books_two_seats(void **state) {
    struct place *place = *state;
    struct command command;
    run_client(&command, place, place->stand->grpc_port + 1, NULL);
    expect_booked_once(place, expect_result(&command, place));
}

static void it_books_once_though_the_first_answer_is_lost(void **state) {
    struct place *place = *state;
    struct command command;
    struct lossy lossy;
    pid_t old = stand_pid(place->stand, "booking-service");
    lossy_start(&lossy, place->stand->grpc_port + 1, place->event);
    run_client(&command, place, lossy.port, NULL);
    wait_held(place, 2);
    kill(old, SIGKILL);
    stand_wait_restarted(place->stand, "booking-service", old);
    struct id booking = expect_result(&command, place);
    lossy_stop(&lossy);
    /* The first, its repeat, and the one that shows that a repeat is harmless. */
    if (lossy.bookings < 3)
        fail_msg("the booking was sent %d times, so nothing was repeated", lossy.bookings);
    expect_booked_once(place, booking);
}

/* In one line, with the code as this language writes it, and with no stack. */
static void it_says_why_there_is_nothing_to_book(void **state) {
    static const char *const codes[] = {"NOT_FOUND", "NotFound", "code 5"};
    static const char *const stacks[] = {"Traceback", "Exception", "\tat ", "\tfrom ", "goroutine"};
    struct place *place = *state;
    struct command command;
    _cleanup_(buffer_deinit) struct buffer output = {0};
    run_client(&command, place, place->stand->grpc_port + 1, id_new().text);
    int status = command_wait(&command, RUN_TIMEOUT_MS);
    const char *said = command_output(&command, &output);
    bool has_code = false, has_stack = false;
    for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
        has_code |= strstr(said, codes[i]) != NULL;
    for (size_t i = 0; i < ARRAY_SIZE(stacks); i++)
        has_stack |= strstr(said, stacks[i]) != NULL;
    if (status == 0 || !strstr(said, "there is no such event") || !has_code || has_stack)
        fail_msg("it ends with %d and says:\n%s---", status, said);
}

static void the_books_are_clean(void **state) {
    struct place *place = *state;
    stand_expect_clean_books(place->stand);
}

static int build(void) {
    struct command command;
    _cleanup_(buffer_deinit) struct buffer output = {0};
    start_client(&command, "/tmp", "build", NULL, NULL);
    int status = command_wait(&command, BUILD_TIMEOUT_MS);
    if (status != 0)
        fprintf(stderr, "%s\n", command_output(&command, &output));
    unlink(command.output_path);
    return status;
}

int main(int argc, char **argv) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_books_two_seats),
        cmocka_unit_test(it_books_once_though_the_first_answer_is_lost),
        cmocka_unit_test(it_says_why_there_is_nothing_to_book),
        cmocka_unit_test(the_books_are_clean),
    };
    if (argc != 2) {
        fprintf(stderr, "which language? run these tests by meson test\n");
        return 1;
    }
    language = argv[1];
    int status = build();
    if (status != 0)
        return status == SKIP ? SKIP : 1;
    return cmocka_run_group_tests(tests, setup, teardown);
}
