/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* CRC-32C (Castagnoli), by the processor's instruction where it has one. */

#include <stddef.h>
#include <stdint.h>

/* Start with 0; feed the result back in to go on. */
uint32_t crc32c(uint32_t crc, const void *data, size_t size);
/* The same by table: what processors without the instruction run. */
uint32_t crc32c_portable(uint32_t crc, const void *data, size_t size);
