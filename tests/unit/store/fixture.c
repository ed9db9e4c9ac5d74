/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <ftw.h>
#include <unistd.h>

#include "base/memory.h"

static const char *const collections[] = {[DOCUMENTS] = "documents", [ROWS] = "rows"};

const struct store_schema fixture_schema = {
    .name = "test", .version = 7, .collections = collections, .collection_count = COLLECTION_COUNT};

static const char *const schemes[] = {"lmdb"};
const char *fixture_scheme;

int run_over_drivers(const struct CMUnitTest *tests, size_t count) {
    int failed = 0;
    for (size_t i = 0; i < ARRAY_SIZE(schemes); i++) {
        fixture_scheme = schemes[i];
        failed += _cmocka_run_group_tests(fixture_scheme, tests, count, NULL, NULL);
    }
    return failed;
}

static void on_broken(void *data, const char *why) {
    struct fixture *fixture = data;
    snprintf(fixture->why, sizeof(fixture->why), "%s", why);
    atomic_fetch_add(&fixture->broken, 1);
}

static void open_store(struct fixture *fixture) {
    int r = store_open(fixture->url, &fixture_schema, &fixture->options, &fixture->store);
    if (r != 0)
        fail_msg("store_open: %d: %s", r, store_open_error());
}

struct fixture *fixture_new(const char *scheme) {
    struct fixture *fixture = memory_new(sizeof(*fixture));
    const char *temporary = getenv("TMPDIR");
    snprintf(fixture->folder, sizeof(fixture->folder), "%s/store-test-XXXXXX",
        temporary ? temporary : "/tmp");
    assert_non_null(mkdtemp(fixture->folder));
    snprintf(fixture->url, sizeof(fixture->url), "%s://%s/db", scheme, fixture->folder);
    fixture->options = (struct store_options){
        .map_size = INT64_C(1) << 30, .on_broken = on_broken, .data = fixture};
    open_store(fixture);
    return fixture;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *ftw) {
    return remove(path);
}

void fixture_free(struct fixture *fixture) {
    store_close(fixture->store);
    nftw(fixture->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(fixture);
}

void fixture_reopen(struct fixture *fixture) {
    store_close(fixture->store);
    fixture->store = NULL;
    open_store(fixture);
}

void fixture_path(const struct fixture *fixture, const char *name, char ret_path[static 160]) {
    snprintf(ret_path, 160, "%s/%s", fixture->folder, name);
}

struct text text_of_string(const char *format, ...) {
    static _Thread_local char texts[8][512]; /* the last eight stay */
    static _Thread_local unsigned next;
    char *text = texts[next++ % ARRAY_SIZE(texts)];
    va_list args;
    va_start(args, format);
    int size = vsnprintf(text, sizeof(texts[0]), format, args);
    va_end(args);
    assert_in_range(size, 0, sizeof(texts[0]) - 1);
    return (struct text){text, (size_t)size};
}

struct store_record record_of(const char *event, int64_t time_ms) {
    return (struct store_record){
        .id = text_from(event),
        .type = TEXT("test.happened.v1"),
        .subject = TEXT("subject"),
        .time_ms = time_ms,
        .data = TEXT("data"),
    };
}

int put(struct fixture *fixture, const char *partition, uint64_t version, struct text key,
    struct text value, const char *event) {
    _cleanup_(store_commit_deinit) struct store_commit commit = {0};
    store_commit_begin(&commit, text_from(partition), version);
    store_commit_put(&commit, DOCUMENTS, key, value);
    struct store_record record = record_of(event, 1000);
    if (event[0] != '\0')
        store_commit_record(&commit, &record);
    return store_commit_and_wait(fixture->store, &commit);
}

uint64_t version_of(struct fixture *fixture, const char *partition) {
    _cleanup_(store_view_closep) struct store_view *view = store_view_open(fixture->store);
    uint64_t version;
    assert_int_equal(store_partition_version(view, text_from(partition), &version), 0);
    return version;
}

void assert_text(struct text actual, const char *expected) {
    char copy[1024];
    assert_in_range(actual.size, 0, sizeof(copy) - 1);
    memcpy(copy, actual.data, actual.size);
    copy[actual.size] = '\0';
    assert_string_equal(copy, expected);
}

void assert_document(struct fixture *fixture, const char *key, const char *value) {
    _cleanup_(store_view_closep) struct store_view *view = store_view_open(fixture->store);
    struct text found;
    int r = store_get(view, DOCUMENTS, text_from(key), &found);
    assert_int_equal(r, value ? 0 : STORE_ABSENT);
    if (value)
        assert_text(found, value);
}

void assert_bounds(struct fixture *fixture, uint64_t first, uint64_t last) {
    _cleanup_(store_view_closep) struct store_view *view = store_view_open(fixture->store);
    uint64_t found_first = UINT64_MAX, found_last = UINT64_MAX;
    assert_int_equal(store_outbox_bounds(view, &found_first, &found_last), 0);
    assert_int_equal(found_first, first);
    assert_int_equal(found_last, last);
}

static void held_done(struct store_commit *commit, int r) {
    struct hold *hold = container_of(commit, struct hold, commit);
    sem_post(&hold->is_held);
    while (sem_wait(&hold->may_go) != 0)
        ;
}

void hold_on(struct fixture *fixture, struct hold *hold, const char *partition, uint64_t version) {
    *hold = (struct hold){.commit.done = held_done};
    sem_init(&hold->is_held, 0, 0);
    sem_init(&hold->may_go, 0, 0);
    store_commit_begin(&hold->commit, text_from(partition), version);
    store_submit(fixture->store, &hold->commit);
    while (sem_wait(&hold->is_held) != 0)
        ;
}

/* The commit's memory stays until the store is done with the call; the caller waits for a later
 * one, then deinits. */
void let_go(struct hold *hold) {
    sem_post(&hold->may_go);
}

/* A commit behind all others: when it is done, they are. */
void wait_for_all(struct fixture *fixture) {
    uint64_t version = version_of(fixture, "barrier");
    assert_int_equal(put(fixture, "barrier", version, TEXT("barrier"), TEXT("x"), ""), 0);
}

void add_records(struct fixture *fixture, uint64_t version, unsigned from, unsigned count) {
    _cleanup_(store_commit_deinit) struct store_commit commit = {0};
    store_commit_begin(&commit, TEXT("records"), version);
    for (unsigned i = from; i < from + count; i++) {
        struct store_record record = record_of(text_of_string("event-%u", i).data, i * 10);
        store_commit_record(&commit, &record);
    }
    assert_int_equal(store_commit_and_wait(fixture->store, &commit), 0);
    assert_int_equal(commit.ret_first_sequence, from);
}

size_t trim(struct fixture *fixture, uint64_t sequence, int64_t before_ms) {
    size_t count = 0, step;
    do {
        assert_int_equal(store_outbox_trim(fixture->store, sequence, before_ms, &step), 0);
        count += step;
    } while (step > 0);
    return count;
}
