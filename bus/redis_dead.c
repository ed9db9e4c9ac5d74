/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/metric.h"
#include "base/task.h"
#include "base/trace.h"
#include "bus/redis.h"
#include "bus/redis_record.h"
#include "bus/redis_subscription.h"

enum { PAGE = 100, FIELDS_MAX = 64, KEY_SIZE_MAX = 256, ENTRY_SIZE_MAX = 42 };

static void dead_key(const char *stream, char ret_key[static KEY_SIZE_MAX]) {
    snprintf(ret_key, KEY_SIZE_MAX, "%s.dead", stream);
}

/* --- a subscription's side --- */

/* A stranger's entry far ahead is no place that the group has reached. */
static bool is_passed(
    const struct redis_subscription *s, const struct redis_source *source, struct text entry) {
    return !source->is_replay && redis_entry_sequence(entry) <= s->delivery.applied + 1;
}

static int begin_burial(struct redis_subscription *s, const struct redis_source *source,
    struct text entry, const char *reason) {
    struct redis_command *command = &s->reading.command;
    int r = redis_script_begin(&s->reading, REDIS_SCRIPT_BURY, 2);
    if (r < 0)
        return r;
    redis_command_strings(command, source->key, s->dead_key, s->options.group, NULL);
    redis_command_text(command, entry);
    redis_command_strings(command,
        source->is_replay             ? "delete"
        : is_passed(s, source, entry) ? "pass"
                                      : "leave",
        reason, NULL);
    return 0;
}

static int end_burial(struct redis_subscription *s, const struct redis_source *source,
    struct text entry, struct text traceparent, const char *reason) {
    struct trace trace = {0};
    const struct log_scope scope = {.component = "bus", .trace = &trace};
    if (trace_parse(traceparent, &trace) < 0)
        trace = (struct trace){0};
    _cleanup_(redis_reply_freep) redisReply *reply = NULL;
    int r = redis_script_call(&s->reading, REDIS_SCRIPT_BURY, &reply);
    if (r < 0)
        return r;
    if (is_passed(s, source, entry))
        s->done[0] = 0; /* the group's mark is further now */
    metric_add(s->metrics.refused, 1);
    log_error(&scope, "record went to the dead letters stream=%s group=%s entry=%.*s reason=%s",
        s->options.stream, s->options.group, TEXT_ARG(entry), reason);
    return 0;
}

int redis_bury_record(struct redis_subscription *s, const struct redis_source *source,
    struct text entry, const struct bus_record *record, const char *reason) {
    int r = begin_burial(s, source, entry, reason);
    if (r < 0)
        return r;
    redis_record_put_fields(&s->reading.command, record);
    return end_burial(s, source, entry, record->traceparent, reason);
}

int redis_bury_entry(struct redis_subscription *s, const struct redis_source *source,
    struct text entry, const redisReply *fields, const char *reason) {
    int r = begin_burial(s, source, entry, reason);
    if (r < 0)
        return r;
    for (size_t i = 0; redis_reply_is_array(fields, i + 1) && i < FIELDS_MAX; i++)
        redis_command_text(&s->reading.command, redis_reply_text(fields->element[i]));
    return end_burial(s, source, entry, TEXT(""), reason);
}

/* --- reading them, page by page --- */

static int read_page(struct redis_connection *connection, const char *key, const char *from,
    const char *to, redisReply **ret_reply) {
    struct redis_command *command = &connection->command;
    redis_command_begin(command, "XRANGE");
    redis_command_strings(command, key, from, to, "COUNT", NULL);
    redis_command_number(command, PAGE);
    return redis_call(connection, ret_reply);
}

/* Calls `each` with every entry; entries are arrays of an id and fields. */
static int walk(struct redis_connection *connection, const char *key,
    void (*each)(void *data, const redisReply *entry), void *data) {
    char from[40] = "-";
    for (;;) {
        _cleanup_(redis_reply_freep) redisReply *page = NULL;
        int r = read_page(connection, key, from, "+", &page);
        if (r < 0)
            return r;
        for (size_t i = 0; redis_reply_is_array(page, i + 1); i++)
            if (redis_reply_is_array(page->element[i], 2))
                each(data, page->element[i]);
        if (!redis_reply_is_array(page, PAGE))
            return 0;
        struct text last = redis_reply_text(page->element[page->elements - 1]->element[0]);
        snprintf(from, sizeof(from), "(%.*s", TEXT_ARG(last));
    }
}

static struct text find_text(const redisReply *fields, const char *name) {
    const redisReply *found = redis_reply_find(fields, name);
    return found ? redis_reply_text(found) : (struct text){0};
}

static void pass_letter(void *data, const redisReply *entry) {
    struct redis_subscription *s = data;
    const redisReply *fields = entry->element[1];
    uint64_t sequence;
    bool is_ours = text_equal(find_text(fields, "dead_group"), text_from(s->options.group));
    if (is_ours && text_to_u64(find_text(fields, "ce_sequence"), &sequence) == 0 &&
        sequence == s->delivery.applied + 1)
        delivery_pass(&s->delivery, sequence);
}

int redis_dead_pass(struct redis_subscription *s) {
    return walk(&s->reading, s->dead_key, pass_letter, s);
}

/* --- the operators' side --- */

struct letter_walk {
    void (*each)(void *data, const struct bus_dead_letter *letter);
    void *data;
};

static void copy_text(struct text text, char *ret_string, size_t room) {
    snprintf(ret_string, room, "%.*s", TEXT_ARG(text));
}

/* A letter that is no record shows what it has. */
static void show_letter(void *data, const redisReply *entry) {
    const struct letter_walk *show = data;
    const redisReply *fields = entry->element[1];
    struct bus_dead_letter letter = {0};
    const char *why;
    copy_text(redis_reply_text(entry->element[0]), letter.entry, sizeof(letter.entry));
    copy_text(find_text(fields, "dead_group"), letter.group, sizeof(letter.group));
    copy_text(find_text(fields, "dead_reason"), letter.reason, sizeof(letter.reason));
    if (redis_record_get(fields, &letter.record, &why) < 0)
        letter.record = (struct bus_record){
            .id = find_text(fields, "ce_id"),
            .type = find_text(fields, "ce_type"),
            .data = find_text(fields, "data"),
        };
    show->each(show->data, &letter);
}

int redis_bus_dead_letters(struct bus *bus, const char *stream,
    void (*each)(void *data, const struct bus_dead_letter *letter), void *data) {
    struct redis_bus *redis = redis_bus(bus);
    struct letter_walk show = {each, data};
    char key[KEY_SIZE_MAX];
    dead_key(stream, key);
    MUTEX_GUARD(&redis->lock);
    return walk(&redis->connection, key, show_letter, &show);
}

/* A page of them; *ret_last is empty when there are no more. */
static int replay_page(struct redis_connection *connection, const char *stream, const char *from,
    const char *to, size_t *ret_count, char ret_last[static ENTRY_SIZE_MAX]) {
    _cleanup_(redis_reply_freep) redisReply *reply = NULL;
    char key[KEY_SIZE_MAX];
    int r = redis_script_begin(connection, REDIS_SCRIPT_REPLAY, 1);
    if (r < 0)
        return r;
    dead_key(stream, key);
    redis_command_strings(&connection->command, key, from, to, stream, NULL);
    redis_command_number(&connection->command, PAGE);
    r = redis_script_call(connection, REDIS_SCRIPT_REPLAY, &reply);
    if (r < 0)
        return r;
    if (!redis_reply_is_array(reply, 2))
        return -EPROTO;
    *ret_count = (size_t)redis_reply_number(reply->element[0]);
    copy_text(redis_reply_text(reply->element[1]), ret_last, ENTRY_SIZE_MAX);
    return 0;
}

static int replay_range(struct redis_connection *connection, const char *stream, const char *from,
    const char *to, size_t *ret_count) {
    char last[ENTRY_SIZE_MAX], after[ENTRY_SIZE_MAX + 1];
    size_t count, total = 0;
    do {
        int r = replay_page(connection, stream, from, to, &count, last);
        if (r < 0)
            return r;
        total += count;
        snprintf(after, sizeof(after), "(%s", last);
        from = after;
    } while (last[0]);
    *ret_count = total;
    return 0;
}

static int read_newest(
    struct redis_connection *connection, const char *stream, char *ret_entry, size_t room) {
    _cleanup_(redis_reply_freep) redisReply *reply = NULL;
    char key[KEY_SIZE_MAX];
    dead_key(stream, key);
    redis_command_begin(&connection->command, "XREVRANGE");
    redis_command_strings(&connection->command, key, "+", "-", "COUNT", "1", NULL);
    int r = redis_call(connection, &reply);
    if (r < 0)
        return r;
    *ret_entry = 0;
    if (redis_reply_is_array(reply, 1) && redis_reply_is_array(reply->element[0], 2))
        copy_text(redis_reply_text(reply->element[0]->element[0]), ret_entry, room);
    return 0;
}

/* Up to the newest of now: what is refused again meanwhile is not replayed in a circle. */
static int replay_all(struct redis_connection *connection, const char *stream, size_t *ret_count) {
    char newest[ENTRY_SIZE_MAX];
    int r = read_newest(connection, stream, newest, sizeof(newest));
    if (r < 0)
        return r;
    if (newest[0])
        return replay_range(connection, stream, "-", newest, ret_count);
    *ret_count = 0;
    return 0;
}

int redis_bus_replay(struct bus *bus, const char *stream, const char *entry, size_t *ret_count) {
    struct redis_bus *redis = redis_bus(bus);
    MUTEX_GUARD(&redis->lock);
    if (!entry)
        return replay_all(&redis->connection, stream, ret_count);
    return replay_range(&redis->connection, stream, entry, entry, ret_count);
}
