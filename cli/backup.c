/* SPDX-License-Identifier: Apache-2.0 */
/* `myeventsctl backup`: a consistent copy of a store, beside the service that writes to it. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/flags.h"
#include "store/store.h"

struct backup {
    const char *database;
    const char *folder;
};

static const struct flag flags[] = {
    {"database", FLAG_TEXT, offsetof(struct backup, database),
        .help = "the store, as in the service's DATABASE_URL: lmdb:///folder"},
    {"to", FLAG_TEXT, offsetof(struct backup, folder),
        .help = "folder for the copy; empty, or made"},
};
static const struct flag_table table = {"myeventsctl backup",
    "copies a store while its service runs; the copy is a store to start a service on", flags,
    ARRAY_SIZE(flags)};

static int copy(struct store *store, const char *folder) {
    struct store_stats stats;
    int r = store_backup(store, folder);
    if (r == -ENOTEMPTY) {
        fprintf(stderr, "myeventsctl backup: %s is not empty; name another with --to\n", folder);
        return 1;
    }
    if (r < 0) {
        fprintf(stderr, "myeventsctl backup: cannot copy to %s: %s\n", folder, strerror(-r));
        return 1;
    }
    store_stats(store, &stats);
    printf("copied to %s: %llu bytes in use, records up to %llu\n", folder,
        (unsigned long long)stats.size_bytes, (unsigned long long)stats.outbox_last);
    return 0;
}

int command_backup(int argc, char **argv) {
    struct backup backup = {0};
    int r = flags_parse(&table, argc, argv, &backup);
    if (r != 0)
        return r == FLAGS_HELP ? 0 : 2;
    const struct store_options options = {.read_only = true};
    struct store *store;
    if (store_open(backup.database, NULL, &options, &store) != 0) {
        fprintf(stderr, "myeventsctl backup: %s\n", store_open_error());
        return 1;
    }
    int status = copy(store, backup.folder);
    store_close(store);
    return status;
}
