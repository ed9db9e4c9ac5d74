/* SPDX-License-Identifier: Apache-2.0 */
#include "base/id.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/hex.h"

/*
 * Randomness is drawn from the kernel in bulk, one pool per thread: an id costs no system call, and
 * nobody can guess the next one from those seen.
 */
enum { POOL_SIZE = 1024 };
static _Thread_local struct {
    uint8_t bytes[POOL_SIZE];
    size_t left;
} pool;

/* Runs in the one thread that a fork leaves: parent and child must not draw the same bytes. */
static void pool_forget(void) {
    pool.left = 0;
}

static void pool_watch_forks(void) {
    pthread_atfork(NULL, NULL, pool_forget);
}

static void kernel_random(uint8_t *bytes, size_t size) {
    while (size > 0) {
        ssize_t got = getrandom(bytes, size, 0);
        if (got < 0 && errno != EINTR)
            abort(); /* without randomness ids could repeat */
        if (got > 0) {
            bytes += got;
            size -= (size_t)got;
        }
    }
}

void random_bytes(void *ret_bytes, size_t size) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    if (size > POOL_SIZE / 4) {
        kernel_random(ret_bytes, size);
        return;
    }
    if (pool.left < size) {
        pthread_once(&once, pool_watch_forks);
        kernel_random(pool.bytes, POOL_SIZE);
        pool.left = POOL_SIZE;
    }
    pool.left -= size;
    memcpy(ret_bytes, pool.bytes + pool.left, size);
    memset(pool.bytes + pool.left, 0, size); /* what was handed out is nowhere else */
}

/* 48 bits of milliseconds and 12 bits below them: the first 60 bits that an id compares by. */
static _Atomic uint64_t last_stamp;

static uint64_t stamp_take(uint64_t now) {
    uint64_t last = atomic_load_explicit(&last_stamp, memory_order_relaxed), next;
    do
        next = now > last ? now : last + 1;
    while (!atomic_compare_exchange_weak_explicit(
        &last_stamp, &last, next, memory_order_relaxed, memory_order_relaxed));
    return next;
}

static struct id id_from_stamp(uint64_t stamp) {
    uint8_t bytes[ID_BYTES];
    random_bytes(bytes + 8, 8);
    for (int i = 0; i < 6; i++)
        bytes[i] = (uint8_t)(stamp >> (52 - 8 * i));
    bytes[6] = (uint8_t)(0x70 | (stamp >> 8 & 0x0f)); /* version 7 */
    bytes[7] = (uint8_t)stamp;
    bytes[8] = (uint8_t)(0x80 | (bytes[8] & 0x3f)); /* the RFC's variant */
    struct id id;
    id_from_bytes(bytes, id.text);
    return id;
}

struct id id_new(void) {
    uint64_t now_us = (uint64_t)clock_wall_us();
    return id_from_stamp(stamp_take(now_us / 1000 << 12 | now_us % 1000 * 4096 / 1000));
}

struct id id_new_at(int64_t wall_ms) {
    return id_from_stamp(stamp_take((uint64_t)(wall_ms > 0 ? wall_ms : 0) << 12));
}

/* The text's five groups, and which of the bytes each holds. */
static const struct {
    uint8_t at, first, size;
} groups[] = {{0, 0, 4}, {9, 4, 2}, {14, 6, 2}, {19, 8, 2}, {24, 10, 6}};

bool id_is_valid(struct text text) {
    uint8_t bytes[ID_BYTES];
    return id_to_bytes(text, bytes) == 0;
}

int id_to_bytes(struct text text, uint8_t ret_bytes[static ID_BYTES]) {
    uint8_t bytes[ID_BYTES];
    if (text.size != ID_SIZE)
        return -EINVAL;
    for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
        const char *group = text.data + groups[i].at;
        if ((i > 0 && group[-1] != '-') ||
            !hex_read(group, groups[i].size, bytes + groups[i].first))
            return -EINVAL;
    }
    memcpy(ret_bytes, bytes, ID_BYTES);
    return 0;
}

void id_from_bytes(const uint8_t bytes[static ID_BYTES], char ret_text[static ID_SIZE + 1]) {
    for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
        char *group = ret_text + groups[i].at;
        if (i > 0)
            group[-1] = '-';
        hex_write(bytes + groups[i].first, groups[i].size, group);
    }
    ret_text[ID_SIZE] = '\0';
}
