/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Configuration is the environment. One table per program names every variable; it parses, checks,
 * and prints --help.
 *
 *     struct event_config { const char *listen_addr; int64_t metrics_port; };
 *     static const struct config_entry entries[] = {
 *         {"LISTEN_ADDR", CONFIG_ADDRESS, offsetof(struct event_config, listen_addr),
 *             .fallback = "0.0.0.0:50051", .help = "where gRPC is served"},
 *     };
 *
 * Said on stderr in one sentence each, then the start ends: a value out of range or of the wrong
 * form, a required variable that is missing, an unknown variable that begins with MYEVENTS_. A
 * variable that is set to nothing counts as not set.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

enum { CONFIG_ADDRESS_SIZE = 256 }; /* what one address takes, with its end */

enum config_kind {
    CONFIG_TEXT,        /* const char *; min..max bytes, max 0: 4096 */
    CONFIG_INT,         /* int64_t, min..max */
    CONFIG_BOOL,        /* bool: true false 1 0 yes no on off */
    CONFIG_CHOICE,      /* int64_t: index into choices, "logfmt|json" */
    CONFIG_DURATION_MS, /* int64_t: "250ms" "2s" "10m" "24h" "7d", never bare; min..max in ms */
    CONFIG_BYTES,       /* int64_t: "65536" "64KiB" "1MiB" "64GiB" "1TiB", min..max in bytes */
    CONFIG_ADDRESS,     /* const char *: host:port; or unix:/path, if choices is "unix" */
    CONFIG_ADDRESSES,   /* const char *: one or more of these, separated by commas */
    CONFIG_URL,         /* const char *: scheme://...; choices = allowed schemes, "lmdb|mongodb" */
};

struct config_entry {
    const char *name;
    enum config_kind kind;
    size_t offset;
    const char *fallback; /* NULL: required. "" : may stay empty (text kinds) */
    int64_t min, max;     /* 0, 0: no bounds */
    const char *choices;
    const char *help; /* one sentence for --help */
};

struct config_table {
    const char *program;
    const char *summary;
    const struct config_entry *entries;
    size_t count;
};

enum {
    CONFIG_DONE = 1,    /* --help or --version was printed: exit 0 */
    CONFIG_REFUSED = 2, /* a sentence was printed on stderr: exit 2 */
};

/*
 * Fills *config (zeroed by the caller; worth nothing when refused). Strings point into the
 * environment or the table: they live for ever.
 */
_must_check_ int config_load(
    const struct config_table *table, int argc, char **argv, void *ret_config);
/* The same from a given environment, the sentences into `ret_message`, a line each: for tests. */
_must_check_ int config_parse(const struct config_table *table, char **environment,
    void *ret_config, char *ret_message, size_t message_size);
