/* SPDX-License-Identifier: Apache-2.0 */

/* Many threads write and read at once: nothing is lost, and no view shows a commit in part. */

#include "fixture.h"

#include <pthread.h>

enum { WRITERS = 4, READERS = 2, ROUNDS = 150 };

struct shared {
    struct fixture *fixture;
    atomic_bool is_over;
    atomic_uint conflicts;
    atomic_uint wrong; /* counted, because asserting is for the main thread */
    atomic_uint looks;
};

static unsigned number_at(struct store_view *view, unsigned collection, const char *key) {
    struct text value;
    char digits[16] = "";
    if (store_get(view, collection, text_from(key), &value) == 0)
        memcpy(digits, value.data, value.size < sizeof(digits) ? value.size : sizeof(digits) - 1);
    return (unsigned)atoi(digits);
}

/* Adds one to a number that all writers share, in two places, with a record. */
static int try_to_add(struct shared *shared, struct store_commit *commit) {
    struct store_view *view = store_view_open(shared->fixture->store);
    uint64_t version = 0;
    int r = store_partition_version(view, TEXT("shared"), &version);
    struct text next = text_of_string("%u", number_at(view, DOCUMENTS, "number") + 1);
    store_view_close(view);
    if (r != 0)
        return r;
    struct store_record record = record_of("added", 1000);
    store_commit_begin(commit, TEXT("shared"), version);
    store_commit_put(commit, DOCUMENTS, TEXT("number"), next);
    store_commit_put(commit, ROWS, TEXT("number"), next);
    store_commit_record(commit, &record);
    return store_commit_and_wait(shared->fixture->store, commit);
}

static void *write_rounds(void *data) {
    struct shared *shared = data;
    _cleanup_(store_commit_deinit) struct store_commit commit = {0};
    for (unsigned i = 0; i < ROUNDS;) {
        int r = try_to_add(shared, &commit);
        if (r == STORE_CONFLICT)
            atomic_fetch_add(&shared->conflicts, 1);
        else if (r != 0)
            atomic_fetch_add(&shared->wrong, 1);
        i += r != STORE_CONFLICT;
    }
    return NULL;
}

static void *read_rounds(void *data) {
    struct shared *shared = data;
    while (!atomic_load(&shared->is_over)) {
        struct store_view *view = store_view_open(shared->fixture->store);
        uint64_t first, last = 0, version = 0;
        unsigned a = number_at(view, DOCUMENTS, "number"), b = number_at(view, ROWS, "number");
        if (store_outbox_bounds(view, &first, &last) != 0 ||
            store_partition_version(view, TEXT("shared"), &version) != 0 || a != b || a != last ||
            a != version)
            atomic_fetch_add(&shared->wrong, 1);
        store_view_close(view);
        atomic_fetch_add(&shared->looks, 1);
    }
    return NULL;
}

/* Of the same snapshot in all its parts, whenever it was taken. */
static void assert_whole(const struct fixture *fixture, const char *folder) {
    char url[200];
    struct store *copy;
    snprintf(url, sizeof(url), "%s://%s", fixture_scheme, folder);
    assert_int_equal(store_open(url, &fixture_schema, NULL, &copy), 0);
    struct store_view *view = store_view_open(copy);
    uint64_t first, last, version;
    assert_int_equal(store_outbox_bounds(view, &first, &last), 0);
    assert_int_equal(store_partition_version(view, TEXT("shared"), &version), 0);
    assert_int_equal(number_at(view, DOCUMENTS, "number"), last);
    assert_int_equal(number_at(view, ROWS, "number"), last);
    assert_int_equal(version, last);
    print_message("backup at %llu\n", (unsigned long long)last);
    store_view_close(view);
    store_close(copy);
}

static void threads_lose_nothing_and_see_wholes(void **state) {
    struct shared shared = {.fixture = fixture_new(fixture_scheme)};
    pthread_t writers[WRITERS], readers[READERS];
    for (unsigned i = 0; i < READERS; i++)
        pthread_create(&readers[i], NULL, read_rounds, &shared);
    for (unsigned i = 0; i < WRITERS; i++)
        pthread_create(&writers[i], NULL, write_rounds, &shared);
    char folder[160];
    fixture_path(shared.fixture, "backup", folder);
    while (version_of(shared.fixture, "shared") < WRITERS * ROUNDS / 4)
        sched_yield(); /* until there is something to copy */
    assert_int_equal(store_backup(shared.fixture->store, folder), 0);
    for (unsigned i = 0; i < WRITERS; i++)
        pthread_join(writers[i], NULL);
    atomic_store(&shared.is_over, true);
    for (unsigned i = 0; i < READERS; i++)
        pthread_join(readers[i], NULL);

    print_message("%u conflicts, %u looks\n", shared.conflicts, shared.looks);
    assert_int_equal(shared.wrong, 0);
    assert_int_not_equal(shared.looks, 0);
    assert_document(
        shared.fixture, "number", text_of_string("%u", (unsigned)(WRITERS * ROUNDS)).data);
    assert_bounds(shared.fixture, 1, WRITERS * ROUNDS);
    assert_whole(shared.fixture, folder);
    fixture_free(shared.fixture);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_lose_nothing_and_see_wholes)};
    return run_over_drivers(tests, ARRAY_SIZE(tests));
}
