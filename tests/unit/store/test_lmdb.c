/* SPDX-License-Identifier: Apache-2.0 */

/* What is LMDB's own: its folder, its lock, its map and its file. */

#include "fixture.h"

#include <fcntl.h>
#include <limits.h>
#include <lmdb.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int setup(void **state) {
    *state = fixture_new("lmdb");
    return 0;
}

static int teardown(void **state) {
    fixture_free(*state);
    return 0;
}

static void close_store(struct fixture *fixture) {
    store_close(fixture->store);
    fixture->store = NULL;
}

static void assert_refused(const char *url, bool read_only, int expected, const char *word) {
    struct store *store;
    struct store_options options = {.read_only = read_only};
    assert_int_equal(store_open(url, &fixture_schema, &options, &store), expected);
    if (!strstr(store_open_error(), word))
        fail_msg("\"%s\" does not say \"%s\"", store_open_error(), word);
}

static void urls_name_a_folder(void **state) {
    struct fixture *fixture = *state;
    char url[200], here[PATH_MAX];
    struct store *store;
    struct stat status;
    snprintf(url, sizeof(url), "lmdb://%s/a/b//c/", fixture->folder);
    assert_int_equal(store_open(url, &fixture_schema, NULL, &store), 0);
    store_close(store);
    assert_non_null(getcwd(here, sizeof(here)));
    assert_int_equal(chdir(fixture->folder), 0);
    assert_int_equal(store_open("lmdb:relative/folder", &fixture_schema, NULL, &store), 0);
    store_close(store);
    assert_int_equal(stat("relative/folder/data.mdb", &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(stat("a/b/c/data.mdb", &status), 0);
    assert_int_equal(chdir(here), 0);

    assert_refused("lmdb://host/folder", false, -EINVAL, "lmdb:///");
    assert_refused("lmdb:", false, -EINVAL, "lmdb:///");
    assert_refused("lmdb:///dev/null/folder", false, -ENOTDIR, "/dev/null/folder");
}

static void a_reader_needs_a_store(void **state) {
    struct fixture *fixture = *state;
    char url[200];
    snprintf(url, sizeof(url), "lmdb://%s/nowhere", fixture->folder);
    assert_refused(url, true, -ENOENT, "nowhere");
    assert_int_equal(access(url + strlen("lmdb://"), F_OK), -1);
}

static void a_collection_is_made_by_the_writer(void **state) {
    static const char *const more[] = {"documents", "rows", "new"};
    const struct store_schema newer = {"test", 7, more, 3};
    struct store_options read_only = {.read_only = true};
    struct fixture *fixture = *state;
    struct store *store;
    close_store(fixture);
    assert_int_equal(store_open(fixture->url, &newer, &read_only, &store), STORE_FOREIGN);
    assert_non_null(strstr(store_open_error(), "not all collections"));
    assert_int_equal(store_open(fixture->url, &newer, NULL, &store), 0);
    store_close(store);
    assert_int_equal(store_open(fixture->url, &newer, &read_only, &store), 0);
    store_close(store);
}

/* --- other processes --- */

/* Runs it in a process of its own. */
static pid_t start_child(void (*run)(struct fixture *fixture), struct fixture *fixture) {
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        run(fixture);
        _exit(0);
    }
    return child;
}

/* 0 when its function returned. */
static int status_of(pid_t child) {
    int status = -1;
    while (waitpid(child, &status, 0) < 0)
        assert_int_equal(errno, EINTR);
    return status;
}

static int in_child(void (*run)(struct fixture *fixture), struct fixture *fixture) {
    return status_of(start_child(run, fixture));
}

static void try_to_write(struct fixture *fixture) {
    struct store *store;
    char holder[32];
    int r = store_open(fixture->url, &fixture_schema, NULL, &store);
    snprintf(holder, sizeof(holder), "process %d", (int)getppid());
    if (r != -EBUSY || !strstr(store_open_error(), holder)) {
        fprintf(stderr, "%d: %s\n", r, store_open_error());
        _exit(1);
    }
}

static void a_second_writer_is_refused(void **state) {
    struct fixture *fixture = *state;
    assert_refused(fixture->url, false, -EBUSY, "one writer");
    assert_int_equal(in_child(try_to_write, fixture), 0);
    assert_int_equal(put(fixture, "p", 0, TEXT("a"), TEXT("1"), "event"), 0);
    fixture_reopen(fixture); /* the lock goes with its holder */
    assert_document(fixture, "a", "1");
}

static const char *expected_version; /* what the reader below must find */

static void read_beside(struct fixture *fixture) {
    struct store *store;
    struct store_options options = {.read_only = true};
    if (store_open(fixture->url, &fixture_schema, &options, &store) != 0) {
        fprintf(stderr, "%s\n", store_open_error());
        _exit(1);
    }
    struct store_view *view = store_view_open(store);
    struct text value = TEXT("");
    int r = store_get(view, DOCUMENTS, TEXT("a"), &value);
    if (r != 0 || !text_equal(value, text_from(expected_version)))
        _exit(2);
    store_view_close(view);
    store_close(store);
}

static void others_may_read_beside_the_writer(void **state) {
    struct fixture *fixture = *state;
    for (unsigned i = 0; i < 3; i++) {
        struct text value = text_of_string("version %u", i);
        assert_int_equal(put(fixture, "p", i, TEXT("a"), value, "event"), 0);
        expected_version = value.data;
        assert_int_equal(in_child(read_beside, fixture), 0);
    }
    expected_version = "something else";
    assert_int_not_equal(in_child(read_beside, fixture), 0); /* the child can say no */
}

static int may_go[2]; /* a pipe: closed when the writer is there */

static void copy_beside(struct fixture *fixture) {
    struct store *store;
    char byte;
    close(may_go[1]);
    if (read(may_go[0], &byte, 1) != 0)
        _exit(2);
    struct store_options options = {.read_only = true};
    char folder[160];
    fixture_path(fixture, "copy", folder);
    if (store_open(fixture->url, NULL, &options, &store) != 0 || store_backup(store, folder) != 0)
        _exit(1);
    store_close(store);
}

static void a_tool_may_copy_a_store_of_any_schema(void **state) {
    struct fixture *fixture = *state;
    char folder[160], url[200];
    assert_int_equal(put(fixture, "p", 0, TEXT("a"), TEXT("1"), "event"), 0);
    close_store(fixture); /* the copy starts a thread, so its process is forked from one without */
    assert_int_equal(pipe(may_go), 0);
    pid_t child = start_child(copy_beside, fixture);
    fixture_reopen(fixture);
    close(may_go[0]);
    close(may_go[1]);
    assert_int_equal(status_of(child), 0);
    fixture_path(fixture, "copy", folder);
    snprintf(url, sizeof(url), "lmdb://%s", folder);
    struct store *copy;
    struct store_stats stats;
    assert_int_equal(store_open(url, &fixture_schema, &fixture->options, &copy), 0);
    store_stats(copy, &stats);
    store_close(copy);
    assert_int_equal(stats.outbox_last, 1);
}

static void die_reading(struct fixture *fixture) {
    struct store *store;
    struct store_options options = {.read_only = true};
    if (store_open(fixture->url, &fixture_schema, &options, &store) == 0)
        store_view_open(store);
}

static void expect_no_stale_reader(struct fixture *fixture) {
    MDB_env *env;
    int stale = -1;
    char folder[160];
    fixture_path(fixture, "db", folder);
    if (mdb_env_create(&env) || mdb_env_open(env, folder, MDB_RDONLY | MDB_NOTLS, 0600) ||
        mdb_reader_check(env, &stale) || stale != 0) {
        fprintf(stderr, "%d stale readers\n", stale);
        _exit(1);
    }
}

/* Keeps the table of readers in use until `ends` are closed. */
static pid_t start_reader(struct fixture *fixture, int ends[static 2]) {
    int ready[2];
    char byte;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        close(ends[1]);
        die_reading(fixture);
        close(ready[1]);
        _exit(read(ends[0], &byte, 1) != 0);
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 0); /* the child has closed its end */
    close(ready[0]);
    return child;
}

static void a_dead_reader_is_forgotten_at_start(void **state) {
    struct fixture *fixture = *state;
    int ends[2], status;
    close_store(fixture);
    pid_t reader = start_reader(fixture, ends);
    assert_int_equal(in_child(die_reading, fixture), 0);
    fixture_reopen(fixture);
    assert_int_equal(in_child(expect_no_stale_reader, fixture), 0);
    close(ends[0]);
    close(ends[1]);
    assert_int_equal(waitpid(reader, &status, 0), reader);
    assert_int_equal(status, 0);
}

/* --- a full map --- */

struct answers {
    struct store_commit commits[64];
    int results[64];
};

static void keep_answer(struct store_commit *commit, int r) {
    struct answers *answers = commit->data;
    answers->results[commit - answers->commits] = r;
}

static void a_full_map_breaks_the_store_once(void **state) {
    struct fixture *fixture = *state;
    static struct answers answers;
    static char value[100000];
    close_store(fixture);
    fixture->options.map_size = 2 * 1024 * 1024;
    fixture_reopen(fixture);
    memset(&answers, 0, sizeof(answers));
    for (size_t i = 0; i < ARRAY_SIZE(answers.commits); i++) {
        struct store_commit *commit = &answers.commits[i];
        commit->done = keep_answer;
        commit->data = &answers;
        store_commit_begin(commit, TEXT("p"), i);
        store_commit_put(
            commit, DOCUMENTS, text_of_string("%02zu", i), (struct text){value, sizeof(value)});
        store_submit(fixture->store, commit);
    }
    assert_int_equal(put(fixture, "q", 0, TEXT("q"), TEXT("small"), "e"), -EIO);
    size_t count;
    assert_int_equal(store_outbox_trim(fixture->store, 1, 0, &count), -EIO);
    assert_int_equal(atomic_load(&fixture->broken), 1);
    assert_non_null(strstr(fixture->why, "raise the map size"));
    assert_non_null(strstr(fixture->why, fixture->folder));

    size_t good = 0; /* first come those that fitted, then none */
    while (good < ARRAY_SIZE(answers.results) && answers.results[good] == 0)
        good++;
    for (size_t i = good; i < ARRAY_SIZE(answers.results); i++)
        assert_in_range(-answers.results[i], 1, 200);
    assert_int_not_equal(good, ARRAY_SIZE(answers.results));

    fixture->options.map_size = 64 * 1024 * 1024;
    fixture_reopen(fixture);
    assert_int_equal(version_of(fixture, "p"), good);
    assert_int_equal(put(fixture, "p", good, TEXT("more"), TEXT("fits now"), "e"), 0);
    assert_document(fixture, "more", "fits now");
    for (size_t i = 0; i < ARRAY_SIZE(answers.commits); i++)
        store_commit_deinit(&answers.commits[i]);
}

/* The disk takes no more bytes: the commit fails while it is made durable, not before. */
static void write_to_a_full_disk(struct fixture *fixture) {
    static char value[400000];
    fixture_reopen(fixture);
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit = {300000, 300000};
    setrlimit(RLIMIT_FSIZE, &limit);
    int first = put(fixture, "p", 0, TEXT("small"), TEXT("1"), "event");
    int second = put(fixture, "p", 1, TEXT("large"), (struct text){value, sizeof(value)}, "event");
    int third = put(fixture, "p", 1, TEXT("after"), TEXT("3"), "event");
    if (first != 0 || second >= 0 || third != -EIO || fixture->broken != 1 ||
        !strstr(fixture->why, "could not be made durable")) {
        fprintf(stderr, "%d %d %d %d %s\n", first, second, third, fixture->broken, fixture->why);
        _exit(1);
    }
}

static void a_full_disk_breaks_the_store_once(void **state) {
    struct fixture *fixture = *state;
    close_store(fixture);
    assert_int_equal(in_child(write_to_a_full_disk, fixture), 0);
    fixture_reopen(fixture);
    assert_document(fixture, "small", "1");
    assert_document(fixture, "after", NULL);
    uint64_t version = version_of(fixture, "p");
    assert_int_equal(version, 1);
    assert_bounds(fixture, 1, 1);
    assert_int_equal(put(fixture, "p", version, TEXT("after"), TEXT("now"), "event"), 0);
}

/* --- a file that is not as it was --- */

static void data_path(struct fixture *fixture, char ret_path[static 160]) {
    fixture_path(fixture, "db/data.mdb", ret_path);
}

/* Flips a bit of the last byte of every place where `needle` stands in the file. */
static unsigned damage(struct fixture *fixture, const char *needle) {
    char path[160];
    data_path(fixture, path);
    int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    struct stat status;
    fstat(fd, &status);
    char *bytes = malloc((size_t)status.st_size);
    assert_int_equal(pread(fd, bytes, (size_t)status.st_size, 0), status.st_size);
    size_t size = strlen(needle);
    unsigned count = 0;
    for (char *at = bytes, *end = bytes + status.st_size;
         (at = memmem(at, (size_t)(end - at), needle, size)); at += size, count++) {
        char flipped = (char)(at[size - 1] ^ 0x10);
        assert_int_equal(pwrite(fd, &flipped, 1, at + size - 1 - bytes), 1);
    }
    free(bytes);
    close(fd);
    return count;
}

static void a_flipped_bit_is_seen(void **state) {
    struct fixture *fixture = *state;
    assert_int_equal(put(fixture, "p", 0, TEXT("a"), TEXT("untouched"), "id of event 1"), 0);
    assert_int_equal(put(fixture, "p", 1, TEXT("b"), TEXT("damaged document"), "id of event 2"), 0);
    assert_int_equal(put(fixture, "p", 2, TEXT("c"), TEXT("untouched too"), "id of event 3"), 0);
    close_store(fixture);
    assert_int_not_equal(damage(fixture, "damaged document"), 0);
    assert_int_not_equal(damage(fixture, "id of event 2"), 0);
    fixture_reopen(fixture);

    _cleanup_(store_view_closep) struct store_view *view = store_view_open(fixture->store);
    struct text key, value;
    assert_int_equal(store_get(view, DOCUMENTS, TEXT("b"), &value), -EBADMSG);
    assert_document(fixture, "a", "untouched");

    static const int expected[] = {0, -EBADMSG, 0, STORE_END};
    struct store_cursor cursor;
    assert_int_equal(store_cursor_begin(&cursor, view, DOCUMENTS, TEXT(""), TEXT(""), false), 0);
    for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
        assert_int_equal(store_cursor_next(&cursor, &key, &value), expected[i]);
    store_cursor_end(&cursor);

    struct store_record records[3];
    size_t count;
    assert_int_equal(store_outbox_read(view, 1, records, 3, &count), -EBADMSG);
    assert_int_equal(store_outbox_read(view, 1, records, 1, &count), 0);
    assert_int_equal(store_outbox_read(view, 3, records, 3, &count), 0);
    assert_int_equal(count, 1);
}

static void a_document_under_another_key_is_seen(void **state) {
    struct fixture *fixture = *state;
    assert_int_equal(put(fixture, "p", 0, TEXT("key of one"), TEXT("value"), ""), 0);
    close_store(fixture);
    assert_int_not_equal(damage(fixture, "key of one"), 0);
    fixture_reopen(fixture);
    _cleanup_(store_view_closep) struct store_view *view = store_view_open(fixture->store);
    struct text value;
    assert_int_equal(store_get(view, DOCUMENTS, TEXT("key of one"), &value), STORE_ABSENT);
    assert_int_equal(store_get(view, DOCUMENTS, TEXT("key of onu"), &value), -EBADMSG);
}

static void a_file_of_something_else_is_left_alone(void **state) {
    struct fixture *fixture = *state;
    char path[160], bytes[9000], after[sizeof(bytes)];
    close_store(fixture);
    data_path(fixture, path);
    memset(bytes, 'x', sizeof(bytes));
    int fd = open(path, O_RDWR | O_TRUNC);
    assert_int_equal(pwrite(fd, bytes, sizeof(bytes), 0), sizeof(bytes));
    assert_refused(fixture->url, false, STORE_FOREIGN, "data.mdb");
    assert_refused(fixture->url, true, STORE_FOREIGN, "data.mdb");
    assert_int_equal(pread(fd, after, sizeof(after), 0), sizeof(after));
    assert_memory_equal(bytes, after, sizeof(bytes));
    close(fd);
}

static void a_database_of_another_program_is_left_alone(void **state) {
    struct fixture *fixture = *state;
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi tree;
    char bytes[] = "abc";
    MDB_val val = {3, bytes};
    char folder[160], url[200];
    fixture_path(fixture, "other", folder);
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_int_equal(mdb_env_create(&env), 0);
    assert_int_equal(mdb_env_open(env, folder, 0, 0600), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, NULL, 0, &tree), 0);
    assert_int_equal(mdb_put(txn, tree, &val, &val, 0), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
    snprintf(url, sizeof(url), "lmdb://%s", folder);
    assert_refused(url, false, STORE_FOREIGN, "something else");
    assert_refused(url, true, STORE_FOREIGN, "something else");
}

int main(void) {
    static const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        T(urls_name_a_folder),
        T(a_reader_needs_a_store),
        T(a_collection_is_made_by_the_writer),
        T(a_second_writer_is_refused),
        T(others_may_read_beside_the_writer),
        T(a_tool_may_copy_a_store_of_any_schema),
        T(a_dead_reader_is_forgotten_at_start),
        T(a_full_map_breaks_the_store_once),
        T(a_full_disk_breaks_the_store_once),
        T(a_flipped_bit_is_seen),
        T(a_document_under_another_key_is_seen),
        T(a_file_of_something_else_is_left_alone),
        T(a_database_of_another_program_is_left_alone),
#undef T
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
