/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/service/bus/outbox.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/service/bus/fixture.h"

void outbox_open(struct outbox *outbox) {
    static const struct store_schema schema = {.name = "outbox-test", .version = 1};
    const char *base = getenv("TMPDIR");
    char url[96];
    *outbox = (struct outbox){0};
    snprintf(outbox->folder, sizeof(outbox->folder), "%s/outbox-XXXXXX", base ? base : "/tmp");
    assert_non_null(mkdtemp(outbox->folder));
    snprintf(url, sizeof(url), "lmdb://%s", outbox->folder);
    assert_int_equal(store_open(url, &schema, NULL, &outbox->store), 0);
}

static int remove_one(const char *path, const struct stat *stat _unused_, int kind _unused_,
    struct FTW *ftw _unused_) {
    return remove(path);
}

void outbox_close(struct outbox *outbox) {
    store_close(outbox->store);
    nftw(outbox->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void put_record(struct store_commit *commit, uint64_t sequence, const char *prefix) {
    struct record_texts texts = {0};
    struct bus_record record = record_make(sequence, &texts);
    char id[64];
    snprintf(id, sizeof(id), "%s%.*s", prefix, TEXT_ARG(record.id));
    store_commit_record(commit, &(struct store_record){.id = text_from(id),
                                    .type = record.type,
                                    .subject = record.subject,
                                    .traceparent = record.traceparent,
                                    .time_ms = record.time_ms,
                                    .data = record.data});
}

void outbox_add_named(struct outbox *outbox, size_t count, const char *prefix) {
    struct store_commit commit = {0};
    store_commit_begin(&commit, TEXT("p"), outbox->version);
    for (size_t i = 1; i <= count; i++)
        put_record(&commit, outbox->last + i, prefix);
    assert_int_equal(store_commit_and_wait(outbox->store, &commit), 0);
    assert_int_equal(commit.ret_first_sequence, outbox->last + 1);
    outbox->version = commit.ret_version;
    outbox->last += count;
    store_commit_deinit(&commit);
}

void outbox_add(struct outbox *outbox, size_t count) {
    outbox_add_named(outbox, count, "");
}
