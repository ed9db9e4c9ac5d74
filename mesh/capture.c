/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/capture.h"

#include "mesh/loop.h"

int64_t capture_look_us(struct capture *capture) {
    uint64_t entry = loop_wait(capture->loop);
    int64_t cpu_us = loop_cpu_us(capture->loop);
    if (entry == 0 || entry != capture->entry) {
        capture->entry = entry;
        capture->cpu_us = cpu_us;
        return 0;
    }
    return cpu_us - capture->cpu_us;
}
