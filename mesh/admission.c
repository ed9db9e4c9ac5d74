/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/admission.h"

#include <pthread.h>

#include "base/clock.h"
#include "base/metric.h"
#include "mesh/call_core.h"
#include "mesh/intake.h"

enum { RETRY_MS = 200 };

enum shed_reason { SHED_FULL, SHED_WAITED, SHED_LEFT, SHED_COUNT };

static const char *const reason_names[SHED_COUNT] = {"full", "waited", "left"};

/* Of all servers of the process. */
static struct { struct metric_series *running, *queued, *shed[SHED_COUNT]; } series;

static void declare_series(void) {
    series.running = metric_series(
        metric_gauge("grpc_server_calls_in_flight", "Calls that run, but for probes.", NULL));
    series.queued = metric_series(
        metric_gauge("grpc_server_calls_queued", "Calls that wait for their turn.", NULL));
    struct metric *shed = metric_counter("grpc_server_calls_shed_total",
        "Calls that did not run: no room to wait, waited too long, client left while they waited.",
        "reason", NULL);
    for (int i = 0; i < SHED_COUNT; i++)
        series.shed[i] = metric_series(shed, reason_names[i]);
}

static void on_waited(struct timer *timer);

void admission_init(struct admission *admission, struct loop *loop,
    const struct admission_limits *limits, void (*start)(struct call *call)) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, declare_series);
    *admission = (struct admission){
        .running_max = limits->running_max,
        .queued_max = limits->queued_max,
        .wait_max_ms = limits->wait_max_ms,
        .start = start,
    };
    list_init(&admission->queue);
    timer_init(&admission->timer, loop, on_waited);
}

static void shed(struct call *call, enum shed_reason reason, const char *message) {
    metric_add(series.shed[reason], 1);
    call_fail_with(call, &(struct failure){.code = STATUS_RESOURCE_EXHAUSTED,
                             .reason = "OVERLOADED",
                             .message = message,
                             .retry_delay_ms = RETRY_MS});
}

static void begin(struct admission *admission, struct call *call) {
    admission->running++;
    metric_add(series.running, 1);
    call->is_admitted = true;
    admission->start(call);
}

static void set_timer(struct admission *admission) {
    if (list_is_empty(&admission->queue)) {
        timer_stop(&admission->timer);
        return;
    }
    struct call *first = container_of(admission->queue.next, struct call, waiting);
    int64_t left_ms = first->queued_ms + admission->wait_max_ms - clock_monotonic_ms();
    timer_start(&admission->timer, left_ms > 0 ? left_ms : 0);
}

static void leave_queue(struct admission *admission, struct call *call) {
    call->events = (struct call_events){0};
    list_remove(&call->waiting);
    admission->queued--;
    metric_add(series.queued, -1);
}

static void on_waited(struct timer *timer) {
    struct admission *admission = container_of(timer, struct admission, timer);
    int64_t until_ms = clock_monotonic_ms() - admission->wait_max_ms;
    list_for_each_safe (link, &admission->queue) {
        struct call *call = container_of(link, struct call, waiting);
        if (call->queued_ms > until_ms)
            break;
        leave_queue(admission, call);
        shed(call, SHED_WAITED, "the call has waited too long for its turn");
    }
    set_timer(admission);
}

/* Core reports a deadline that has passed in the same way. */
static void on_left(struct call *call, void *data) {
    leave_queue(data, call);
    set_timer(data);
    metric_add(series.shed[SHED_LEFT], 1);
    call_fail(call, STATUS_CANCELLED, NULL, "the client left before the call began");
}

static void enqueue(struct admission *admission, struct call *call) {
    static const struct call_events events = {.on_cancelled = on_left};
    call_set_events(call, &events, admission);
    call->queued_ms = clock_monotonic_ms();
    list_push_back(&admission->queue, &call->waiting);
    metric_add(series.queued, 1);
    if (++admission->queued == 1)
        set_timer(admission);
    call_watch_close(call);
}

void admission_enter(struct admission *admission, struct call *call) {
    if (admission->running < admission->running_max)
        begin(admission, call);
    else if (admission->queued < admission->queued_max)
        enqueue(admission, call);
    else
        shed(call, SHED_FULL, "too many calls in flight");
}

void admission_leave(struct admission *admission, struct call *call) {
    if (!call->is_admitted)
        return;
    call->is_admitted = false;
    admission->running--;
    metric_add(series.running, -1);
    if (list_is_empty(&admission->queue))
        return;
    struct call *next = container_of(admission->queue.next, struct call, waiting);
    leave_queue(admission, next);
    set_timer(admission);
    begin(admission, next);
}
