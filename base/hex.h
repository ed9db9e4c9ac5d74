/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Bytes as lower-case hexadecimal. Every call carries a handful of ids, so this goes by tables. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* False, with the bytes undefined, when one of the 2 * size characters is no lower-case digit. */
bool hex_read(const char *hex, size_t size, uint8_t *ret_bytes);
/* Writes 2 * size characters, no NUL. */
void hex_write(const uint8_t *bytes, size_t size, char *ret_hex);
