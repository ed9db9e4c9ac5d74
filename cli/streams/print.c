/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/attr.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "cli/streams/streams.h"

static void append_field(struct buffer *out, const char *name, struct text value) {
    buffer_printf(out, ",\"%s\":", name);
    buffer_append_json_string(out, value);
}

/* What others wrote to the broker must not reach the terminal as control characters. */
static void append_shown(struct buffer *out, struct text value) {
    char scratch[TEXT_ESCAPE_SIZE];
    while (value.size > 0)
        buffer_append_text(out, text_cut_escaped(&value, scratch));
}

/* --- streams and groups --- */

static void print_group(const struct bus_group_info *group) {
    _cleanup_(buffer_deinit) struct buffer name = {0}, reader = {0};
    append_shown(&name, text_from(group->name));
    append_shown(&reader, text_from(group->reader[0] ? group->reader : "nobody"));
    printf("  %-20.*s applied %llu, lag %llu, replayed %llu, read by %.*s\n",
        TEXT_ARG(buffer_text(&name)), (unsigned long long)group->applied,
        (unsigned long long)group->lag, (unsigned long long)group->replayed,
        TEXT_ARG(buffer_text(&reader)));
}

static void print_row(const struct stream_row *row) {
    const struct bus_stream_info *info = &row->info;
    printf("%s: %llu records, %llu to %llu, %llu dead letters\n", row->name,
        (unsigned long long)info->length, (unsigned long long)info->first,
        (unsigned long long)info->last, (unsigned long long)info->dead_letters);
    for (size_t i = 0; i < info->group_count; i++)
        print_group(&info->groups[i]);
}

static void append_group(struct buffer *out, const struct bus_group_info *group) {
    buffer_append_string(out, "{\"name\":");
    buffer_append_json_string(out, text_from(group->name));
    buffer_printf(out, ",\"applied\":%llu,\"lag\":%llu,\"replayed\":%llu,\"reader\":",
        (unsigned long long)group->applied, (unsigned long long)group->lag,
        (unsigned long long)group->replayed);
    buffer_append_json_string(out, text_from(group->reader));
    buffer_append_char(out, '}');
}

static void append_row(struct buffer *out, const struct stream_row *row) {
    const struct bus_stream_info *info = &row->info;
    buffer_append_string(out, "{\"name\":");
    buffer_append_json_string(out, text_from(row->name));
    buffer_printf(out,
        ",\"length\":%llu,\"first\":%llu,\"last\":%llu,\"deadLetters\":%llu,\"groups\":[",
        (unsigned long long)info->length, (unsigned long long)info->first,
        (unsigned long long)info->last, (unsigned long long)info->dead_letters);
    for (size_t i = 0; i < info->group_count; i++) {
        if (i > 0)
            buffer_append_char(out, ',');
        append_group(out, &info->groups[i]);
    }
    buffer_append_string(out, "]}");
}

void print_streams(const struct stream_row *rows, size_t count, bool as_json) {
    _cleanup_(buffer_deinit) struct buffer out = {0};
    for (size_t i = 0; i < count; i++) {
        if (!as_json) {
            print_row(&rows[i]);
            continue;
        }
        buffer_append_char(&out, i == 0 ? '[' : ',');
        append_row(&out, &rows[i]);
    }
    if (as_json)
        printf("%.*s]\n", TEXT_ARG(buffer_text(&out)));
}

/* --- dead letters --- */

void print_letters_begin(const struct letter_printer *printer) {
    if (printer->as_json)
        printf("[");
}

static void print_letter_json(
    const struct letter_printer *printer, const struct bus_dead_letter *letter, const char *time) {
    _cleanup_(buffer_deinit) struct buffer out = {0};
    buffer_append_string(&out, "{\"stream\":");
    buffer_append_json_string(&out, text_from(printer->stream));
    append_field(&out, "entry", text_from(letter->entry));
    append_field(&out, "group", text_from(letter->group));
    append_field(&out, "reason", text_from(letter->reason));
    buffer_printf(&out, ",\"sequence\":%llu", (unsigned long long)letter->record.sequence);
    append_field(&out, "id", letter->record.id);
    append_field(&out, "type", letter->record.type);
    append_field(&out, "subject", letter->record.subject);
    append_field(&out, "time", text_from(time));
    printf("%s%.*s}", printer->count ? "," : "", TEXT_ARG(buffer_text(&out)));
}

static void print_letter_text(
    const struct letter_printer *printer, const struct bus_dead_letter *letter, const char *time) {
    _cleanup_(buffer_deinit) struct buffer out = {0};
    buffer_printf(&out, "%s %s group ", printer->stream, letter->entry);
    append_shown(&out, text_from(letter->group));
    buffer_append_string(&out, ": \"");
    append_shown(&out, text_from(letter->reason));
    buffer_printf(&out, "\"\n  record %llu ", (unsigned long long)letter->record.sequence);
    append_shown(&out, letter->record.type);
    buffer_append_char(&out, ' ');
    append_shown(&out, letter->record.subject);
    printf("%.*s of %s\n", TEXT_ARG(buffer_text(&out)), time);
}

void print_letter(struct letter_printer *printer, const struct bus_dead_letter *letter) {
    char time[CLOCK_TEXT_SIZE];
    clock_format_ms(letter->record.time_ms, time);
    if (printer->as_json)
        print_letter_json(printer, letter, time);
    else
        print_letter_text(printer, letter, time);
    printer->count++;
}

void print_letters_end(const struct letter_printer *printer) {
    if (printer->as_json)
        printf("]\n");
    else if (printer->count == 0)
        printf("no dead letters\n");
}
