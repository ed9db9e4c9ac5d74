/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/plugin/template.h"

#include <assert.h>
#include <string.h>

#include "base/buffer.h"

static const char *find(const struct template_value *values, struct text name) {
    for (; values->name != NULL; values++) {
        if (text_equal(text_from(values->name), name))
            return values->value;
    }
    return NULL;
}

void template_append(
    struct buffer *out, const char *template, const struct template_value *values) {
    struct text rest = text_from(template);
    while (rest.size > 0) {
        buffer_append_text(out, text_cut(&rest, '$'));
        if (rest.size == 0)
            return;
        const char *value = find(values, text_cut(&rest, '$'));
        assert(value != NULL);
        buffer_append_string(out, value);
    }
}
