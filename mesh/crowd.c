/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/crowd.h"

#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"

struct crowd_peer {
    char *name;
    int64_t open;
    bool was_beyond;
};

void crowd_init(struct crowd *crowd, int64_t open_max) {
    *crowd = (struct crowd){.open_max = open_max};
}

void crowd_deinit(struct crowd *crowd) {
    map_deinit(&crowd->peers);
}

static struct crowd_peer *peer_new(struct crowd *crowd, const char *name) {
    struct crowd_peer *peer = memory_new(sizeof(*peer));
    peer->name = memory_copy_string(name);
    map_put(&crowd->peers, text_from(peer->name), peer);
    return peer;
}

struct crowd_peer *crowd_enter(struct crowd *crowd, const char *name, bool *ret_is_beyond) {
    struct crowd_peer *peer = map_get(&crowd->peers, text_from(name));
    if (!peer)
        peer = peer_new(crowd, name);
    *ret_is_beyond = ++peer->open > crowd->open_max && !peer->was_beyond;
    peer->was_beyond |= *ret_is_beyond;
    return peer;
}

void crowd_leave(struct crowd *crowd, struct crowd_peer *peer) {
    assert(peer->open > 0);
    if (--peer->open > 0)
        return;
    map_remove(&crowd->peers, text_from(peer->name));
    free(peer->name);
    free(peer);
}
