/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Any bytes as a message: what is printed is strict JSON, and where it can be read, what is read
 * prints the same.
 */

#include <assert.h>
#include <stdlib.h>

#include "gateway/transcode/json_reader.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/gateway/transcode/random_message.h"
#include "trip.h"

enum { SEEDS = 44 };

/* Random messages of every type, each with the byte that chooses its type. */
const void *fuzz_seed(size_t index, size_t *ret_size) {
    static struct buffer seed;
    struct random_source random = {index + 1};
    struct trip trip;
    uint8_t choice = (uint8_t)index;
    if (index >= SEEDS) {
        buffer_deinit(&seed);
        return NULL;
    }
    trip_begin(&trip, &choice, 1);
    buffer_clear(&seed);
    buffer_append_char(&seed, (char)choice);
    random_message(&random, trip.message, 3, &seed);
    trip_end(&trip);
    *ret_size = seed.size;
    return seed.data;
}

static void check_json(struct text json) {
    struct json_reader reader;
    struct text whole;
    json_reader_init(&reader, json);
    assert(json_skip(&reader, &whole) && json_finish(&reader));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct trip trip;
    struct buffer json = {0}, wire = {0};
    struct text bytes = trip_begin(&trip, data, size);
    if (!trip_print(&trip, bytes, &json)) {
        trip_check_error(&trip, bytes.size);
    } else {
        check_json(buffer_text(&json));
        /* An Any of an unknown type prints and cannot be read. */
        bool is_read = trip_read(&trip, buffer_text(&json), &wire);
        assert(is_read || memmem(json.data, json.size, "@type", 5));
        if (is_read)
            trip_check_wire(&trip, buffer_text(&wire));
    }
    buffer_deinit(&json);
    buffer_deinit(&wire);
    trip_end(&trip);
    return 0;
}
