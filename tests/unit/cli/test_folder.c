/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "cli/up/folder.h"

struct fixture {
    char base[256];
    char data[300];
    char said[1024];
    struct folder folder;
};

static int setup(void **state) {
    struct fixture *fixture = memory_new(sizeof *fixture);
    const char *temporary = getenv("TMPDIR");
    snprintf(fixture->base, sizeof fixture->base, "%s/folder-test-XXXXXX",
        temporary ? temporary : "/tmp");
    assert_non_null(mkdtemp(fixture->base));
    snprintf(fixture->data, sizeof fixture->data, "%s/data", fixture->base);
    fixture->folder.lock_fd = -1;
    *state = fixture;
    return 0;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *ftw) {
    return remove(path);
}

static int teardown(void **state) {
    struct fixture *fixture = *state;
    folder_close(&fixture->folder);
    nftw(fixture->base, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    memory_freep(&fixture);
    return 0;
}

/* folder_open(), and what it says on stderr. */
static int open_saying(struct fixture *fixture, const char *path, struct folder *folder) {
    FILE *file = tmpfile();
    int err = dup(2);
    dup2(fileno(file), 2);
    int r = folder_open(path, folder);
    dup2(err, 2);
    close(err);
    rewind(file);
    fixture->said[fread(fixture->said, 1, sizeof fixture->said - 1, file)] = '\0';
    fclose(file);
    return r;
}

static void assert_opens(struct fixture *fixture) {
    assert_int_equal(open_saying(fixture, fixture->data, &fixture->folder), 0);
    assert_string_equal(fixture->said, "");
}

static void assert_refused(struct fixture *fixture, const char *words) {
    struct folder folder;
    assert_int_equal(open_saying(fixture, fixture->data, &folder), -1);
    if (!strstr(fixture->said, words) || !strstr(fixture->said, "--data"))
        fail_msg("it says \"%s\", not \"%s\" and a way out", fixture->said, words);
}

static void write_file(const struct fixture *fixture, const char *name, const char *content) {
    char path[400];
    snprintf(path, sizeof path, "%s/%s", fixture->data, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
}

static bool exists(const char *folder, const char *name) {
    char path[PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return access(path, F_OK) == 0;
}

static void a_new_folder_is_made_with_its_parts(void **state) {
    struct fixture *fixture = *state;
    assert_opens(fixture);
    static const char *const parts[] = {"VERSION", "event", "booking", "redis", "run"};
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
        assert_true(exists(fixture->data, parts[i]));
    assert_true(strlen(fixture->folder.run_path) < 60);
}

static void nobody_else_may_look_into_it(void **state) {
    struct fixture *fixture = *state;
    struct stat status;
    assert_opens(fixture);
    assert_int_equal(stat(fixture->data, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
    assert_int_equal(stat(fixture->folder.run_path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
}

static void it_is_opened_again(void **state) {
    struct fixture *fixture = *state;
    assert_opens(fixture);
    folder_close(&fixture->folder);
    assert_opens(fixture);
}

static void a_folder_of_somebody_else_is_refused(void **state) {
    struct fixture *fixture = *state;
    assert_int_equal(mkdir(fixture->data, 0700), 0);
    write_file(fixture, "thesis.tex", "years of work");
    assert_refused(fixture, "no data folder of MyEvents");
    assert_false(exists(fixture->data, "event"));
}

static void another_version_is_refused(void **state) {
    struct fixture *fixture = *state;
    assert_opens(fixture);
    folder_close(&fixture->folder);
    write_file(fixture, "VERSION", "99\n");
    assert_refused(fixture, "has version \"99\"");
    write_file(fixture, "VERSION", "");
    assert_refused(fixture, "has version \"\"");
}

static void a_folder_in_use_is_refused(void **state) {
    struct fixture *fixture = *state;
    assert_opens(fixture);
    assert_refused(fixture, "in use by another `up`");
    assert_true(exists(fixture->folder.run_path, "."));
}

static void a_file_is_no_folder(void **state) {
    struct fixture *fixture = *state;
    struct folder folder;
    FILE *file = fopen(fixture->data, "w");
    fclose(file);
    assert_int_equal(open_saying(fixture, fixture->data, &folder), -1);
    assert_non_null(strstr(fixture->said, "Not a directory"));
    assert_int_equal(open_saying(fixture, "/proc/absent/data", &folder), -1);
    assert_non_null(strstr(fixture->said, "cannot make"));
}

static void sockets_of_a_killed_one_are_removed(void **state) {
    struct fixture *fixture = *state;
    assert_opens(fixture);
    char old[PATH_MAX];
    strcpy(old, fixture->folder.run_path);
    write_file(fixture, "run/event.sock", "");
    assert_true(exists(old, "event.sock"));
    close(fixture->folder.lock_fd); /* as a kill would */
    assert_opens(fixture);
    assert_false(exists(old, "."));
    assert_true(exists(fixture->folder.run_path, "."));
}

static void closing_leaves_the_data_and_takes_the_sockets(void **state) {
    struct fixture *fixture = *state;
    assert_opens(fixture);
    char run[PATH_MAX];
    strcpy(run, fixture->folder.run_path);
    write_file(fixture, "run/redis.sock", "");
    folder_close(&fixture->folder);
    assert_false(exists(run, "."));
    assert_false(exists(fixture->data, "run"));
    assert_true(exists(fixture->data, "VERSION"));
}

int main(void) {
    static const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        T(a_new_folder_is_made_with_its_parts),
        T(nobody_else_may_look_into_it),
        T(it_is_opened_again),
        T(a_folder_of_somebody_else_is_refused),
        T(another_version_is_refused),
        T(a_folder_in_use_is_refused),
        T(a_file_is_no_folder),
        T(sockets_of_a_killed_one_are_removed),
        T(closing_leaves_the_data_and_takes_the_sockets),
#undef T
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
