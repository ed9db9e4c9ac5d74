/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One compressor, used again and again. Of one thread. Zeroed memory is a valid one. */

#include <stdbool.h>
#include <zlib.h>

#include "base/buffer.h"
#include "base/text.h"

struct gzip {
    z_stream stream;
    bool is_open;
    struct buffer bytes;
};

/* Borrowed until the next call. */
struct text gzip_compress(struct gzip *gzip, struct text text);
void gzip_deinit(struct gzip *gzip);
