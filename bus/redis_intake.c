/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "bus/redis_record.h"
#include "bus/redis_subscription.h"

/* --- from entries to records --- */

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

/* An entry that is no record never will be one: it goes at once, and the rest follows. */
static int sort_entry(struct redis_subscription *s, struct redis_source *source,
    const redisReply *entry, struct redis_batch *batch) {
    struct bus_record record;
    const char *why;
    if (!redis_reply_is_array(entry, 2))
        return -EPROTO;
    struct text place = redis_reply_text(entry->element[0]);
    if (entry->element[1]->type == REDIS_REPLY_NIL) {
        /* Deleted while it was pending. The next record will miss it. */
        redis_ack(s, source, place);
        return 0;
    }
    if (read_entry(source, entry, &record, &why) < 0)
        return redis_bury_entry(s, source, place, entry->element[1], why);
    batch_add(batch, place, &record);
    return 0;
}

static int take_entries(struct redis_subscription *s, struct redis_source *source,
    const redisReply *entries, struct redis_batch *batch) {
    int r = entries->elements <= BUS_BATCH_MAX ? 0 : -EPROTO;
    batch->count = 0;
    for (size_t i = 0; r == 0 && i < entries->elements; i++)
        r = sort_entry(s, source, entries->element[i], batch);
    return r;
}

/* A stream in the reply: its key and its entries. */
static int take_stream(struct redis_subscription *s, const redisReply *stream, size_t *ret_count) {
    if (!redis_reply_is_array(stream, 2) || !redis_reply_is_array(stream->element[1], 0))
        return -EPROTO;
    const redisReply *entries = stream->element[1];
    bool is_main = text_equal(redis_reply_text(stream->element[0]), text_from(s->main.key));
    struct redis_batch *batch = is_main ? &s->batch : &s->replayed;
    int r = take_entries(s, is_main ? &s->main : &s->replay, entries, batch);
    if (r < 0)
        return r;
    *ret_count = entries->elements;
    return is_main ? redis_deliver_in_order(s, batch, redis_gap_mend)
                   : redis_deliver_replayed(s, batch);
}

/* --- reading --- */

static struct redis_command *begin_read(struct redis_subscription *s, uint64_t block_ms) {
    struct redis_command *command = &s->reading.command;
    redis_command_begin(command, "XREADGROUP");
    redis_command_strings(command, "GROUP", s->options.group, s->options.consumer, "COUNT", NULL);
    redis_command_number(command, s->options.batch_max);
    if (block_ms > 0) {
        redis_command_string(command, "BLOCK");
        redis_command_number(command, block_ms);
    }
    redis_command_string(command, "STREAMS");
    return command;
}

static int read_once(struct redis_subscription *s, redisReply **ret_reply) {
    unsigned acks = redis_ack_send(s);
    redis_send(&s->reading, &s->reading.command);
    int r = redis_ack_receive(s, acks);
    return r < 0 ? r : redis_receive_unless(&s->reading, s->nap.end_fd, ret_reply);
}

/* What is replayed comes first: it may fill a gap before the rest. */
static int read_pending(struct redis_subscription *s, redisReply **ret_reply) {
    redis_command_strings(begin_read(s, 0), s->replay.key, s->main.key, "0", "0", NULL);
    return read_once(s, ret_reply);
}

static int read_new(struct redis_subscription *s, redisReply **ret_reply) {
    redis_command_strings(
        begin_read(s, REDIS_BLOCK_MS), s->replay.key, s->main.key, ">", ">", NULL);
    return read_once(s, ret_reply);
}

/* The first stream that has any; the other one's stay pending until they are read again. */
static int take_pending(struct redis_subscription *s, const redisReply *reply) {
    size_t count = 0;
    int r = 0;
    for (size_t i = 0; r == 0 && count == 0 && redis_reply_is_array(reply, i + 1); i++)
        r = take_stream(s, reply->element[i], &count);
    if (r == 0 && count == 0)
        s->is_catching_up = false;
    return r;
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

int redis_intake(struct redis_subscription *s) {
    _cleanup_(redis_reply_freep) redisReply *reply = NULL;
    bool is_pending = s->is_catching_up;
    size_t count;
    int r = is_pending ? read_pending(s, &reply) : read_new(s, &reply);
    if (r < 0)
        return r;
    if (is_pending)
        return take_pending(s, reply);
    bool is_idle = reply->type == REDIS_REPLY_NIL;
    return is_idle ? redis_gap_mend_tail(s) : redis_intake_take(s, reply, &count);
}

int redis_intake_read_replayed(struct redis_subscription *s, redisReply **ret_reply) {
    redis_command_strings(begin_read(s, 0), s->replay.key, ">", NULL);
    return read_once(s, ret_reply);
}

int redis_intake_range(struct redis_subscription *s, uint64_t last, redisReply **ret_reply) {
    struct redis_command *command = &s->reading.command;
    struct bus_record record;
    const char *why;
    redis_command_begin(command, "XRANGE");
    redis_command_string(command, s->main.key);
    redis_command_entry(command, s->delivery.applied + 1);
    redis_command_entry(command, last);
    redis_command_string(command, "COUNT");
    redis_command_number(command, BUS_BATCH_MAX);
    int r = redis_call(&s->reading, ret_reply);
    if (r < 0)
        return r;
    s->mended.count = 0;
    for (size_t i = 0; i < BUS_BATCH_MAX && redis_reply_is_array(*ret_reply, i + 1); i++) {
        const redisReply *entry = (*ret_reply)->element[i];
        if (redis_reply_is_array(entry, 2) && read_entry(&s->main, entry, &record, &why) == 0)
            batch_add(&s->mended, redis_reply_text(entry->element[0]), &record);
    }
    return 0;
}
