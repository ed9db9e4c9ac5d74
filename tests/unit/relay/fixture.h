/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A store of the test's own, with an outbox that it fills. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "store/store.h"

struct fixture {
    char folder[64];
    struct store *store;
    uint64_t version;
};

static inline void open_store(struct fixture *fixture) {
    static const struct store_schema schema = {.name = "relay-test", .version = 1};
    char url[96];
    snprintf(url, sizeof(url), "lmdb://%s", fixture->folder);
    assert_int_equal(store_open(url, &schema, NULL, &fixture->store), 0);
}

static inline int setup(void **state) {
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    const char *base = getenv("TMPDIR");
    snprintf(fixture->folder, sizeof(fixture->folder), "%s/relay-XXXXXX", base ? base : "/tmp");
    assert_non_null(mkdtemp(fixture->folder));
    open_store(fixture);
    *state = fixture;
    return 0;
}

static inline int remove_one(const char *path, const struct stat *stat _unused_, int kind _unused_,
    struct FTW *ftw _unused_) {
    return remove(path);
}

static inline int teardown(void **state) {
    struct fixture *fixture = *state;
    store_close(fixture->store);
    nftw(fixture->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(fixture);
    return 0;
}

/* Commits `count` records of `size` bytes each; their ids are "id-1", "id-2" ... by sequence when
 * this is all that fills the outbox. */
static inline void add_records(struct fixture *fixture, size_t count, size_t size) {
    struct store_commit commit = {0};
    struct store_stats stats;
    char id[32], *data = calloc(1, size + 1);
    memset(data, 'x', size);
    store_stats(fixture->store, &stats);
    store_commit_begin(&commit, TEXT("p"), fixture->version);
    for (size_t i = 1; i <= count; i++) {
        snprintf(id, sizeof(id), "id-%llu", (unsigned long long)(stats.outbox_last + i));
        store_commit_record(&commit, &(struct store_record){.id = text_from(id),
                                         .type = TEXT("test.happened.v1"),
                                         .subject = TEXT("subject"),
                                         .time_ms = clock_wall_ms(),
                                         .data = {data, size}});
    }
    assert_int_equal(store_commit_and_wait(fixture->store, &commit), 0);
    fixture->version = commit.ret_version;
    store_commit_deinit(&commit);
    free(data);
}
