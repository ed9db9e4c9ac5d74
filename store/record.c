/* SPDX-License-Identifier: Apache-2.0 */
#include "store/record.h"

#include <errno.h>
#include <string.h>

/* Stored: little-endian, as all machines that we build for. */
struct head {
    int64_t time_ms;
    uint8_t id_size;
    uint8_t type_size;
    uint8_t subject_size;
    uint8_t traceparent_size;
    uint32_t data_size;
};

_Static_assert(sizeof(struct head) == 16, "a stored record's head has no padding");

bool record_fits(const struct store_record *record) {
    return record->id.size <= STORE_RECORD_TEXT_SIZE_MAX &&
           record->type.size <= STORE_RECORD_TEXT_SIZE_MAX &&
           record->subject.size <= STORE_RECORD_TEXT_SIZE_MAX &&
           record->traceparent.size <= STORE_RECORD_TEXT_SIZE_MAX &&
           record->data.size <= STORE_DOCUMENT_SIZE_MAX;
}

size_t record_size(const struct store_record *record) {
    return sizeof(struct head) + record->id.size + record->type.size + record->subject.size +
           record->traceparent.size + record->data.size;
}

void record_append(struct buffer *buffer, const struct store_record *record) {
    struct head head = {
        .time_ms = record->time_ms,
        .id_size = (uint8_t)record->id.size,
        .type_size = (uint8_t)record->type.size,
        .subject_size = (uint8_t)record->subject.size,
        .traceparent_size = (uint8_t)record->traceparent.size,
        .data_size = (uint32_t)record->data.size,
    };
    buffer_append(buffer, &head, sizeof(head));
    buffer_append_text(buffer, record->id);
    buffer_append_text(buffer, record->type);
    buffer_append_text(buffer, record->subject);
    buffer_append_text(buffer, record->traceparent);
    buffer_append_text(buffer, record->data);
}

static struct text take(const char **at, size_t size) {
    struct text text = {*at, size};
    *at += size;
    return text;
}

int record_parse(struct text bytes, struct store_record *ret_record) {
    struct head head;
    if (bytes.size < sizeof(head))
        return -EBADMSG;
    memcpy(&head, bytes.data, sizeof(head));
    if (bytes.size != sizeof(head) + head.id_size + head.type_size + head.subject_size +
                          head.traceparent_size + head.data_size)
        return -EBADMSG;

    const char *at = bytes.data + sizeof(head);
    *ret_record = (struct store_record){.time_ms = head.time_ms};
    ret_record->id = take(&at, head.id_size);
    ret_record->type = take(&at, head.type_size);
    ret_record->subject = take(&at, head.subject_size);
    ret_record->traceparent = take(&at, head.traceparent_size);
    ret_record->data = take(&at, head.data_size);
    return 0;
}
