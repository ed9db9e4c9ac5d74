/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Flags as gRPC's interop programs have them: --name=value or --name value. An unknown flag, a
 * value out of range and a missing value end the program with status 2 and a sentence.
 */

#include <stddef.h>
#include <stdint.h>

struct flag {
    const char *name;
    const char **text; /* where a text goes, or */
    int64_t *number;   /* where a number goes, */
    int64_t min, max;  /* within these bounds */
    const char *only;  /* the one value that is allowed; NULL: any */
};

void flags_parse(int argc, char **argv, const struct flag *flags, size_t count);
