/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <errno.h>

#include "base/task.h"
#include "mesh/call_core.h"

static const char DETAILS_KEY[] = "grpc-status-details-bin";

/* Of one answer only; a stream's goes out under its writer's lock. */
static bool has_begun(struct call *call) {
    return call->has_sent_metadata;
}

static int metadata_add(struct call_metadata_out *out, const char *key, struct text value) {
    grpc_metadata entry;
    int r = metadata_make(text_from(key), value, &entry);
    if (r < 0)
        return r;
    if (out->count == CALL_METADATA_MAX) {
        metadata_drop(&entry);
        return -E2BIG;
    }
    out->entries[out->count++] = entry;
    return 0;
}

int call_add_initial_metadata(struct call *call, const char *key, struct text value) {
    MUTEX_GUARD(&call->writer.lock);
    return has_begun(call) ? -EALREADY : metadata_add(&call->initial, key, value);
}

int call_add_trailing_metadata(struct call *call, const char *key, struct text value) {
    MUTEX_GUARD(&call->writer.lock);
    return metadata_add(&call->trailing, key, value);
}

void call_compress(struct call *call) {
    MUTEX_GUARD(&call->writer.lock);
    call->is_compressed = true;
}

void call_skip_compression(struct call *call, bool skips) {
    assert(call_has_many_answers(call));
    writer_skip_compression(&call->writer, skips);
}

bool call_was_compressed(const struct call *call) {
    return call->was_compressed;
}

size_t call_begin_op(struct call *call, grpc_op *ret_op) {
    if (call->has_sent_metadata)
        return 0;
    call->has_sent_metadata = true;
    ret_op->op = GRPC_OP_SEND_INITIAL_METADATA;
    ret_op->data.send_initial_metadata.metadata = call->initial.entries;
    ret_op->data.send_initial_metadata.count = call->initial.count;
    if (call->is_compressed) {
        ret_op->data.send_initial_metadata.maybe_compression_level.is_set = 1;
        ret_op->data.send_initial_metadata.maybe_compression_level.level = GRPC_COMPRESS_LEVEL_MED;
    }
    return 1;
}

size_t call_trailing(const struct call *call, grpc_metadata *ret_entries) {
    size_t count = 0;
    for (; count < call->trailing.count; count++)
        ret_entries[count] = call->trailing.entries[count];
    if (GRPC_SLICE_LENGTH(call->status_details) > 0)
        ret_entries[count++] = (grpc_metadata){
            .key = grpc_slice_from_static_string(DETAILS_KEY), .value = call->status_details};
    return count;
}

static void metadata_clear(struct call_metadata_out *out) {
    for (size_t i = 0; i < out->count; i++)
        metadata_drop(&out->entries[i]);
    out->count = 0;
}

void call_clear_metadata(struct call *call) {
    metadata_clear(&call->initial);
    metadata_clear(&call->trailing);
    call->has_sent_metadata = call->is_compressed = false;
}

struct text call_metadata(const struct call *call, const char *key) {
    return metadata_find(&call->metadata, text_from(key));
}

bool call_metadata_next(
    const struct call *call, size_t *cursor, struct text *ret_key, struct text *ret_value) {
    if (*cursor >= call->metadata.count)
        return false;
    const grpc_metadata *entry = &call->metadata.metadata[(*cursor)++];
    *ret_key = slice_text(&entry->key);
    *ret_value = slice_text(&entry->value);
    return true;
}
