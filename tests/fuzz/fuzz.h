/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A fuzz target is one function that must not fail whatever bytes it gets. Under libFuzzer it is
 * driven by that; fuzz_main.c drives it everywhere else, from the target's seeds.
 */

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* The target's inputs to start from; NULL behind the last one. */
const void *fuzz_seed(size_t index, size_t *ret_size);
