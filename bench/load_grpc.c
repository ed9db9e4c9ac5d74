/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A closed loop over gRPC: GetEvent, so many in flight, one channel.
 *
 *     load_grpc TARGET EVENT_ID IN_FLIGHT CALLS [NAME=PID ...]
 */

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "bench/usage.h"
#include "cli/loadgen/fanout.h"
#include "cli/loadgen/histogram.h"
#include "mesh/client.h"
#include "myevents/v1/event_service.mesh.h"

struct load {
    struct fanout fanout;
    struct channel *channel;
    char *event_id;
    size_t failed;
    struct histogram latency;
};

struct one {
    struct load *load;
    int64_t begin_us;
};

static void on_event(const struct status *status, const Myevents__V1__Event *reply, void *data) {
    struct one *one = data;
    struct load *load = one->load;
    load->failed += status->code != STATUS_OK;
    histogram_add(&load->latency, clock_monotonic_us() - one->begin_us);
    free(one);
    fanout_done(&load->fanout);
}

static void start(void *data, size_t index, int64_t due_us) {
    struct load *load = data;
    struct one *one = memory_new(sizeof *one);
    Myevents__V1__GetEventRequest request = MYEVENTS__V1__GET_EVENT_REQUEST__INIT;
    *one = (struct one){load, due_us};
    request.event_id = load->event_id;
    event_service_get_event(load->channel, NULL, &request, on_event, one);
}

int main(int argc, char **argv) {
    struct usage usage = {0};
    if (argc < 5) {
        fprintf(stderr, "load_grpc TARGET EVENT_ID IN_FLIGHT CALLS [NAME=PID ...]\n");
        return 2;
    }
    for (int i = 5; i < argc; i++)
        if (usage_add(&usage, argv[i]) < 0)
            return 2;
    static struct load load;
    struct loop *loop = loop_new("load");
    loop_start(loop);
    load.channel = channel_new(loop, argv[1], NULL);
    load.event_id = argv[2];
    load.fanout = (struct fanout){.concurrency = strtoul(argv[3], NULL, 10),
        .count = strtoul(argv[4], NULL, 10),
        .start = start,
        .data = &load};
    usage_begin(&usage);
    int64_t begin_us = clock_monotonic_us();
    fanout_run(&load.fanout, loop);
    int64_t took_us = clock_monotonic_us() - begin_us;
    printf("  GetEvent, %s in flight: %.0f calls/s, p50 %.2f ms, p99 %.2f ms, %zu failed\n",
        argv[3], (double)load.fanout.count * 1e6 / (double)took_us,
        (double)histogram_quantile(&load.latency, 0.5) / 1e3,
        (double)histogram_quantile(&load.latency, 0.99) / 1e3, load.failed);
    usage_print(&usage, load.fanout.count);
    channel_free(load.channel);
    loop_stop(loop);
    loop_free(loop);
    return load.failed != 0;
}
