/* SPDX-License-Identifier: Apache-2.0 */
#include "base/exemplar.h"

#include <sched.h>

#include "base/clock.h"

static bool slot_take(struct exemplar_slot *slot) {
    return !atomic_exchange_explicit(&slot->is_busy, true, memory_order_acquire);
}

static void slot_give(struct exemplar_slot *slot) {
    atomic_store_explicit(&slot->is_busy, false, memory_order_release);
}

static bool is_due(const struct exemplar_slot *slot, int64_t now_us) {
    int64_t taken_us = atomic_load_explicit(&slot->taken_us, memory_order_relaxed);
    return taken_us == 0 || now_us - taken_us >= EXEMPLAR_INTERVAL_US;
}

void exemplar_offer(
    struct exemplar_slot *slot, const struct trace *trace, double value, int64_t now_us) {
    if (!is_due(slot, now_us) || !slot_take(slot))
        return;
    slot->exemplar = (struct exemplar){*trace, value, clock_wall_ms()};
    atomic_store_explicit(&slot->taken_us, now_us, memory_order_relaxed);
    slot_give(slot);
}

/* Whoever holds a slot copies a hundred bytes and is gone. */
bool exemplar_read(struct exemplar_slot *slot, struct exemplar *ret_exemplar) {
    if (atomic_load_explicit(&slot->taken_us, memory_order_relaxed) == 0)
        return false;
    while (!slot_take(slot))
        sched_yield();
    *ret_exemplar = slot->exemplar;
    slot_give(slot);
    return true;
}
