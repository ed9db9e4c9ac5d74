/* SPDX-License-Identifier: Apache-2.0 */

/* The recount passes what the rules write and finds each way in which a store can be wrong. */

#include "services/booking/verify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/memory.h"
#include "services/booking/docs.h"
#include "services/booking/record.h"
#include "store/store.h"

enum { HOUR_MS = 3600 * 1000, SAID_SIZE = 4096 };

struct fixture {
    char folder[64];
    struct store *store;
    struct buffer scratch;
    /* what stands in the store */
    struct inventory inventory;
    struct booking held, sold;
    struct user user;
    /* what was found */
    char said[SAID_SIZE];
    size_t inventories;
    struct verify_result result;
};

/* Two bookings of one user: 2 seats held, then extended; 3 seats sold. */
static void fill(struct fixture *fixture) {
    fixture->user = (struct user){.id = {{9}},
        .first_name = TEXT("Ada"),
        .last_name = TEXT("Test"),
        .email = TEXT("a@b"),
        .create_key = TEXT("new"),
        .create_ms = 1000};
    fixture->inventory = (struct inventory){
        .event_id = {{1}}, .sale = SALE_OPEN, .capacity = 10, .start_ms = (int64_t)1000 * HOUR_MS};
    struct booking_order order = {.id = {{2}},
        .user_id = fixture->user.id,
        .seats = 2,
        .hold_ms = HOUR_MS,
        .create_key = TEXT("first")};
    assert_int_equal(engine_book(&fixture->inventory, &order, 1000, &fixture->held), OUTCOME_OK);
    assert_int_equal(engine_extend(&fixture->inventory, &fixture->held, HOUR_MS, 2000), OUTCOME_OK);
    fixture->held.extend_key = TEXT("longer");
    order = (struct booking_order){
        .id = {{3}}, .user_id = fixture->user.id, .seats = 3, .create_key = TEXT("second")};
    assert_int_equal(engine_book(&fixture->inventory, &order, 3000, &fixture->sold), OUTCOME_OK);
    fixture->inventory.sequence = 1;
}

static int setup(void **state) {
    struct fixture *fixture = memory_new(sizeof *fixture);
    const char *parent = getenv("TMPDIR");
    char url[80];
    snprintf(fixture->folder, sizeof fixture->folder, "%s/verify-XXXXXX", parent ? parent : "/tmp");
    assert_non_null(mkdtemp(fixture->folder));
    snprintf(url, sizeof url, "lmdb://%s", fixture->folder);
    assert_int_equal(store_open(url, &booking_schema, NULL, &fixture->store), 0);
    fill(fixture);
    *state = fixture;
    return 0;
}

static int teardown(void **state) {
    struct fixture *fixture = *state;
    char command[100];
    buffer_deinit(&fixture->scratch);
    store_close(fixture->store);
    snprintf(command, sizeof command, "rm -rf '%s'", fixture->folder);
    assert_int_equal(system(command), 0);
    free(fixture);
    return 0;
}

static void commit_user(struct fixture *fixture, const struct user *user) {
    char partition[DOCS_PARTITION_SIZE];
    struct store_commit commit = {0};
    store_commit_begin(&commit, docs_user_partition(&user->id, partition), 0);
    docs_put_user(&commit, &fixture->scratch, user);
    assert_int_equal(store_commit_and_wait(fixture->store, &commit), 0);
    store_commit_deinit(&commit);
}

/* Everything of the event, in one commit that makes its partition's version 1. */
static void commit_event(struct fixture *fixture, const struct inventory *inventory,
    const struct inventory *recorded, const struct booking *const *bookings) {
    char partition[DOCS_PARTITION_SIZE];
    struct store_commit commit = {0};
    store_commit_begin(&commit, docs_event_partition(&fixture->inventory.event_id, partition), 0);
    for (; *bookings; bookings++) {
        docs_put_booking(&commit, &fixture->scratch, *bookings);
        record_put_booking(&commit, *bookings, (*bookings)->history_count, NULL);
    }
    if (inventory)
        docs_put_inventory(&commit, &fixture->scratch, inventory);
    record_put_availability(&commit, recorded, NULL);
    assert_int_equal(store_commit_and_wait(fixture->store, &commit), 0);
    store_commit_deinit(&commit);
}

static void commit_all(struct fixture *fixture) {
    const struct booking *const bookings[] = {&fixture->held, &fixture->sold, NULL};
    commit_user(fixture, &fixture->user);
    commit_event(fixture, &fixture->inventory, &fixture->inventory, bookings);
}

static void on_finding(void *data, const char *sentence) {
    struct fixture *fixture = data;
    size_t size = strlen(fixture->said);
    snprintf(fixture->said + size, sizeof fixture->said - size, "%s\n", sentence);
}

static void on_inventory(void *data, const struct inventory *inventory) {
    struct fixture *fixture = data;
    fixture->inventories++;
    assert_int_equal(inventory->capacity, fixture->inventory.capacity);
}

static void recount(struct fixture *fixture) {
    const struct verify_options options = {.key_window_ms = 24 * HOUR_MS,
        .on_finding = on_finding,
        .on_inventory = on_inventory,
        .data = fixture};
    assert_int_equal(verify_store(fixture->store, &options, &fixture->result), 0);
}

static void assert_found(struct fixture *fixture, const char *words) {
    recount(fixture);
    if (fixture->result.findings != 1 || !strstr(fixture->said, words))
        fail_msg("%llu findings, not one with \"%s\": %s",
            (unsigned long long)fixture->result.findings, words, fixture->said);
}

static void what_the_rules_write_is_clean(void **state) {
    struct fixture *fixture = *state;
    commit_all(fixture);
    recount(fixture);
    assert_string_equal(fixture->said, "");
    assert_int_equal(fixture->result.findings, 0);
    assert_int_equal(fixture->result.events, 1);
    assert_int_equal(fixture->result.bookings, 2);
    assert_int_equal(fixture->result.users, 1);
    assert_int_equal(fixture->result.records, 3);
    assert_int_equal(fixture->result.held, 2);
    assert_int_equal(fixture->result.sold, 3);
    assert_int_equal(fixture->inventories, 1);
}

static void an_empty_store_is_clean(void **state) {
    struct fixture *fixture = *state;
    recount(fixture);
    assert_int_equal(fixture->result.findings, 0);
}

/* The bookings say one thing, the inventory another; the bus was told what the inventory says. */
static void seats_that_do_not_add_up_are_found(void **state) {
    struct fixture *fixture = *state;
    fixture->inventory.sold = 4;
    commit_all(fixture);
    assert_found(fixture, "held 2, sold 4, but its bookings come to held 2, sold 3");
}

static void more_seats_than_there_are_are_found(void **state) {
    struct fixture *fixture = *state;
    fixture->inventory.capacity = 4;
    commit_all(fixture);
    assert_found(fixture, "capacity 4, held 2, sold 3 leave -1 free");
}

static void a_booking_without_its_event_is_found(void **state) {
    struct fixture *fixture = *state;
    const struct booking *const bookings[] = {&fixture->held, &fixture->sold, NULL};
    commit_user(fixture, &fixture->user);
    commit_event(fixture, NULL, &fixture->inventory, bookings);
    assert_found(fixture, "no inventory");
}

static void a_booking_without_its_user_is_found(void **state) {
    struct fixture *fixture = *state;
    fixture->sold.user_id = (struct uuid){{77}};
    commit_all(fixture);
    assert_found(fixture, "who does not exist");
}

static void a_booking_that_is_lost_is_found(void **state) {
    struct fixture *fixture = *state;
    char partition[DOCS_PARTITION_SIZE];
    struct store_commit commit = {0};
    commit_all(fixture);
    store_commit_begin(&commit, docs_event_partition(&fixture->inventory.event_id, partition), 1);
    store_commit_delete(&commit, BOOKINGS, uuid_key(&fixture->sold.id));
    fixture->inventory.sequence = 2;
    docs_put_inventory(&commit, &fixture->scratch, &fixture->inventory);
    assert_int_equal(store_commit_and_wait(fixture->store, &commit), 0);
    store_commit_deinit(&commit);
    recount(fixture);
    assert_int_equal(fixture->result.findings, 2);
    assert_non_null(strstr(fixture->said, "its bookings come to held 2, sold 0"));
    assert_non_null(strstr(fixture->said, "which does not exist"));
}

static void an_impossible_history_is_found(void **state) {
    struct fixture *fixture = *state;
    fixture->sold.history[fixture->sold.history_count++] = (struct transition){
        .time_ms = 4000, .state = BOOKING_CONFIRMED, .reason = REASON_CONFIRMED};
    commit_all(fixture);
    assert_found(fixture, "a history that the rules do not allow");
}

static void a_hold_without_a_deadline_is_found(void **state) {
    struct fixture *fixture = *state;
    fixture->held.history[fixture->held.history_count - 1].deadline_ms = 0;
    commit_all(fixture);
    assert_found(fixture, "a history that the rules do not allow");
}

static void an_expiry_before_its_time_is_found(void **state) {
    struct fixture *fixture = *state;
    fixture->inventory.held = 0;
    fixture->held.history[fixture->held.history_count++] = (struct transition){
        .time_ms = 3000, .state = BOOKING_EXPIRED, .reason = REASON_EXPIRED};
    commit_all(fixture);
    assert_found(fixture, "a history that the rules do not allow");
}

static void one_key_for_two_bookings_is_found(void **state) {
    struct fixture *fixture = *state;
    fixture->sold.create_key = TEXT("first");
    commit_all(fixture);
    assert_found(fixture, "one idempotency key stands for both");
}

static void a_key_may_be_used_again_after_its_window(void **state) {
    struct fixture *fixture = *state;
    fixture->sold.create_key = TEXT("first");
    fixture->sold.history[0].time_ms = 1000 + 24 * HOUR_MS;
    commit_all(fixture);
    recount(fixture);
    assert_string_equal(fixture->said, "");
}

static void methods_have_their_own_keys(void **state) {
    struct fixture *fixture = *state;
    fixture->held.extend_key = TEXT("second");
    fixture->user.create_key = TEXT("second");
    commit_all(fixture);
    recount(fixture);
    assert_string_equal(fixture->said, "");
}

static void one_key_for_two_users_is_found(void **state) {
    struct fixture *fixture = *state;
    struct user other = fixture->user;
    other.id = (struct uuid){{10}};
    commit_all(fixture);
    commit_user(fixture, &other);
    assert_found(fixture, "one idempotency key stands for both");
}

static void a_bus_that_was_told_otherwise_is_found(void **state) {
    struct fixture *fixture = *state;
    const struct booking *const bookings[] = {&fixture->held, &fixture->sold, NULL};
    struct inventory recorded = fixture->inventory;
    recorded.sold = 2;
    commit_user(fixture, &fixture->user);
    commit_event(fixture, &fixture->inventory, &recorded, bookings);
    assert_found(fixture, "the others were last told capacity 10, held 2, sold 2");
}

static void a_state_that_nobody_was_told_is_found(void **state) {
    struct fixture *fixture = *state;
    commit_all(fixture);
    char partition[DOCS_PARTITION_SIZE];
    struct store_commit commit = {0};
    store_commit_begin(&commit, docs_event_partition(&fixture->inventory.event_id, partition), 1);
    engine_cancel(&fixture->inventory, &fixture->sold, 5000);
    fixture->inventory.sequence = 2;
    docs_put_booking(&commit, &fixture->scratch, &fixture->sold);
    docs_put_inventory(&commit, &fixture->scratch, &fixture->inventory);
    record_put_availability(&commit, &fixture->inventory, NULL);
    assert_int_equal(store_commit_and_wait(fixture->store, &commit), 0);
    store_commit_deinit(&commit);
    assert_found(fixture, "is in state 3, but the others were last told 2");
}

static void a_version_of_another_commit_is_found(void **state) {
    struct fixture *fixture = *state;
    fixture->inventory.sequence = 7;
    commit_all(fixture);
    assert_found(fixture, "is of version 7, its partition of 1");
}

static void a_document_that_is_none_is_found(void **state) {
    struct fixture *fixture = *state;
    struct store_commit commit = {0};
    commit_all(fixture);
    store_commit_begin(&commit, TEXT("x"), 0);
    store_commit_put(&commit, USERS, uuid_key(&(struct uuid){{50}}), TEXT("junk"));
    assert_int_equal(store_commit_and_wait(fixture->store, &commit), 0);
    store_commit_deinit(&commit);
    assert_found(fixture, "a document in users is damaged");
}

static void a_record_that_is_none_is_found(void **state) {
    struct fixture *fixture = *state;
    struct store_commit commit = {0};
    struct store_record record = {.id = TEXT("x"),
        .type = TEXT("myevents.availability.changed.v1"),
        .subject = TEXT("x"),
        .data = TEXT("junk")};
    commit_all(fixture);
    store_commit_begin(&commit, TEXT("x"), 0);
    store_commit_put(&commit, INBOX, TEXT("x"), TEXT("x"));
    store_commit_record(&commit, &record);
    assert_int_equal(store_commit_and_wait(fixture->store, &commit), 0);
    store_commit_deinit(&commit);
    assert_found(fixture, "record 4 cannot be read");
}

static void a_trimmed_outbox_is_clean(void **state) {
    struct fixture *fixture = *state;
    size_t count;
    commit_all(fixture);
    assert_int_equal(store_outbox_trim(fixture->store, 3, INT64_MAX, &count), 0);
    assert_int_equal(count, 2);
    recount(fixture);
    assert_string_equal(fixture->said, "");
    assert_int_equal(fixture->result.records, 1);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        T(what_the_rules_write_is_clean),
        T(an_empty_store_is_clean),
        T(seats_that_do_not_add_up_are_found),
        T(more_seats_than_there_are_are_found),
        T(a_booking_without_its_event_is_found),
        T(a_booking_without_its_user_is_found),
        T(a_booking_that_is_lost_is_found),
        T(an_impossible_history_is_found),
        T(a_hold_without_a_deadline_is_found),
        T(an_expiry_before_its_time_is_found),
        T(one_key_for_two_bookings_is_found),
        T(a_key_may_be_used_again_after_its_window),
        T(methods_have_their_own_keys),
        T(one_key_for_two_users_is_found),
        T(a_bus_that_was_told_otherwise_is_found),
        T(a_state_that_nobody_was_told_is_found),
        T(a_version_of_another_commit_is_found),
        T(a_document_that_is_none_is_found),
        T(a_record_that_is_none_is_found),
        T(a_trimmed_outbox_is_clean),
#undef T
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
