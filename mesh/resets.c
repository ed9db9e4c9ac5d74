/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/resets.h"

#include <stdio.h>
#include <string.h>

/* The peer's place, or the one that has been quiet for longest. */
static struct reset_peer *find(struct resets *resets, const char *name) {
    struct reset_peer *oldest = &resets->peers[0];
    for (int i = 0; i < RESETS_PEERS; i++) {
        struct reset_peer *peer = &resets->peers[i];
        if (strcmp(peer->name, name) == 0)
            return peer;
        if (peer->since_ms < oldest->since_ms)
            oldest = peer;
    }
    oldest->since_ms = INT64_MIN;
    snprintf(oldest->name, sizeof(oldest->name), "%s", name);
    return oldest;
}

bool resets_note(struct resets *resets, const char *name, int64_t now_ms) {
    struct reset_peer *peer = find(resets, name);
    if (peer->since_ms < now_ms - RESETS_WINDOW_MS) {
        peer->since_ms = now_ms;
        peer->count = 0;
    }
    return ++peer->count == RESETS_MAX + 1;
}
