/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/transcode/json_text.h"

#include <string.h>

#include "base/buffer.h"
#include "gateway/transcode/json_plain.h"

static void append_escape(struct buffer *buffer, unsigned char c) {
    static const char digits[] = "0123456789abcdef";
    static const char shorts[] = "\"\"\\\\\nn\rr\tt\bb\ff";
    for (const char *pair = shorts; *pair; pair += 2)
        if ((unsigned char)pair[0] == c) {
            buffer_append(buffer, (char[]){'\\', pair[1]}, 2);
            return;
        }
    buffer_append(buffer, (char[]){'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]}, 6);
}

bool json_append_string(struct buffer *buffer, struct text text) {
    const char *at = text.data, *end = text.data + text.size;
    buffer_append_char(buffer, '"');
    for (;;) {
        const char *plain = at;
        for (size_t size; (at = json_skip_plain(at, end)) < end && *at & 0x80; at += size)
            if ((size = text_utf8_next((struct text){at, (size_t)(end - at)})) == 0)
                return false;
        buffer_append(buffer, plain, (size_t)(at - plain));
        if (at == end)
            break;
        append_escape(buffer, (unsigned char)*at++);
    }
    buffer_append_char(buffer, '"');
    return true;
}
