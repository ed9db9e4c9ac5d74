/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Both directions for fuzz targets, over the sample's messages. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "gateway/transcode/transcode.h"

struct trip {
    struct arena arena;
    const struct schema_message *message;
    struct transcode_error error;
};

/* The first byte chooses the message, the rest is the input. */
struct text trip_begin(struct trip *trip, const uint8_t *data, size_t size);
void trip_end(struct trip *trip);

bool trip_read(struct trip *trip, struct text json, struct buffer *ret_wire);
bool trip_print(struct trip *trip, struct text wire, struct buffer *ret_json);

/* Bytes we wrote: they print, and what is printed reads and prints the same. */
void trip_check_wire(struct trip *trip, struct text wire);
/* Refusals are sentences about a place. */
void trip_check_error(const struct trip *trip, size_t input_size);
