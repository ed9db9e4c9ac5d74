/* SPDX-License-Identifier: Apache-2.0 */
#include "bus/nap.h"

#include <assert.h>
#include <limits.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"

void nap_init(struct nap *nap) {
    nap->end_fd = eventfd(0, EFD_CLOEXEC);
    assert(nap->end_fd >= 0);
}

void nap_deinit(struct nap *nap) {
    close(nap->end_fd);
}

bool nap_take(struct nap *nap, int64_t duration_ms) {
    int64_t until_ms = clock_monotonic_ms() + duration_ms, left_ms = duration_ms;
    struct pollfd end = {.fd = nap->end_fd, .events = POLLIN};
    do {
        int timeout_ms = left_ms < INT_MAX ? (int)left_ms : INT_MAX;
        if (poll(&end, 1, timeout_ms > 0 ? timeout_ms : 0) > 0)
            return false;
        left_ms = until_ms - clock_monotonic_ms();
    } while (left_ms > 0);
    return true;
}

void nap_end(struct nap *nap) {
    int r = eventfd_write(nap->end_fd, 1);
    assert(r == 0);
}

bool nap_is_over(struct nap *nap) {
    return !nap_take(nap, 0);
}
