/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A store in a temporary folder whose outbox holds the fixture's records. */

#include "store/store.h"

struct outbox {
    char folder[64];
    struct store *store;
    uint64_t version;
    uint64_t last; /* sequence */
};

void outbox_open(struct outbox *outbox);
void outbox_close(struct outbox *outbox); /* and removes it */
void outbox_add(struct outbox *outbox, size_t count);
/* The same under ids that begin with `prefix`: what another store would hold. */
void outbox_add_named(struct outbox *outbox, size_t count, const char *prefix);
