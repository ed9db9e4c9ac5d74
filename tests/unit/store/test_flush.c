/* SPDX-License-Identifier: Apache-2.0 */

/* This program's fdatasync() is the one that LMDB calls: it can look, and it can fail. */

#include "fixture.h"

#include <sys/syscall.h>
#include <unistd.h>

static atomic_int flush_count;
static atomic_bool flush_fails;
static void (*on_flush)(void);

int fdatasync(int fd) {
    atomic_fetch_add(&flush_count, 1);
    if (on_flush)
        on_flush();
    if (atomic_load(&flush_fails)) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_fdatasync, fd);
}

enum { COMMITS = 20 };

static struct store_commit commits[COMMITS];
static atomic_int answer_count, answers_at_flush;
static int results[COMMITS];

static void keep_answer(struct store_commit *commit, int r) {
    results[commit - commits] = r;
    atomic_fetch_add(&answer_count, 1);
}

static void submit_all(struct fixture *fixture) {
    for (unsigned i = 0; i < COMMITS; i++) {
        commits[i].done = keep_answer;
        store_commit_begin(&commits[i], TEXT("p"), i);
        store_commit_put(&commits[i], DOCUMENTS, text_of_string("%u", i), TEXT("x"));
        store_submit(fixture->store, &commits[i]);
    }
}

static int setup(void **state) {
    *state = fixture_new("lmdb");
    atomic_store(&flush_fails, false);
    atomic_store(&answer_count, 0);
    atomic_store(&answers_at_flush, -1);
    on_flush = NULL;
    return 0;
}

static int teardown(void **state) {
    fixture_free(*state);
    for (unsigned i = 0; i < COMMITS; i++)
        store_commit_deinit(&commits[i]);
    memset(commits, 0, sizeof(commits));
    return 0;
}

static void note_answers(void) {
    atomic_store(&answers_at_flush, atomic_load(&answer_count));
}

static void no_answer_comes_before_its_flush(void **state) {
    struct fixture *fixture = *state;
    static struct hold hold;
    hold_on(fixture, &hold, "hold", 0);
    int flushes = atomic_load(&flush_count);
    submit_all(fixture);
    on_flush = note_answers;
    let_go(&hold);
    fixture_reopen(fixture); /* all are answered */
    assert_int_equal(atomic_load(&answer_count), COMMITS);
    assert_int_equal(atomic_load(&answers_at_flush), 0);
    assert_int_equal(atomic_load(&flush_count) - flushes, 1); /* shared by all */
    store_commit_deinit(&hold.commit);
}

static void a_commit_without_change_needs_no_flush(void **state) {
    struct fixture *fixture = *state;
    int flushes = atomic_load(&flush_count);
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(put(fixture, "p", 9, TEXT("a"), TEXT("x"), "e"), STORE_CONFLICT);
    assert_int_equal(atomic_load(&flush_count), flushes);
    assert_int_equal(put(fixture, "p", 0, TEXT("a"), TEXT("x"), "e"), 0);
    assert_int_equal(atomic_load(&flush_count), flushes + 1);
}

static void a_failed_flush_breaks_the_store_once(void **state) {
    struct fixture *fixture = *state;
    static struct hold hold;
    hold_on(fixture, &hold, "hold", 0);
    submit_all(fixture);
    atomic_store(&flush_fails, true);
    let_go(&hold);
    assert_int_equal(put(fixture, "q", 0, TEXT("a"), TEXT("x"), "e"), -EIO);
    atomic_store(&flush_fails, false); /* that it may work again does not matter */
    assert_int_equal(put(fixture, "q", 0, TEXT("a"), TEXT("x"), "e"), -EIO);
    assert_int_equal(atomic_load(&answer_count), COMMITS);
    for (unsigned i = 0; i < COMMITS; i++)
        assert_int_equal(results[i], -EIO);
    assert_int_equal(atomic_load(&fixture->broken), 1);
    assert_non_null(strstr(fixture->why, "could not be made durable"));
    fixture_reopen(fixture);
    assert_int_equal(version_of(fixture, "q"), 0);
    assert_int_equal(put(fixture, "q", 0, TEXT("a"), TEXT("x"), "e"), 0);
    store_commit_deinit(&hold.commit);
}

static void a_failed_trim_breaks_the_store(void **state) {
    struct fixture *fixture = *state;
    size_t count;
    assert_int_equal(put(fixture, "p", 0, TEXT("a"), TEXT("x"), "event"), 0);
    atomic_store(&flush_fails, true);
    assert_int_equal(store_outbox_trim(fixture->store, 2, INT64_MAX, &count), -EIO);
    atomic_store(&flush_fails, false);
    assert_int_equal(put(fixture, "p", 1, TEXT("a"), TEXT("x"), "e"), -EIO);
    assert_int_equal(atomic_load(&fixture->broken), 1);
    fixture_reopen(fixture);
    assert_int_equal(version_of(fixture, "p"), 1);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        T(no_answer_comes_before_its_flush),
        T(a_commit_without_change_needs_no_flush),
        T(a_failed_flush_breaks_the_store_once),
        T(a_failed_trim_breaks_the_store),
#undef T
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
