/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Allocation that never fails: out of memory ends the process. Every input has a named limit, so
 * running out is a sizing mistake, and the orchestrator's restart is a better answer than code
 * paths that nobody has ever run.
 */

#include <stddef.h>

void *memory_new(size_t size);                   /* zeroed */
void *memory_resize(void *pointer, size_t size); /* new bytes are not zeroed */
void *memory_copy(const void *data, size_t size);
char *memory_copy_string(const char *string);
void memory_freep(void *pointer_to_pointer); /* for _cleanup_ */
