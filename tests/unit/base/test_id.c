/* SPDX-License-Identifier: Apache-2.0 */
#include "base/id.h"

#include "base/clock.h"
#include "check.h"

#include <errno.h>
#include <pthread.h>
#include <sys/wait.h>

static int64_t id_ms(const struct id *id) {
    uint8_t bytes[ID_BYTES];
    assert_int_equal(id_to_bytes(text_from(id->text), bytes), 0);
    int64_t ms = 0;
    for (int i = 0; i < 6; i++)
        ms = ms << 8 | bytes[i];
    return ms;
}

static void an_id_is_a_uuid_of_version_7_and_carries_its_time(void **state) {
    int64_t before = clock_wall_ms();
    struct id id = id_new();
    int64_t after = clock_wall_ms();
    assert_true(id_is_valid(text_from(id.text)));
    assert_int_equal(id.text[14], '7');
    assert_non_null(strchr("89ab", id.text[19]));
    assert_in_range(id_ms(&id), before, after);
}

static void ids_grow_also_within_a_millisecond(void **state) {
    struct id last = id_new();
    for (int i = 0; i < 100000; i++) {
        struct id next = id_new();
        if (strcmp(last.text, next.text) >= 0)
            fail_msg("%s is not greater than %s", next.text, last.text);
        last = next;
    }
}

enum { THREADS = 4, IDS_PER_THREAD = 100000 };

static pthread_barrier_t all_are_here;

static void *make_ids(void *data) {
    struct id *ids = data;
    pthread_barrier_wait(&all_are_here);
    for (int i = 0; i < IDS_PER_THREAD; i++)
        ids[i] = id_new();
    return NULL;
}

/* By the 60 bits of the stamp alone: the random bits behind them would hide a stamp drawn twice. */
static int compare_stamps(const void *a, const void *b) {
    return memcmp(a, b, 18);
}

static void threads_never_share_a_stamp(void **state) {
    static struct id ids[THREADS * IDS_PER_THREAD];
    pthread_t threads[THREADS];
    pthread_barrier_init(&all_are_here, NULL, THREADS);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, make_ids, ids + i * IDS_PER_THREAD);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&all_are_here);
    for (int i = 1; i < THREADS * IDS_PER_THREAD; i++)
        if (i % IDS_PER_THREAD != 0 && compare_stamps(&ids[i - 1], &ids[i]) >= 0)
            fail_msg("%s is not greater than %s", ids[i].text, ids[i - 1].text);
    qsort(ids, THREADS * IDS_PER_THREAD, sizeof(ids[0]), compare_stamps);
    for (int i = 1; i < THREADS * IDS_PER_THREAD; i++)
        if (compare_stamps(&ids[i - 1], &ids[i]) == 0)
            fail_msg("%s and %s share a stamp", ids[i - 1].text, ids[i].text);
}

/* Runs last: the ids of this process stay ahead of the clock from then on. */
static void ids_grow_when_the_clock_steps_back(void **state) {
    int64_t now = clock_wall_ms();
    struct id ahead = id_new_at(now + 3600000);
    assert_int_equal(id_ms(&ahead), now + 3600000);
    struct id last = ahead;
    for (int i = 0; i < 10000; i++) {
        struct id next = i % 2 ? id_new() : id_new_at(now - i);
        if (compare_stamps(&last, &next) >= 0)
            fail_msg("%s is not greater than %s", next.text, last.text);
        last = next;
    }
    struct id later = id_new_at(now + 7200000);
    assert_int_equal(id_ms(&later), now + 7200000);
    struct id negative = id_new_at(-5);
    assert_true(compare_stamps(&later, &negative) < 0);
}

static void only_lower_case_uuids_are_valid(void **state) {
    static const char *const refused[] = {"", "018f1b6e-7a3c-7abc-9def-0123456789a",
        "018f1b6e-7a3c-7abc-9def-0123456789abc", "018F1b6e-7a3c-7abc-9def-0123456789ab",
        "018f1b6e 7a3c-7abc-9def-0123456789ab", "018f1b6e-7a3c-7abc-9def-0123456789ag",
        "018f1b6e7-a3c-7abc-9def-0123456789ab", "018f1b6e-7a3c-7abc-9def-01234567-9ab",
        "{18f1b6e-7a3c-7abc-9def-0123456789a}", "018f1b6e-7a3c-7abc-9def_0123456789ab"};
    uint8_t bytes[ID_BYTES] = {7};
    for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
        if (id_is_valid(text_from(refused[i])))
            fail_msg("\"%s\" is not refused", refused[i]);
        assert_int_equal(id_to_bytes(text_from(refused[i]), bytes), -EINVAL);
    }
    assert_int_equal(bytes[0], 7);
    assert_true(id_is_valid(TEXT("00000000-0000-0000-0000-000000000000")));
    assert_true(id_is_valid(TEXT("018f1b6e-7a3c-4abc-9def-0123456789ab")));
}

static void bytes_and_text_are_the_same_id(void **state) {
    static const uint8_t expected[ID_BYTES] = {0x01, 0x8f, 0x1b, 0x6e, 0x7a, 0x3c, 0x7a, 0xbc, 0x9d,
        0xef, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab};
    const char *text = "018f1b6e-7a3c-7abc-9def-0123456789ab";
    uint8_t bytes[ID_BYTES];
    char again[ID_SIZE + 1];
    assert_int_equal(id_to_bytes(text_from(text), bytes), 0);
    assert_memory_equal(bytes, expected, sizeof(expected));
    id_from_bytes(bytes, again);
    assert_string_equal(again, text);
}

static void random_bytes_fill_every_size(void **state) {
    for (size_t size = 0; size < 2000; size += 37) {
        uint8_t bytes[2000], seen[2000] = {0};
        for (int round = 0; round < 30; round++) {
            memset(bytes, 0, sizeof(bytes));
            random_bytes(bytes, size);
            for (size_t i = 0; i < size; i++)
                seen[i] |= bytes[i];
            for (size_t i = size; i < sizeof(bytes); i++)
                assert_int_equal(bytes[i], 0);
        }
        for (size_t i = 0; i < size; i++)
            if (seen[i] == 0)
                fail_msg("byte %zu of %zu was never set", i, size);
    }
}

static void a_forked_child_draws_other_randomness(void **state) {
    uint8_t ours[16], theirs[16];
    int ends[2], status = 0;
    random_bytes(ours, 1); /* the pool is filled before the fork */
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        random_bytes(theirs, sizeof(theirs));
        _exit(write(ends[1], theirs, sizeof(theirs)) != sizeof(theirs));
    }
    random_bytes(ours, sizeof(ours));
    assert_int_equal(read(ends[0], theirs, sizeof(theirs)), sizeof(theirs));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_memory_not_equal(ours, theirs, sizeof(ours));
    close(ends[0]);
    close(ends[1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_is_a_uuid_of_version_7_and_carries_its_time),
        cmocka_unit_test(ids_grow_also_within_a_millisecond),
        cmocka_unit_test(threads_never_share_a_stamp),
        cmocka_unit_test(only_lower_case_uuids_are_valid),
        cmocka_unit_test(bytes_and_text_are_the_same_id),
        cmocka_unit_test(random_bytes_fill_every_size),
        cmocka_unit_test(a_forked_child_draws_other_randomness),
        cmocka_unit_test(ids_grow_when_the_clock_steps_back),
    };
    return cmocka_run_group_tests_name("id", tests, NULL, NULL);
}
