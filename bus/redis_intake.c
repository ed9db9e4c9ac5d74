/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/log.h"
#include "base/metric.h"
#include "bus/redis_record.h"
#include "bus/redis_subscription.h"

static const struct log_scope scope = {.component = "bus"};

/* --- acknowledging --- */

static void begin_acks(struct redis_subscription *s, struct redis_source *source) {
    redis_command_begin(&source->acks, "XACK");
    redis_command_strings(&source->acks, source->key, s->options.group, NULL);
    redis_command_begin(&source->deletes, "XDEL");
    redis_command_string(&source->deletes, source->key);
}

static void acknowledge(
    struct redis_subscription *s, struct redis_source *source, struct text entry) {
    if (source->ack_count++ == 0)
        begin_acks(s, source);
    redis_command_text(&source->acks, entry);
    if (source->is_replay)
        redis_command_text(&source->deletes, entry);
}

/* Returns how many replies will come. */
static unsigned send_acks(struct redis_subscription *s, struct redis_source *source) {
    if (source->ack_count == 0)
        return 0;
    source->ack_count = 0;
    redis_send(&s->reading, &source->acks);
    if (!source->is_replay)
        return 1;
    redis_send(&s->reading, &source->deletes);
    return 2;
}

static unsigned send_all_acks(struct redis_subscription *s) {
    return send_acks(s, &s->main) + send_acks(s, &s->replay);
}

static int receive_acks(struct redis_subscription *s, unsigned count) {
    int r = 0;
    while (r == 0 && count-- > 0)
        r = redis_receive_done(&s->reading);
    if (r < 0)
        redis_disconnect(&s->reading); /* more replies may be on their way */
    return r;
}

int redis_intake_acknowledge(struct redis_subscription *s) {
    return receive_acks(s, send_all_acks(s));
}

void redis_intake_reset(struct redis_subscription *s) {
    s->main.ack_count = s->replay.ack_count = 0;
}

/* --- delivering --- */

struct slice {
    const struct bus_record *records;
    const struct text *entries;
    size_t count;
};

static void slice_skip(struct slice *slice, size_t count) {
    slice->records += count;
    slice->entries += count;
    slice->count -= count;
}

static void acknowledge_front(
    struct redis_subscription *s, struct redis_source *source, struct slice *slice, size_t count) {
    for (size_t i = 0; i < count; i++)
        acknowledge(s, source, slice->entries[i]);
    slice_skip(slice, count);
}

static int bury(struct redis_subscription *s, struct redis_source *source, struct slice *slice,
    const char *reason) {
    const struct bus_record *record = slice->records;
    int r = redis_bury_record(s, source, slice->entries[0], record, reason);
    if (r < 0)
        return r;
    delivery_pass_record(&s->delivery, record);
    slice_skip(slice, 1);
    return 0;
}

/* Tries until every record of the slice is applied or dead. */
static int deliver(struct redis_subscription *s, struct redis_source *source, struct slice slice) {
    struct delivery_result result;
    int r = 0;
    while (r == 0 && slice.count > 0) {
        if (!redis_group_is_held(s))
            return -EBUSY;
        enum delivery_verdict verdict = delivery_try(
            &s->delivery, slice.records, slice.count, &result);
        metric_add(s->metrics.applied, (int64_t)result.done);
        acknowledge_front(s, source, &slice, result.done);
        if (verdict == DELIVERY_DEAD)
            r = bury(s, source, &slice, result.reason);
        else if (verdict == DELIVERY_AGAIN && !nap_take(&s->nap, result.pause_ms))
            r = -ECANCELED;
        if (r == 0 && nap_is_over(&s->nap))
            r = -ECANCELED;
    }
    return r;
}

static void skip_duplicates(
    struct redis_subscription *s, struct redis_source *source, struct slice *slice) {
    size_t count = delivery_duplicates(&s->delivery, slice->records, slice->count);
    metric_add(s->metrics.duplicates, (int64_t)count);
    acknowledge_front(s, source, slice, count);
}

static void give_up_until(struct redis_subscription *s, uint64_t sequence) {
    uint64_t applied = s->delivery.applied;
    if (sequence <= applied)
        return;
    log_error(&scope, "records lost stream=%s group=%s first=%llu last=%llu", s->options.stream,
        s->options.group, (unsigned long long)applied + 1, (unsigned long long)sequence);
    metric_add(s->metrics.lost, (int64_t)(sequence - applied));
    delivery_pass(&s->delivery, sequence);
}

static int mend_gap(struct redis_subscription *s, uint64_t last);

/* Drops what was applied, looks for what is missing, delivers run by run. */
static int deliver_in_order(struct redis_subscription *s, struct slice slice,
    int (*mend)(struct redis_subscription *s, uint64_t last)) {
    int r = 0;
    while (r == 0) {
        skip_duplicates(s, &s->main, &slice);
        if (slice.count == 0)
            break;
        uint64_t before = slice.records[0].sequence - 1;
        if (before > s->delivery.applied && mend)
            r = mend(s, before);
        if (r < 0)
            return r;
        give_up_until(s, before);
        struct slice run = slice;
        run.count = delivery_run(slice.records, slice.count);
        slice_skip(&slice, run.count);
        r = deliver(s, &s->main, run);
    }
    return r;
}

static int deliver_replayed(struct redis_subscription *s, struct slice slice) {
    int r = 0;
    while (r == 0 && slice.count > 0) {
        struct slice run = slice;
        run.count = delivery_run(slice.records, slice.count);
        slice_skip(&slice, run.count);
        r = deliver(s, &s->replay, run);
    }
    return r;
}

/* --- reading --- */

static void batch_add(
    struct redis_batch *batch, struct text entry, const struct bus_record *record) {
    batch->records[batch->count] = *record;
    batch->entries[batch->count++] = entry;
}

static struct slice batch_slice(const struct redis_batch *batch) {
    return (struct slice){batch->records, batch->entries, batch->count};
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
        acknowledge(
            s, source, place); /* deleted while it was pending; its sequence will be missed */
        return 0;
    }
    if (read_entry(source, entry, &record, &why) < 0)
        return redis_bury_entry(s, source, place, entry->element[1], why);
    batch_add(batch, place, &record);
    return 0;
}

static int take(
    struct redis_subscription *s, struct redis_source *source, const redisReply *entries) {
    struct redis_batch *batch = &s->batch;
    if (entries->type != REDIS_REPLY_ARRAY || entries->elements > BUS_BATCH_MAX)
        return -EPROTO;
    batch->count = 0;
    for (size_t i = 0; i < entries->elements; i++) {
        int r = sort_entry(s, source, entries->element[i], batch);
        if (r < 0)
            return r;
    }
    return source->is_replay ? deliver_replayed(s, batch_slice(batch))
                             : deliver_in_order(s, batch_slice(batch), mend_gap);
}

static void send_read(struct redis_subscription *s) {
    struct redis_command *command = &s->reading.command;
    const char *from = s->is_catching_up ? "0" : ">";
    redis_command_begin(command, "XREADGROUP");
    redis_command_strings(command, "GROUP", s->options.group, s->options.consumer, "COUNT", NULL);
    redis_command_number(command, s->options.batch_max);
    if (!s->is_catching_up) {
        redis_command_string(command, "BLOCK");
        redis_command_number(command, REDIS_BLOCK_MS);
    }
    redis_command_strings(command, "STREAMS", s->main.key, s->replay.key, from, from, NULL);
    redis_send(&s->reading, command);
}

static int read_once(struct redis_subscription *s, redisReply **ret_reply) {
    unsigned acks = send_all_acks(s);
    send_read(s);
    int r = receive_acks(s, acks);
    return r < 0 ? r : redis_receive_unless(&s->reading, s->nap.end_fd, ret_reply);
}

static int take_stream(struct redis_subscription *s, const redisReply *stream, size_t *total) {
    if (!redis_reply_is_array(stream, 2))
        return -EPROTO;
    bool is_main = text_equal(redis_reply_text(stream->element[0]), text_from(s->main.key));
    *total += stream->element[1]->elements;
    return take(s, is_main ? &s->main : &s->replay, stream->element[1]);
}

int redis_intake(struct redis_subscription *s) {
    _cleanup_(redis_reply_freep) redisReply *reply = NULL;
    size_t total = 0;
    int r = read_once(s, &reply);
    if (r < 0)
        return r;
    for (size_t i = 0; r == 0 && redis_reply_is_array(reply, i + 1); i++)
        r = take_stream(s, reply->element[i], &total);
    if (r == 0 && total == 0)
        s->is_catching_up = false;
    return r;
}

/* --- mending --- */

static int read_range(struct redis_subscription *s, uint64_t last, redisReply **ret_reply) {
    struct redis_command *command = &s->reading.command;
    redis_command_begin(command, "XRANGE");
    redis_command_string(command, s->main.key);
    redis_command_entry(command, s->delivery.applied + 1);
    redis_command_entry(command, last);
    redis_command_string(command, "COUNT");
    redis_command_number(command, BUS_BATCH_MAX);
    return redis_call(&s->reading, ret_reply);
}

static void collect(struct redis_subscription *s, const redisReply *entries) {
    struct bus_record record;
    const char *why;
    s->mended.count = 0;
    for (size_t i = 0; redis_reply_is_array(entries, i + 1) && i < BUS_BATCH_MAX; i++) {
        const redisReply *entry = entries->element[i];
        if (redis_reply_is_array(entry, 2) && read_entry(&s->main, entry, &record, &why) == 0)
            batch_add(&s->mended, redis_reply_text(entry->element[0]), &record);
    }
}

/* What the group was not given may stand in the stream all the same: its mark on the server was
 * moved, or a consumer that is gone took it without this one's knowing. */
static int mend_gap(struct redis_subscription *s, uint64_t last) {
    int r = 0;
    while (r == 0 && s->delivery.applied < last) {
        _cleanup_(redis_reply_freep) redisReply *reply = NULL;
        r = read_range(s, last, &reply);
        if (r < 0)
            return r;
        collect(s, reply);
        if (s->mended.count == 0)
            return 0;
        r = deliver_in_order(s, batch_slice(&s->mended), NULL);
    }
    return r;
}
