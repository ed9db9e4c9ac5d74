/* SPDX-License-Identifier: Apache-2.0 */

/* What the event service says on a real bus becomes what can be sold. */

#include "tests/service/booking/stand.h"

#include <pb_encode.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "bus/bus.h"
#include "myevents/events/v1/records.pb.h"
#include "services/booking/follow.h"
#include "tests/support/redis_server.h"

#define STREAM "myevents.event"

static struct redis_server redis;

struct town {
    struct stand stand; /* first */
    struct bus *bus;
    struct follow *follow;
    uint64_t published;
};

static void start_following(struct town *town) {
    const struct follow_options options = {
        .bus = town->bus,
        .store = town->stand.store,
        .loop = town->stand.loop,
        .lanes = &town->stand.desk.lanes,
        .consumer = "here",
    };
    assert_int_equal(follow_start(&options, &town->follow), 0);
}

static void stop_following(struct town *town) {
    follow_stop(town->follow);
    town->follow = NULL;
}

static int setup(void **state) {
    struct town *town = memory_new(sizeof(*town));
    redis_server_start(&redis);
    stand_start(&town->stand, NULL);
    assert_int_equal(bus_open(redis.url, "test", &town->bus), 0);
    start_following(town);
    *state = town;
    return 0;
}

static int teardown(void **state) {
    struct town *town = *state;
    stop_following(town);
    bus_close(town->bus);
    stand_free(&town->stand);
    redis_server_stop(&redis);
    free(town);
    return 0;
}

static void publish(struct town *town, const char *type, const char *subject, struct text data) {
    uint64_t last;
    struct bus_record record = {
        .sequence = ++town->published,
        .id = {id_new().text, ID_SIZE},
        .type = text_from(type),
        .source = TEXT("/myevents/event"),
        .subject = text_from(subject),
        .time_ms = clock_wall_ms(),
        .data = data,
    };
    while (bus_publish(town->bus, STREAM, &record, 1, &last) != 0)
        usleep(10 * 1000); /* the broker is away */
}

struct event_data {
    pb_byte_t bytes[1024];
};

static struct text encode_event(struct event_data *data, const char *event_id, int32_t capacity,
    bool cancelled, int64_t version) {
    myevents_events_v1_EventRecord message = {
        .capacity = capacity,
        .start_time_ms = clock_wall_ms() + 3600 * 1000,
        .cancelled = cancelled,
        .version = version,
    };
    pb_ostream_t stream = pb_ostream_from_buffer(data->bytes, sizeof(data->bytes));
    snprintf(message.event_id, sizeof(message.event_id), "%s", event_id);
    assert_true(pb_encode(&stream, myevents_events_v1_EventRecord_fields, &message));
    return (struct text){(const char *)data->bytes, stream.bytes_written};
}

static void publish_event(struct town *town, const char *type, const char *event_id,
    int32_t capacity, bool cancelled, int64_t version) {
    struct event_data data;
    publish(town, type, event_id, encode_event(&data, event_id, capacity, cancelled, version));
}

static struct uuid parse(const char *event_id) {
    struct uuid id;
    assert_int_equal(uuid_parse(text_from(event_id), &id), 0);
    return id;
}

struct look {
    struct town *town;
    struct uuid event_id;
    struct inventory inventory;
};

static void look(void *data) {
    struct look *look = data;
    struct lane *lane = lanes_find(&look->town->stand.desk.lanes, &look->event_id);
    look->inventory = lane ? lane->inventory : (struct inventory){0};
}

static struct inventory wait_for_version(struct town *town, const char *event_id, int64_t version) {
    struct look data = {.town = town, .event_id = parse(event_id)};
    do {
        usleep(1000);
        loop_run_and_wait(town->stand.loop, look, &data);
    } while (data.inventory.event_version < version);
    return data.inventory;
}

static void an_event_is_on_sale_once_published(void **state) {
    struct town *town = *state;
    struct id id = id_new();
    struct uuid event_id = parse(id.text);
    struct user_entry *user = stand_user(&town->stand);
    publish(town, "myevents.location.created.v1", "somewhere", TEXT("what a location says"));
    publish_event(town, "myevents.event.published.v1", id.text, 3, false, 1);
    wait_for_version(town, id.text, 1);
    struct ask asks[] = {ask_book(&event_id, user, 2, 0), ask_book(&event_id, user, 2, 0)};
    stand_ask_all(&town->stand, asks, 2);
    assert_int_equal(asks[0].outcome, OUTCOME_OK);
    assert_int_equal(asks[1].outcome, OUTCOME_SOLD_OUT);

    publish_event(town, "myevents.event.updated.v1", id.text, 10, false, 2);
    assert_int_equal(wait_for_version(town, id.text, 2).capacity, 10);
    publish_event(town, "myevents.event.updated.v1", id.text, 1, false, 3); /* below what is sold */
    assert_int_equal(wait_for_version(town, id.text, 3).capacity, 10);
    publish_event(town, "myevents.event.cancelled.v1", id.text, 10, true, 4);
    assert_int_equal(wait_for_version(town, id.text, 4).sale, SALE_CANCELLED);
    while (stand_inventory(&town->stand, &event_id).sold > 0)
        usleep(1000);
    assert_int_equal(stand_tally(&town->stand, &event_id).live, 0);
}

static uint64_t stored_mark(const struct town *town) {
    uint64_t mark = 0;
    _cleanup_(store_view_closep) struct store_view *view = store_view_open(town->stand.store);
    assert_int_equal(docs_get_mark(view, TEXT(STREAM), &mark), 0);
    return mark;
}

/* Waits for the mark: it follows the effect. */
static void wait_for_mark(struct town *town, uint64_t sequence) {
    while (stored_mark(town) < sequence)
        usleep(1000);
    assert_int_equal(stored_mark(town), sequence);
}

static void following_goes_on_where_it_was(void **state) {
    struct town *town = *state;
    struct id id = id_new();
    publish_event(town, "myevents.event.published.v1", id.text, 3, false, 1);
    wait_for_mark(town, 1);
    stop_following(town);
    publish_event(town, "myevents.event.updated.v1", id.text, 4, false, 2);
    stand_restart(&town->stand);
    start_following(town);
    assert_int_equal(wait_for_version(town, id.text, 2).capacity, 4);
    wait_for_mark(town, 2);
}

static void a_broker_that_dies_is_caught_up_with(void **state) {
    struct town *town = *state;
    struct id id = id_new();
    publish_event(town, "myevents.event.published.v1", id.text, 3, false, 1);
    wait_for_version(town, id.text, 1);
    redis_server_kill(&redis);
    redis_server_restart(&redis);
    publish_event(town, "myevents.event.updated.v1", id.text, 5, false, 2);
    assert_int_equal(wait_for_version(town, id.text, 2).capacity, 5);
}

static void count_letter(void *data, const struct bus_dead_letter *letter) {
    ++*(unsigned *)data;
    assert_string_equal(letter->reason, "not an EventRecord");
}

static void what_cannot_be_read_holds_up_nobody(void **state) {
    struct town *town = *state;
    struct id one = id_new(), two = id_new();
    unsigned letters = 0;
    publish_event(town, "myevents.event.published.v1", one.text, 3, false, 1);
    publish(town, "myevents.event.published.v1", "x", TEXT("\xff\xff\xff garbage"));
    publish_event(town, "myevents.event.published.v1", two.text, 4, false, 1);
    wait_for_version(town, one.text, 1);
    assert_int_equal(wait_for_version(town, two.text, 1).capacity, 4);
    assert_int_equal(bus_dead_letters(town->bus, STREAM, count_letter, &letters), 0);
    assert_int_equal(letters, 1);
    wait_for_mark(town, 3);
}

static void what_is_heard_again_does_no_harm(void **state) {
    struct town *town = *state;
    struct id id = id_new(), other = id_new();
    struct uuid event_id = parse(id.text);
    publish_event(town, "myevents.event.published.v1", id.text, 3, false, 1);
    publish_event(town, "myevents.event.updated.v1", id.text, 8, false, 2);
    struct inventory before = wait_for_version(town, id.text, 2);
    publish_event(town, "myevents.event.published.v1", id.text, 3, false, 1);
    publish_event(town, "myevents.event.updated.v1", id.text, 8, false, 2);
    publish_event(town, "myevents.event.published.v1", other.text, 3, false, 1);
    wait_for_version(town, other.text, 1);
    struct inventory after = stand_inventory(&town->stand, &event_id);
    assert_memory_equal(&after, &before, sizeof(before));
}

static int refuse(void *data, const struct bus_record *records, size_t count, size_t *ret_done,
    const char **ret_reason) {
    *ret_reason = "a test";
    return BUS_REFUSED;
}

/* The store is older than what the group has had: the mark is not where the broker thinks. */
static void what_is_replayed_ahead_of_the_mark_does_not_move_it(void **state) {
    struct town *town = *state;
    struct id early = id_new(), late = id_new();
    struct bus_subscription_options options = {
        .stream = STREAM,
        .group = "booking-service",
        .consumer = "here",
        .after = 1,
        .handle = refuse,
    };
    struct bus_subscription *refusing;
    stop_following(town);
    assert_int_equal(bus_skip(town->bus, STREAM, 2), 0);
    town->published = 1;
    publish_event(town, "myevents.event.published.v1", late.text, 4, false, 1);
    assert_int_equal(bus_subscribe(town->bus, &options, &refusing), 0);
    struct bus_stream_info info = {0};
    while (info.dead_letters == 0) {
        usleep(1000);
        assert_int_equal(bus_stream_info(town->bus, STREAM, &info), 0);
    }
    bus_unsubscribe(refusing);
    size_t replayed;
    assert_int_equal(bus_replay(town->bus, STREAM, NULL, &replayed), 0);
    assert_int_equal(replayed, 1);

    start_following(town);
    assert_int_equal(wait_for_version(town, late.text, 1).capacity, 4);
    struct bus_gap gaps[BUS_GROUPS_MAX];
    size_t gap_count = 0;
    while (gap_count == 0) {
        usleep(1000);
        assert_int_equal(bus_gaps(town->bus, STREAM, gaps, &gap_count), 0);
    }
    assert_int_equal(stored_mark(town), 0);

    struct event_data data;
    struct bus_record record = {
        .sequence = 1,
        .id = {early.text, ID_SIZE},
        .type = TEXT("myevents.event.published.v1"),
        .source = TEXT("/myevents/event"),
        .subject = {early.text, ID_SIZE},
        .time_ms = clock_wall_ms(),
        .data = encode_event(&data, early.text, 3, false, 1),
    };
    assert_int_equal(bus_fill_gap(town->bus, STREAM, &gaps[0], &record, 1, 1), 0);
    assert_int_equal(wait_for_version(town, early.text, 1).capacity, 3);
    wait_for_mark(town, 2);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_event_is_on_sale_once_published, setup, teardown),
        cmocka_unit_test_setup_teardown(following_goes_on_where_it_was, setup, teardown),
        cmocka_unit_test_setup_teardown(a_broker_that_dies_is_caught_up_with, setup, teardown),
        cmocka_unit_test_setup_teardown(what_cannot_be_read_holds_up_nobody, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_heard_again_does_no_harm, setup, teardown),
        cmocka_unit_test_setup_teardown(
            what_is_replayed_ahead_of_the_mark_does_not_move_it, setup, teardown),
    };
    signal(SIGPIPE, SIG_IGN);
    if (!redis_server_is_installed()) {
        print_message("redis-server is not installed: skipped\n");
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
