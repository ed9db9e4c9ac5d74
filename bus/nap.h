/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Waiting that ends early when it is over: what a thread of the bus does between two tries.
 * nap_end() may come from any thread, once and for all.
 */

#include <stdbool.h>
#include <stdint.h>

struct nap {
    int end_fd; /* readable when it is over: to wait for more than time */
};

void nap_init(struct nap *nap);
void nap_deinit(struct nap *nap);
bool nap_take(struct nap *nap, int64_t duration_ms); /* false: it is over */
void nap_end(struct nap *nap);
bool nap_is_over(struct nap *nap);
