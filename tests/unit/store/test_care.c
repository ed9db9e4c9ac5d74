/* SPDX-License-Identifier: Apache-2.0 */

/* Backups, numbers and refusals of every driver. */

#include "fixture.h"

static int setup(void **state) {
    *state = fixture_new(fixture_scheme);
    return 0;
}

static int teardown(void **state) {
    fixture_free(*state);
    return 0;
}

static void assert_same_rows(struct store_view *a, struct store_view *b, unsigned collection) {
    struct store_cursor of_a, of_b;
    struct text key_a, value_a, key_b, value_b;
    assert_int_equal(store_cursor_begin(&of_a, a, collection, TEXT(""), TEXT(""), false), 0);
    assert_int_equal(store_cursor_begin(&of_b, b, collection, TEXT(""), TEXT(""), false), 0);
    for (int r = 0; r != STORE_END;) {
        r = store_cursor_next(&of_a, &key_a, &value_a);
        assert_int_equal(store_cursor_next(&of_b, &key_b, &value_b), r);
        assert_true(r == STORE_END || text_equal(key_a, key_b));
        assert_true(r == STORE_END || text_equal(value_a, value_b));
    }
    store_cursor_end(&of_a);
    store_cursor_end(&of_b);
}

static void a_backup_equals_its_store(void **state) {
    struct fixture *fixture = *state;
    char folder[160], url[200];
    for (unsigned i = 0; i < 200; i++)
        assert_int_equal(
            put(fixture, "p", i, text_of_string("%u", i), text_of_string("v%u", i), "event"), 0);
    assert_int_equal(trim(fixture, 50, INT64_MAX), 49);
    fixture_path(fixture, "backup", folder);
    assert_int_equal(store_backup(fixture->store, folder), 0);
    assert_int_equal(store_backup(fixture->store, folder), -ENOTEMPTY);

    struct store *copy;
    snprintf(url, sizeof(url), "%s://%s", fixture_scheme, folder);
    assert_int_equal(store_open(url, &fixture_schema, &fixture->options, &copy), 0);
    struct store_view *a = store_view_open(fixture->store), *b = store_view_open(copy);
    assert_same_rows(a, b, DOCUMENTS);
    assert_same_rows(a, b, ROWS);
    uint64_t first, last, version;
    assert_int_equal(store_outbox_bounds(b, &first, &last), 0);
    assert_int_equal(first, 50);
    assert_int_equal(last, 200);
    assert_int_equal(store_partition_version(b, TEXT("p"), &version), 0);
    assert_int_equal(version, 200);
    store_view_close(a);
    store_view_close(b);
    store_close(copy);
}

static void numbers_are_kept(void **state) {
    struct fixture *fixture = *state;
    struct store_stats stats;
    add_records(fixture, 0, 1, 10);
    assert_int_equal(put(fixture, "p", 3, TEXT("a"), TEXT("1"), ""), STORE_CONFLICT);
    store_stats(fixture->store, &stats);
    assert_int_equal(stats.commits, 1);
    assert_int_equal(stats.records, 10);
    assert_int_equal(stats.conflicts, 1);
    assert_int_equal(stats.flushes, 1);
    assert_int_equal(stats.outbox_first, 1);
    assert_int_equal(stats.outbox_last, 10);
    assert_true(stats.size_bytes > 0 && stats.size_bytes < stats.map_bytes);
}

static void assert_refused(
    const char *url, const struct store_schema *schema, int expected, const char *word) {
    struct store *store;
    assert_int_equal(store_open(url, schema, NULL, &store), expected);
    if (!strstr(store_open_error(), word))
        fail_msg("\"%s\" does not say \"%s\"", store_open_error(), word);
}

static void a_store_of_another_schema_is_refused(void **state) {
    struct fixture *fixture = *state;
    struct store_schema other = fixture_schema, later = fixture_schema;
    other.name = "other";
    later.version++;
    store_close(fixture->store);
    fixture->store = NULL;
    assert_refused(fixture->url, &other, STORE_FOREIGN, "\"test\" of version 7");
    assert_refused(fixture->url, &other, STORE_FOREIGN, "\"other\"");
    assert_refused(fixture->url, &later, STORE_FOREIGN, "of version 8");
    assert_refused("nosql:here", &later, -EINVAL, "nosql:here");
    assert_refused(fixture_scheme, &later, -EINVAL, "lmdb://");
}

int main(void) {
    static const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        T(a_backup_equals_its_store),
        T(numbers_are_kept),
        T(a_store_of_another_schema_is_refused),
#undef T
    };
    return run_over_drivers(tests, ARRAY_SIZE(tests));
}
