/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/transcode/names.h"

#include "base/arena.h"

/* FNV-1a. */
static uint32_t names_hash(struct text name) {
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < name.size; i++)
        hash = (hash ^ (unsigned char)name.data[i]) * 16777619u;
    return hash;
}

void names_init(struct names *names, struct arena *arena, size_t count_max) {
    size_t size = 2;
    while (size < count_max * 2)
        size *= 2;
    names->slots = arena_zalloc(arena, size * sizeof(names->slots[0]));
    names->mask = size - 1;
}

/* Where the name is, or the free slot where it would be. */
static struct names_slot *names_find(const struct names *names, struct text name) {
    size_t i = names_hash(name) & names->mask;
    while (names->slots[i].value && !text_equal(names->slots[i].name, name))
        i = (i + 1) & names->mask;
    return &names->slots[i];
}

bool names_put(struct names *names, struct text name, const void *value) {
    struct names_slot *slot = names_find(names, name);
    if (slot->value)
        return false;
    *slot = (struct names_slot){name, value};
    return true;
}

const void *names_get(const struct names *names, struct text name) {
    return names_find(names, name)->value;
}
