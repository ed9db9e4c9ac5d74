/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/gzip.h"

#include <assert.h>

/* The fastest level: JSON shrinks to a fifth with it, to a sixth with the best one. */
enum { LEVEL = 1, WINDOW_BITS = 15, GZIP_HEADER = 16, MEMORY_LEVEL = 8 };

static void gzip_open(struct gzip *gzip) {
    int r = gzip->is_open ? deflateReset(&gzip->stream)
                          : deflateInit2(&gzip->stream, LEVEL, Z_DEFLATED,
                                WINDOW_BITS + GZIP_HEADER, MEMORY_LEVEL, Z_DEFAULT_STRATEGY);
    assert(r == Z_OK && "out of memory ends the process");
    gzip->is_open = true;
}

struct text gzip_compress(struct gzip *gzip, struct text text) {
    gzip_open(gzip);
    buffer_clear(&gzip->bytes);
    size_t room = deflateBound(&gzip->stream, text.size);
    gzip->stream.next_in = (Bytef *)text.data;
    gzip->stream.avail_in = (uInt)text.size;
    gzip->stream.next_out = (Bytef *)buffer_reserve(&gzip->bytes, room);
    gzip->stream.avail_out = (uInt)room;
    int r = deflate(&gzip->stream, Z_FINISH);
    assert(r == Z_STREAM_END && "the bound holds");
    gzip->bytes.size = room - gzip->stream.avail_out;
    return buffer_text(&gzip->bytes);
}

void gzip_deinit(struct gzip *gzip) {
    if (gzip->is_open)
        deflateEnd(&gzip->stream);
    buffer_deinit(&gzip->bytes);
    *gzip = (struct gzip){0};
}
