/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Demo data: real venues with the seats of their halls, and what could be played there. */

#include <stddef.h>
#include <stdint.h>

enum { VENUE_HALLS_MAX = 3 };

struct venue_hall {
    const char *name;
    int32_t capacity;
};

struct venue {
    const char *name;
    const char *address;
    const char *country;
    const char *time_zone;
    const char *currency;
    struct venue_hall halls[VENUE_HALLS_MAX];
};

extern const struct venue venues[];
extern const size_t venue_count;

struct programme {
    const char *name;
    const char *category;
    const char *description;
    int32_t minutes;
    int32_t price; /* whole units of the venue's currency, before its factor */
};

extern const struct programme programmes[];
extern const size_t programme_count;
