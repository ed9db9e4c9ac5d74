/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/span_box.h"

#include <stdio.h>
#include <string.h>

static struct span *spans[SPAN_BOX_SIZE];
static size_t count;

static void on_batch(void *data) {
}

void span_box_open(void) {
    const struct spans_options options = {
        .sampler = sampler_make(SAMPLER_PARENT_ALWAYS_ON, 1),
        .queue_max = SPAN_BOX_SIZE,
        .batch = SPAN_BOX_SIZE,
        .on_batch = on_batch,
    };
    spans_start(&options);
}

size_t span_box_count(void) {
    struct span *span;
    while (count < SPAN_BOX_SIZE && spans_take(1, &span) > 0)
        spans[count++] = span;
    return count;
}

void span_box_close(void) {
    spans_stop();
    span_box_count();
    while (count > 0)
        span_drop(spans[--count]);
}

struct span *span_box_find(enum span_kind kind, unsigned n) {
    span_box_count();
    for (size_t i = 0; i < count; i++)
        if (spans[i]->kind == kind && n-- == 0)
            return spans[i];
    return NULL;
}

const char *span_box_value(const struct span *span, const char *key) {
    static char value[SPAN_TEXTS_SIZE + 1];
    value[0] = '\0';
    for (uint32_t i = 0; i < span->attribute_count; i++) {
        const struct span_attribute *attribute = &span->attributes[i];
        if (strcmp(attribute->key, key) != 0)
            continue;
        if (attribute->text.data)
            snprintf(value, sizeof(value), "%.*s", TEXT_ARG(attribute->text));
        else
            snprintf(value, sizeof(value), "%lld", (long long)attribute->number);
    }
    return value;
}
