/* SPDX-License-Identifier: Apache-2.0 */
#include "bus/redis_record.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/clock.h"
#include "bus/redis_connection.h"

/* An entry while it is read: what is text stays text, numbers are parsed afterwards. */
struct fields {
    struct text specversion, id, type, source, subject, time, sequence, traceparent, data;
};

#define NAME(literal)                                                                              \
    { literal, sizeof(literal) - 1 }

static const struct {
    struct text name;
    size_t offset;
    const char *missing; /* what is said without it; NULL: nothing */
} field_table[] = {
    {NAME("ce_specversion"), offsetof(struct fields, specversion), "ce_specversion is missing"},
    {NAME("ce_id"), offsetof(struct fields, id), "ce_id is missing"},
    {NAME("ce_type"), offsetof(struct fields, type), "ce_type is missing"},
    {NAME("ce_source"), offsetof(struct fields, source), "ce_source is missing"},
    {NAME("ce_subject"), offsetof(struct fields, subject), NULL},
    {NAME("ce_time"), offsetof(struct fields, time), "ce_time is missing"},
    {NAME("ce_sequence"), offsetof(struct fields, sequence), "ce_sequence is missing"},
    {NAME("ce_traceparent"), offsetof(struct fields, traceparent), NULL},
    {NAME("data"), offsetof(struct fields, data), "data is missing"},
};

static struct text *field_at(struct fields *fields, size_t i) {
    return (struct text *)((char *)fields + field_table[i].offset);
}

/* `guess` is where the name stands when the entry was written by us. */
static size_t field_find(struct text name, size_t guess) {
    if (guess < ARRAY_SIZE(field_table) && text_equal(field_table[guess].name, name))
        return guess;
    for (size_t i = 0; i < ARRAY_SIZE(field_table); i++)
        if (text_equal(field_table[i].name, name))
            return i;
    return ARRAY_SIZE(field_table);
}

static const char *read_fields(const redisReply *reply, struct fields *ret_fields) {
    struct fields fields = {0};
    if (reply->type != REDIS_REPLY_ARRAY)
        return "the entry has no fields";
    for (size_t i = 0; i + 1 < reply->elements; i += 2) {
        size_t found = field_find(redis_reply_text(reply->element[i]), i / 2);
        if (found < ARRAY_SIZE(field_table))
            *field_at(&fields, found) = redis_reply_text(reply->element[i + 1]);
    }
    for (size_t i = 0; i < ARRAY_SIZE(field_table); i++)
        if (field_table[i].missing && !field_at(&fields, i)->data)
            return field_table[i].missing;
    *ret_fields = fields;
    return NULL;
}

static const char *read_record(const struct fields *fields, struct bus_record *ret_record) {
    struct bus_record record = {
        .id = fields->id,
        .type = fields->type,
        .source = fields->source,
        .subject = fields->subject,
        .traceparent = fields->traceparent,
        .data = fields->data,
    };
    if (!text_equal(fields->specversion, TEXT("1.0")))
        return "ce_specversion is not 1.0";
    if (text_to_u64(fields->sequence, &record.sequence) < 0 || record.sequence == 0)
        return "ce_sequence is not a positive number";
    if (clock_parse_ms(fields->time, &record.time_ms) < 0)
        return "ce_time is not a time of RFC 3339";
    if (fields->data.size > BUS_DATA_SIZE_MAX)
        return "data is larger than 64 KiB";
    *ret_record = record;
    return NULL;
}

int redis_record_get(const redisReply *reply, struct bus_record *ret_record, const char **ret_why) {
    struct fields fields;
    *ret_why = read_fields(reply, &fields);
    if (!*ret_why)
        *ret_why = read_record(&fields, ret_record);
    return *ret_why ? -EBADMSG : 0;
}

static void put_time(struct redis_command *command, int64_t time_ms) {
    char time[CLOCK_TEXT_SIZE];
    clock_format_ms(time_ms, time);
    redis_command_string(command, time);
}

void redis_record_put(struct redis_command *command, const struct bus_record *record) {
    redis_command_text(command, record->id);
    redis_command_text(command, record->type);
    redis_command_text(command, record->subject);
    put_time(command, record->time_ms);
    redis_command_text(command, record->traceparent);
    redis_command_text(command, record->data);
}

static void put_field(struct redis_command *command, const char *name, struct text value) {
    redis_command_string(command, name);
    redis_command_text(command, value);
}

void redis_record_put_fields(struct redis_command *command, const struct bus_record *record) {
    put_field(command, "ce_specversion", TEXT("1.0"));
    put_field(command, "ce_id", record->id);
    put_field(command, "ce_type", record->type);
    put_field(command, "ce_source", record->source);
    put_field(command, "ce_subject", record->subject);
    redis_command_string(command, "ce_time");
    put_time(command, record->time_ms);
    redis_command_string(command, "ce_sequence");
    redis_command_number(command, record->sequence);
    put_field(command, "ce_traceparent", record->traceparent);
    put_field(command, "data", record->data);
}
