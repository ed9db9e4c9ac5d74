/* SPDX-License-Identifier: Apache-2.0 */
#include "store/commit.h"

#include <assert.h>
#include <string.h>

#include "base/span.h"
#include "store/record.h"

/* In front of every part of commit->bytes. The first part is the partition, as a key. */
struct frame {
    uint32_t value_size;
    uint16_t key_size;
    uint8_t kind;
    uint8_t collection;
};

static bool takes(struct store_commit *commit, size_t key_size, size_t value_size, uint32_t count) {
    if (key_size > STORE_KEY_SIZE_MAX || value_size > STORE_DOCUMENT_SIZE_MAX ||
        count > STORE_COMMIT_WRITES_MAX ||
        commit->bytes.size + key_size + value_size > STORE_COMMIT_SIZE_MAX)
        commit->result = STORE_TOO_LARGE;
    return commit->result == 0;
}

static void append(struct store_commit *commit, enum operation_kind kind, unsigned collection,
    struct text key, struct text value) {
    assert(key.size > 0 && collection < STORE_COLLECTIONS_MAX);
    if (!takes(commit, key.size, value.size, commit->write_count))
        return;
    struct frame frame = {
        .value_size = (uint32_t)value.size,
        .key_size = (uint16_t)key.size,
        .kind = (uint8_t)kind,
        .collection = (uint8_t)collection,
    };
    buffer_reserve(&commit->bytes, sizeof(frame) + key.size + value.size);
    buffer_append(&commit->bytes, &frame, sizeof(frame));
    buffer_append_text(&commit->bytes, key);
    buffer_append_text(&commit->bytes, value);
}

void store_commit_begin(struct store_commit *commit, struct text partition, uint64_t version) {
    buffer_clear(&commit->bytes);
    commit->expected_version = version;
    commit->write_count = commit->record_count = commit->span_count = 0;
    span_drop_all(&commit->spans);
    commit->ret_version = commit->ret_first_sequence = 0;
    commit->result = 0;
    append(commit, OPERATION_PUT, 0, partition, TEXT(""));
}

void store_commit_put(
    struct store_commit *commit, unsigned collection, struct text key, struct text value) {
    commit->write_count++;
    append(commit, OPERATION_PUT, collection, key, value);
}

void store_commit_delete(struct store_commit *commit, unsigned collection, struct text key) {
    commit->write_count++;
    append(commit, OPERATION_DELETE, collection, key, TEXT(""));
}

void store_commit_record(struct store_commit *commit, const struct store_record *record) {
    commit->record_count++;
    if (!record_fits(record))
        commit->result = STORE_TOO_LARGE;
    if (!takes(commit, 0, record->data.size, commit->record_count))
        return;
    struct frame frame = {.value_size = (uint32_t)record_size(record), .kind = OPERATION_RECORD};
    buffer_append(&commit->bytes, &frame, sizeof(frame));
    record_append(&commit->bytes, record);
}

void store_commit_trace(
    struct store_commit *commit, const struct trace *parent, struct trace *ret_trace) {
    if (commit->span_count == STORE_COMMIT_SPANS_MAX) {
        *ret_trace = *parent;
        return;
    }
    struct span *span = span_begin_step(SPAN_INTERNAL, "commit", parent, ret_trace);
    commit->span_count += span != NULL;
    span_push(&commit->spans, span);
}

void commit_end_spans(struct store_commit *commit, const char *system, size_t group_size) {
    for (struct span *span = commit->spans; span; span = span->next) {
        span_text(span, "db.system.name", text_from(system));
        span_text(span, "db.operation.name", TEXT("commit"));
        span_number(span, "db.operation.batch.size", commit->write_count);
        span_number(span, "myevents.commit.records", commit->record_count);
        span_number(span, "myevents.commit.waiting", commit->span_count);
        span_number(span, "myevents.flush.commits", (int64_t)group_size);
        if (commit->result != 0)
            span_fail(span, commit->result < 0 ? strerror(-commit->result) : "not written");
    }
    span_end_all(&commit->spans);
}

void store_commit_deinit(struct store_commit *commit) {
    if (!commit)
        return;
    buffer_deinit(&commit->bytes);
    span_drop_all(&commit->spans);
}

static const char *frame_read(const struct store_commit *commit, size_t at, struct frame *ret) {
    memcpy(ret, commit->bytes.data + at, sizeof(*ret));
    return commit->bytes.data + at + sizeof(*ret);
}

struct text commit_partition(const struct store_commit *commit) {
    struct frame frame;
    const char *key = frame_read(commit, 0, &frame);
    return (struct text){key, frame.key_size};
}

bool commit_next(const struct store_commit *commit, size_t *at, struct operation *ret_operation) {
    if (*at == 0)
        *at = sizeof(struct frame) + commit_partition(commit).size;
    if (*at == commit->bytes.size)
        return false;

    struct frame frame;
    const char *key = frame_read(commit, *at, &frame);
    *ret_operation = (struct operation){
        .kind = frame.kind,
        .collection = frame.collection,
        .key = {key, frame.key_size},
        .value = {key + frame.key_size, frame.value_size},
    };
    *at += sizeof(frame) + frame.key_size + frame.value_size;
    return true;
}
