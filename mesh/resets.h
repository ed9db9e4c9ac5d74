/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Peers that begin calls only to drop them. Each costs core far more than it costs the peer, and
 * core counts them nowhere. A good client drops a call now and then; one that drops more than
 * RESETS_MAX within RESETS_WINDOW_MS before they could be answered is cut off. Belongs to a loop.
 */

#include <stdbool.h>
#include <stdint.h>

enum { RESETS_MAX = 500, RESETS_WINDOW_MS = 1000, RESETS_PEERS = 16, RESETS_NAME_SIZE = 80 };

struct resets {
    struct reset_peer {
        char name[RESETS_NAME_SIZE];
        int64_t since_ms;
        unsigned count;
    } peers[RESETS_PEERS];
};

/* Notes one more; true once for each time that it is one too many. */
bool resets_note(struct resets *resets, const char *peer, int64_t now_ms);
