/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/inflate.h"

#include <assert.h>
#include <errno.h>
#include <zlib.h>

#include "base/buffer.h"

enum {
    ANY_HEADER = 32 + MAX_WBITS, /* zlib finds out which of the two it is */
    CHUNK_SIZE = 16 * 1024,
};

/* One more chunk of what comes out, and zlib's word on it. */
static int inflate_chunk(z_stream *stream, struct buffer *out) {
    uint8_t chunk[CHUNK_SIZE];
    stream->next_out = chunk;
    stream->avail_out = sizeof(chunk);
    int r = inflate(stream, Z_NO_FLUSH);
    buffer_append(out, chunk, sizeof(chunk) - stream->avail_out);
    return r;
}

static int inflate_all(z_stream *stream, size_t size_max, struct buffer *out) {
    int r = Z_OK;
    while (r == Z_OK && out->size <= size_max)
        r = inflate_chunk(stream, out);
    if (out->size > size_max)
        return -EMSGSIZE;
    return r == Z_STREAM_END && stream->avail_in == 0 ? 0 : -EBADMSG;
}

int inflate_text(struct text packed, size_t size_max, grpc_slice *ret_slice) {
    _cleanup_(buffer_deinit) struct buffer out = {0};
    z_stream stream = {.next_in = (Bytef *)packed.data, .avail_in = (uInt)packed.size};
    int r = inflateInit2(&stream, ANY_HEADER);
    assert(r == Z_OK);
    r = inflate_all(&stream, size_max, &out);
    inflateEnd(&stream);
    if (r < 0)
        return r;
    *ret_slice = grpc_slice_from_copied_buffer(out.data, out.size);
    return 0;
}
