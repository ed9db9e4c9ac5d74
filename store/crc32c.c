/* SPDX-License-Identifier: Apache-2.0 */
#include "store/crc32c.h"

#include <pthread.h>
#include <string.h>

enum { BYTE_VALUES = 256 };
static const uint32_t polynomial_reversed = 0x82f63b78;

static uint32_t table[BYTE_VALUES];

static void table_fill(void) {
    for (uint32_t byte = 0; byte < BYTE_VALUES; byte++) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? polynomial_reversed : 0);
        table[byte] = crc;
    }
}

uint32_t crc32c_portable(uint32_t crc, const void *data, size_t size) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, table_fill);
    crc = ~crc;
    for (const uint8_t *p = data, *end = p + size; p < end; p++)
        crc = crc >> 8 ^ table[(crc ^ *p) & 0xff];
    return ~crc;
}

#ifdef __x86_64__
#include <nmmintrin.h>

__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(
    uint32_t crc, const uint8_t *data, size_t size) {
    uint64_t wide = (uint32_t)~crc, word;
    for (; size >= sizeof(word); data += sizeof(word), size -= sizeof(word)) {
        memcpy(&word, data, sizeof(word));
        wide = _mm_crc32_u64(wide, word);
    }
    crc = (uint32_t)wide;
    for (; size > 0; data++, size--)
        crc = _mm_crc32_u8(crc, *data);
    return ~crc;
}

uint32_t crc32c(uint32_t crc, const void *data, size_t size) {
    return __builtin_cpu_supports("sse4.2") ? crc32c_sse42(crc, data, size)
                                            : crc32c_portable(crc, data, size);
}
#else
uint32_t crc32c(uint32_t crc, const void *data, size_t size) {
    return crc32c_portable(crc, data, size);
}
#endif
