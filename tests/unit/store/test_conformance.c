/* SPDX-License-Identifier: Apache-2.0 */

/* The contract of store.h, written once and run over every driver: commits, their order, their
 * limits, views. Cursors, outbox and care are beside. */

#include "fixture.h"

static int setup(void **state) {
    *state = fixture_new(fixture_scheme);
    return 0;
}

static int teardown(void **state) {
    fixture_free(*state);
    return 0;
}

/* --- commits --- */

static void a_commit_shows_all_of_itself(void **state) {
    struct fixture *fixture = *state;
    _cleanup_(store_commit_deinit) struct store_commit commit = {0};
    struct store_record record = record_of("first", 1000);
    store_commit_begin(&commit, TEXT("p"), 0);
    store_commit_put(&commit, DOCUMENTS, TEXT("a"), TEXT("1"));
    store_commit_put(&commit, ROWS, TEXT("a"), TEXT("row"));
    store_commit_record(&commit, &record);
    assert_int_equal(store_commit_and_wait(fixture->store, &commit), 0);
    assert_int_equal(commit.ret_version, 1);
    assert_int_equal(commit.ret_first_sequence, 1);

    _cleanup_(store_view_closep) struct store_view *view = store_view_open(fixture->store);
    struct text value;
    struct store_record found[2];
    size_t count;
    assert_document(fixture, "a", "1");
    assert_int_equal(store_get(view, ROWS, TEXT("a"), &value), 0);
    assert_text(value, "row");
    assert_int_equal(store_outbox_read(view, 0, found, 2, &count), 0);
    assert_int_equal(count, 1);
    assert_int_equal(version_of(fixture, "p"), 1);
}

static void a_conflict_writes_nothing(void **state) {
    struct fixture *fixture = *state;
    assert_int_equal(put(fixture, "p", 0, TEXT("a"), TEXT("1"), "e1"), 0);
    assert_int_equal(put(fixture, "p", 0, TEXT("a"), TEXT("lost"), "e2"), STORE_CONFLICT);
    assert_int_equal(put(fixture, "p", 2, TEXT("b"), TEXT("ahead"), "e3"), STORE_CONFLICT);
    assert_int_equal(put(fixture, "new", 1, TEXT("b"), TEXT("ahead"), "e4"), STORE_CONFLICT);
    assert_document(fixture, "a", "1");
    assert_document(fixture, "b", NULL);
    assert_bounds(fixture, 1, 1);
    assert_int_equal(version_of(fixture, "p"), 1);
    assert_int_equal(version_of(fixture, "new"), 0);
    assert_int_equal(put(fixture, "p", 1, TEXT("a"), TEXT("2"), "e5"), 0);
    assert_bounds(fixture, 1, 2);
}

/* The guard, and what happens without it: two decide on the same number, each adds one to it. */
static void the_version_keeps_an_update_from_being_lost(void **state) {
    struct fixture *fixture = *state;
    assert_int_equal(put(fixture, "p", 0, TEXT("n"), TEXT("0"), ""), 0);
    uint64_t decided_on = version_of(fixture, "p");
    assert_int_equal(put(fixture, "p", decided_on, TEXT("n"), TEXT("1"), ""), 0);
    assert_int_equal(put(fixture, "p", decided_on, TEXT("n"), TEXT("1"), ""), STORE_CONFLICT);
    uint64_t not_decided_on = version_of(fixture, "p");
    assert_int_equal(put(fixture, "p", not_decided_on, TEXT("n"), TEXT("1"), ""), 0);
    assert_document(fixture, "n", "1"); /* one of two is lost */
}

static void versions_grow_by_one_in_each_partition(void **state) {
    struct fixture *fixture = *state;
    for (uint64_t version = 0; version < 5; version++) {
        assert_int_equal(put(fixture, "p", version, TEXT("a"), TEXT("x"), ""), 0);
        assert_int_equal(version_of(fixture, "p"), version + 1);
    }
    assert_int_equal(put(fixture, "q", 0, TEXT("b"), TEXT("x"), ""), 0);
    assert_int_equal(version_of(fixture, "q"), 1);
    assert_int_equal(version_of(fixture, "p"), 5);
    assert_int_equal(version_of(fixture, "never"), 0);
}

static void a_commit_without_writes_is_a_version(void **state) {
    struct fixture *fixture = *state;
    _cleanup_(store_commit_deinit) struct store_commit commit = {0};
    store_commit_begin(&commit, TEXT("p"), 0);
    assert_int_equal(store_commit_and_wait(fixture->store, &commit), 0);
    assert_int_equal(commit.ret_version, 1);
    assert_int_equal(commit.ret_first_sequence, 0);
    assert_bounds(fixture, 0, 0);
}

static void the_last_operation_on_a_key_counts(void **state) {
    struct fixture *fixture = *state;
    _cleanup_(store_commit_deinit) struct store_commit commit = {0};
    store_commit_begin(&commit, TEXT("p"), 0);
    store_commit_put(&commit, DOCUMENTS, TEXT("a"), TEXT("1"));
    store_commit_put(&commit, DOCUMENTS, TEXT("a"), TEXT("two"));
    store_commit_put(&commit, DOCUMENTS, TEXT("b"), TEXT("1"));
    store_commit_delete(&commit, DOCUMENTS, TEXT("b"));
    store_commit_delete(&commit, DOCUMENTS, TEXT("c"));
    store_commit_put(&commit, DOCUMENTS, TEXT("c"), TEXT(""));
    store_commit_delete(&commit, DOCUMENTS, TEXT("absent"));
    assert_int_equal(store_commit_and_wait(fixture->store, &commit), 0);
    assert_document(fixture, "a", "two");
    assert_document(fixture, "b", NULL);
    assert_document(fixture, "c", "");
    store_commit_begin(&commit, TEXT("p"), 1);
    store_commit_delete(&commit, DOCUMENTS, TEXT("a"));
    assert_int_equal(store_commit_and_wait(fixture->store, &commit), 0);
    assert_document(fixture, "a", NULL);
}

/* --- groups and order --- */

enum { GROUP = 100 };

struct burst {
    struct store_commit commits[GROUP];
    int results[GROUP];
    unsigned order[GROUP];
    unsigned done_count;
};

static void burst_done(struct store_commit *commit, int r) {
    struct burst *burst = commit->data;
    size_t i = (size_t)(commit - burst->commits);
    burst->results[i] = r;
    burst->order[burst->done_count++] = (unsigned)i;
}

static struct store_commit *burst_begin(
    struct burst *burst, unsigned i, struct text partition, uint64_t version) {
    struct store_commit *commit = &burst->commits[i];
    commit->done = burst_done;
    commit->data = burst;
    store_commit_begin(commit, partition, version);
    return commit;
}

static void burst_deinit(struct burst *burst) {
    for (unsigned i = 0; i < GROUP; i++)
        store_commit_deinit(&burst->commits[i]);
}

static void a_conflict_harms_nobody_in_its_group(void **state) {
    struct fixture *fixture = *state;
    static struct burst burst;
    static struct hold hold;
    struct store_stats before, after;
    struct store_record record = record_of("e", 1000);
    memset(&burst, 0, sizeof(burst));
    hold_on(fixture, &hold, "hold", 0);
    store_stats(fixture->store, &before);
    for (unsigned i = 0; i < 3; i++) {
        struct store_commit *commit = burst_begin(&burst, i, TEXT("p"), i == 1 ? 9 : i / 2);
        store_commit_put(
            commit, DOCUMENTS, text_of_string("key%u", i), text_of_string("value%u", i));
        store_commit_record(commit, &record);
        store_submit(fixture->store, commit);
    }
    let_go(&hold);
    wait_for_all(fixture);
    store_stats(fixture->store, &after);

    assert_int_equal(burst.results[0], 0);
    assert_int_equal(burst.results[1], STORE_CONFLICT);
    assert_int_equal(burst.results[2], 0);
    assert_document(fixture, "key0", "value0");
    assert_document(fixture, "key1", NULL);
    assert_document(fixture, "key2", "value2");
    assert_int_equal(burst.commits[0].ret_version, 1);
    assert_int_equal(burst.commits[2].ret_version, 2);
    assert_int_equal(burst.commits[0].ret_first_sequence, 1);
    assert_int_equal(burst.commits[2].ret_first_sequence, 2);
    assert_bounds(fixture, 1, 2);
    assert_int_equal(after.conflicts - before.conflicts, 1);
    assert_int_equal(after.commits - before.commits, 3);
    assert_in_range(after.flushes - before.flushes, 1, 2); /* the three, perhaps the barrier */
    burst_deinit(&burst);
    store_commit_deinit(&hold.commit);
}

static void answers_come_in_the_order_of_submission(void **state) {
    struct fixture *fixture = *state;
    static struct burst burst;
    memset(&burst, 0, sizeof(burst));
    for (unsigned i = 0; i < GROUP; i++) {
        struct text partition = i % 2 ? TEXT("odd") : TEXT("even");
        struct store_commit *commit = burst_begin(&burst, i, partition, i / 2);
        store_commit_put(commit, DOCUMENTS, text_of_string("%03u", i), TEXT("x"));
        store_submit(fixture->store, commit);
    }
    wait_for_all(fixture);
    assert_int_equal(burst.done_count, GROUP);
    for (unsigned i = 0, next[2] = {0, 1}; i < GROUP; i++) {
        unsigned which = burst.order[i];
        assert_int_equal(burst.results[which], 0);
        assert_int_equal(which, next[which % 2]);
        next[which % 2] += 2;
    }
    burst_deinit(&burst);
}

struct chain {
    struct store_commit commit;
    struct store *store;
    unsigned done_count;
};

static void chain_done(struct store_commit *commit, int r) {
    struct chain *chain = container_of(commit, struct chain, commit);
    assert_int_equal(r, 0);
    if (++chain->done_count == 50)
        return;
    store_commit_begin(commit, TEXT("chain"), commit->ret_version);
    store_commit_put(commit, DOCUMENTS, TEXT("link"), text_of_string("%u", chain->done_count));
    store_submit(chain->store, commit);
}

static void a_commit_may_be_used_again_in_its_answer(void **state) {
    struct fixture *fixture = *state;
    struct chain chain = {.commit.done = chain_done, .store = fixture->store};
    store_commit_begin(&chain.commit, TEXT("chain"), 0);
    store_submit(fixture->store, &chain.commit);
    while (version_of(fixture, "chain") < 50)
        wait_for_all(fixture);
    wait_for_all(fixture);
    assert_int_equal(chain.done_count, 50);
    assert_document(fixture, "link", "49");
    store_commit_deinit(&chain.commit);
}

static void closing_finishes_what_was_submitted(void **state) {
    struct fixture *fixture = *state;
    static struct burst burst;
    memset(&burst, 0, sizeof(burst));
    for (unsigned i = 0; i < GROUP; i++)
        store_submit(fixture->store, burst_begin(&burst, i, TEXT("p"), i));
    fixture_reopen(fixture);
    assert_int_equal(burst.done_count, GROUP);
    assert_int_equal(version_of(fixture, "p"), GROUP);
    burst_deinit(&burst);
}

static void reopening_finds_everything(void **state) {
    struct fixture *fixture = *state;
    for (unsigned i = 0; i < 300; i++)
        assert_int_equal(put(fixture, "p", i, text_of_string("key%u", i),
                             text_of_string("value%u", i), i % 3 ? "" : "event"),
            0);
    fixture_reopen(fixture);
    for (unsigned i = 0; i < 300; i++)
        assert_document(
            fixture, text_of_string("key%u", i).data, text_of_string("value%u", i).data);
    assert_int_equal(version_of(fixture, "p"), 300);
    assert_bounds(fixture, 1, 100);
    assert_int_equal(put(fixture, "p", 300, TEXT("a"), TEXT("1"), "next"), 0);
    assert_bounds(fixture, 1, 101);
}

/* --- limits --- */

static char *filled(size_t size) {
    char *bytes = malloc(size);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)(i * 31 >> 3);
    return bytes;
}

static void documents_fit_up_to_their_limit(void **state) {
    struct fixture *fixture = *state;
    static const size_t sizes[] = {1, 1000, 2000, 2040, 4080, 4096, 65536,
        STORE_DOCUMENT_SIZE_MAX - 1, STORE_DOCUMENT_SIZE_MAX};
    char *bytes = filled(STORE_DOCUMENT_SIZE_MAX + 1);
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
        assert_int_equal(put(fixture, "p", i, text_of_string("%zu", sizes[i]),
                             (struct text){bytes, sizes[i]}, ""),
            0);
    _cleanup_(store_view_closep) struct store_view *view = store_view_open(fixture->store);
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        struct text value;
        assert_int_equal(store_get(view, DOCUMENTS, text_of_string("%zu", sizes[i]), &value), 0);
        assert_int_equal(value.size, sizes[i]);
        assert_memory_equal(value.data, bytes, sizes[i]);
    }
    free(bytes);
}

static void what_is_too_large_is_refused_alone(void **state) {
    struct fixture *fixture = *state;
    char *bytes = filled(STORE_DOCUMENT_SIZE_MAX + 1);
    struct text too_large = {bytes, STORE_DOCUMENT_SIZE_MAX + 1};
    struct text long_key = {bytes, STORE_KEY_SIZE_MAX + 1};
    char partition[STORE_KEY_SIZE_MAX + 2] = "";
    memset(partition, 'p', STORE_KEY_SIZE_MAX + 1);
    assert_int_equal(put(fixture, "p", 0, TEXT("a"), too_large, "e"), STORE_TOO_LARGE);
    assert_int_equal(put(fixture, "p", 0, long_key, TEXT("1"), "e"), STORE_TOO_LARGE);
    assert_int_equal(put(fixture, partition, 0, TEXT("a"), TEXT("1"), "e"), STORE_TOO_LARGE);

    _cleanup_(store_commit_deinit) struct store_commit commit = {0};
    struct store_record record = record_of("e", 0);
    store_commit_begin(&commit, TEXT("p"), 0);
    record.subject = long_key;
    store_commit_record(&commit, &record);
    assert_int_equal(store_commit_and_wait(fixture->store, &commit), STORE_TOO_LARGE);

    store_commit_begin(&commit, TEXT("p"), 0);
    for (unsigned i = 0; i < 17; i++) /* each fits, all do not */
        store_commit_put(&commit, DOCUMENTS, text_of_string("%u", i),
            (struct text){bytes, STORE_DOCUMENT_SIZE_MAX});
    assert_int_equal(store_commit_and_wait(fixture->store, &commit), STORE_TOO_LARGE);

    assert_int_equal(version_of(fixture, "p"), 0);
    assert_bounds(fixture, 0, 0);
    assert_int_equal(put(fixture, "p", 0, TEXT("a"), TEXT("1"), "e"), 0);
    free(bytes);
}

static void a_commit_has_a_limit_of_writes(void **state) {
    struct fixture *fixture = *state;
    _cleanup_(store_commit_deinit) struct store_commit commit = {0};
    for (unsigned over = 0; over < 2; over++) {
        store_commit_begin(&commit, TEXT("p"), over);
        for (unsigned i = 0; i < STORE_COMMIT_WRITES_MAX + over; i++)
            store_commit_put(&commit, DOCUMENTS, text_of_string("%u/%u", over, i), TEXT("x"));
        assert_int_equal(
            store_commit_and_wait(fixture->store, &commit), over ? STORE_TOO_LARGE : 0);
    }
    assert_document(fixture, "0/4095", "x");
    assert_document(fixture, "1/0", NULL);
}

static void keys_may_hold_any_bytes(void **state) {
    struct fixture *fixture = *state;
    char longest[STORE_KEY_SIZE_MAX];
    memset(longest, 0xff, sizeof(longest));
    struct text keys[] = {TEXT("\0"), TEXT("\0\0"), TEXT("a\0b"), TEXT("\xff"), TEXT("\xff\xff"),
        {longest, sizeof(longest)}, {longest, sizeof(longest) - 1}};
    for (unsigned i = 0; i < ARRAY_SIZE(keys); i++)
        assert_int_equal(put(fixture, "p", i, keys[i], text_of_string("%u", i), ""), 0);
    _cleanup_(store_view_closep) struct store_view *view = store_view_open(fixture->store);
    for (unsigned i = 0; i < ARRAY_SIZE(keys); i++) {
        struct text value;
        assert_int_equal(store_get(view, DOCUMENTS, keys[i], &value), 0);
        assert_text(value, text_of_string("%u", i).data);
    }
    struct text value, absent[] = {TEXT("a"), TEXT("a\0"), TEXT(""), {longest, 3}};
    for (unsigned i = 0; i < ARRAY_SIZE(absent); i++)
        assert_int_equal(store_get(view, DOCUMENTS, absent[i], &value), STORE_ABSENT);
}

/* --- views --- */

static void a_view_does_not_change(void **state) {
    struct fixture *fixture = *state;
    assert_int_equal(put(fixture, "p", 0, TEXT("a"), TEXT("old"), "e1"), 0);
    _cleanup_(store_view_closep) struct store_view *view = store_view_open(fixture->store);
    struct text value;
    assert_int_equal(store_get(view, DOCUMENTS, TEXT("a"), &value), 0);
    for (unsigned i = 1; i < 200; i++) /* enough to use every free page again */
        assert_int_equal(put(fixture, "p", i, TEXT("a"), text_of_string("new %u", i), "e2"), 0);
    assert_text(value, "old");

    uint64_t version, first, last;
    assert_int_equal(store_get(view, DOCUMENTS, TEXT("a"), &value), 0);
    assert_text(value, "old");
    assert_int_equal(store_partition_version(view, TEXT("p"), &version), 0);
    assert_int_equal(version, 1);
    assert_int_equal(store_outbox_bounds(view, &first, &last), 0);
    assert_int_equal(last, 1);
    assert_document(fixture, "a", "new 199");
}

static void many_views_may_be_open(void **state) {
    struct fixture *fixture = *state;
    struct store_view *views[STORE_VIEWS_MAX];
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < STORE_VIEWS_MAX; i++)
            views[i] = store_view_open(fixture->store);
        for (unsigned i = 0; i < STORE_VIEWS_MAX; i++)
            store_view_close(views[i]);
    }
    store_view_close(NULL);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        T(a_commit_shows_all_of_itself),
        T(a_conflict_writes_nothing),
        T(the_version_keeps_an_update_from_being_lost),
        T(versions_grow_by_one_in_each_partition),
        T(a_commit_without_writes_is_a_version),
        T(the_last_operation_on_a_key_counts),
        T(a_conflict_harms_nobody_in_its_group),
        T(answers_come_in_the_order_of_submission),
        T(a_commit_may_be_used_again_in_its_answer),
        T(closing_finishes_what_was_submitted),
        T(reopening_finds_everything),
        T(documents_fit_up_to_their_limit),
        T(what_is_too_large_is_refused_alone),
        T(a_commit_has_a_limit_of_writes),
        T(keys_may_hold_any_bytes),
        T(a_view_does_not_change),
        T(many_views_may_be_open),
#undef T
    };
    return run_over_drivers(tests, ARRAY_SIZE(tests));
}
