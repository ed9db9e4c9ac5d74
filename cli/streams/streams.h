/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* How `streams` prints what the bus says: a table for people, or one JSON document for programs. */

#include <stdbool.h>
#include <stddef.h>

#include "bus/bus.h"

struct stream_row {
    const char *name;
    struct bus_stream_info info;
};

void print_streams(const struct stream_row *rows, size_t count, bool as_json);

/* Letters are printed as they come: begin, each, end. */
struct letter_printer {
    bool as_json;
    const char *stream;
    size_t count;
};
void print_letters_begin(const struct letter_printer *printer);
void print_letter(struct letter_printer *printer, const struct bus_dead_letter *letter);
void print_letters_end(const struct letter_printer *printer);
