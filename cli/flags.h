/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Command-line flags of a subcommand: "--name value" or "--name=value", switches without a value.
 * One table names them all, checks them and prints --help.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

enum flag_kind { FLAG_TEXT, FLAG_INT, FLAG_SWITCH, FLAG_DURATION_MS, FLAG_CHOICE };

struct flag {
    const char *name; /* without the dashes */
    enum flag_kind kind;
    size_t offset;        /* const char *, int64_t, bool, int64_t, const char * */
    const char *fallback; /* NULL: required; a switch is off */
    int64_t min, max;     /* 0, 0: no bounds */
    const char *help;
    const char *choices;  /* FLAG_CHOICE: "text|json" */
    const char *variable; /* when set in the environment, it stands for the fallback */
};

struct flag_table {
    const char *command; /* "myeventsctl loadgen" */
    const char *summary;
    const struct flag *flags;
    size_t count;
};

enum { FLAGS_HELP = 1, FLAGS_REFUSED = 2 };

/* Fills *ret_values; what is wrong is said on stderr. argv begins behind the command's name. */
_must_check_ int flags_parse(
    const struct flag_table *table, int argc, char **argv, void *ret_values);
