/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>

#include "base/metric.h"
#include "bus/redis_record.h"
#include "bus/redis_subscription.h"

/* --- from entries to batches --- */

static void batch_add(
    struct redis_batch *batch, struct text entry, const struct bus_record *record) {
    batch->records[batch->count] = *record;
    batch->entries[batch->count++] = entry;
}

static int read_entry(const struct redis_source *source, const redisReply *entry,
    struct bus_record *ret_record, const char **ret_why) {
    int r = redis_record_get(entry->element[1], ret_record, ret_why);
    if (r < 0)
        return r;
    ret_record->replayed = source->is_replay;
    if (source->is_replay || ret_record->sequence == redis_reply_sequence(entry->element[0]))
        return 0;
    *ret_why = "ce_sequence is not the entry's place in the stream";
    return -EBADMSG;
}

static int deliver_batch(
    struct redis_subscription *s, struct redis_source *source, struct redis_batch *batch) {
    metric_set(s->metrics.pending, (int64_t)batch->count);
    int r = source->is_replay ? redis_deliver_replayed(s, batch) : redis_deliver_in_order(s, batch);
    metric_set(s->metrics.pending, 0);
    batch->count = 0;
    return r;
}

/* An entry that is no record never will be one: it goes at once, behind what was before it. */
static int take_entry(struct redis_subscription *s, struct redis_source *source,
    const redisReply *entry, struct redis_batch *batch) {
    struct bus_record record;
    const char *why;
    if (!redis_reply_is_array(entry, 2))
        return -EPROTO;
    struct text place = redis_reply_text(entry->element[0]);
    if (read_entry(source, entry, &record, &why) == 0) {
        batch_add(batch, place, &record);
        return 0;
    }
    int r = deliver_batch(s, source, batch);
    return r < 0 ? r : redis_bury_entry(s, source, place, entry->element[1], why);
}

static int take_entries(struct redis_subscription *s, struct redis_source *source,
    const redisReply *entries, struct redis_batch *batch) {
    int r = entries->elements <= BUS_BATCH_MAX ? 0 : -EPROTO;
    batch->count = 0;
    for (size_t i = 0; r == 0 && i < entries->elements; i++)
        r = take_entry(s, source, entries->element[i], batch);
    return r < 0 ? r : deliver_batch(s, source, batch);
}

static void note_read(struct redis_source *source, const redisReply *entry) {
    if (redis_reply_is_array(entry, 1))
        snprintf(source->read, sizeof(source->read), "%.*s",
            TEXT_ARG(redis_reply_text(entry->element[0])));
}

/* A stream in the reply: its key and its entries. */
static int take_stream(struct redis_subscription *s, const redisReply *stream, size_t *ret_count) {
    if (!redis_reply_is_array(stream, 2) || !redis_reply_is_array(stream->element[1], 1))
        return -EPROTO;
    const redisReply *entries = stream->element[1];
    bool is_main = text_equal(redis_reply_text(stream->element[0]), text_from(s->main.key));
    struct redis_source *source = is_main ? &s->main : &s->replay;
    int r = take_entries(s, source, entries, is_main ? &s->batch : &s->replayed);
    if (r < 0)
        return r; /* whoever reads next begins at the mark */
    note_read(source, entries->element[entries->elements - 1]);
    *ret_count = entries->elements;
    return 0;
}

int redis_intake_take(struct redis_subscription *s, const redisReply *reply, size_t *ret_count) {
    size_t total = 0, count = 0;
    int r = 0;
    for (size_t i = 0; r == 0 && redis_reply_is_array(reply, i + 1); i++) {
        r = take_stream(s, reply->element[i], &count);
        total += count;
    }
    *ret_count = total;
    return r;
}

/* --- reading --- */

static void begin_read(
    struct redis_subscription *s, struct redis_command *command, uint64_t block_ms) {
    redis_command_begin(command, "XREAD");
    redis_command_string(command, "COUNT");
    redis_command_number(command, s->options.batch_max);
    if (block_ms > 0) {
        redis_command_string(command, "BLOCK");
        redis_command_number(command, block_ms);
    }
    redis_command_string(command, "STREAMS");
}

static int read_once(struct redis_subscription *s, redisReply **ret_reply) {
    int r = redis_ack_exchange(s, &s->read);
    return r < 0 ? r : redis_receive_unless(&s->reading, s->nap.end_fd, ret_reply);
}

int redis_intake(struct redis_subscription *s) {
    _cleanup_(redis_reply_freep) redisReply *reply = NULL;
    size_t count;
    begin_read(s, &s->read, REDIS_BLOCK_MS);
    redis_command_strings(&s->read, s->replay.key, s->main.key, s->replay.read, s->main.read, NULL);
    int r = read_once(s, &reply);
    if (r < 0)
        return r;
    return reply->type == REDIS_REPLY_NIL ? redis_gap_ask_tail(s)
                                          : redis_intake_take(s, reply, &count);
}

int redis_intake_read_replayed(struct redis_subscription *s, redisReply **ret_reply) {
    begin_read(s, &s->read, 0);
    redis_command_strings(&s->read, s->replay.key, s->replay.read, NULL);
    return read_once(s, ret_reply);
}
