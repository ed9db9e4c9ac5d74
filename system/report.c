/* SPDX-License-Identifier: Apache-2.0 */
#include "system/report.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/metric.h"
#include "base/process.h"

typedef Myevents__V1__CodeCount CodeCount;
typedef Myevents__V1__ConsumerState ConsumerState;
typedef Myevents__V1__MethodCount MethodCount;
typedef Myevents__V1__OutboxState OutboxState;
typedef Myevents__V1__Process Process;

/* As the metrics call them, which differ by the side. */
struct side {
    const char *started, *handled, *seconds;
};
static const struct side server = {
    "grpc_server_started_total", "grpc_server_handled_total", "grpc_server_handling_seconds"};
static const struct side client = {
    "grpc_client_started_total", "grpc_client_handled_total", "grpc_client_handling_seconds"};

struct report {
    struct arena *arena;
    Process *process;
    MethodCount ***methods; /* where those of the side go */
    size_t *method_count;
    size_t last; /* where the last one was found: series of a method stand together */
};

/* --- methods --- */

static bool is_shown(struct text service) {
    return !text_starts_with(service, TEXT("grpc.")) && !text_equal(service, TEXT("unknown"));
}

static bool is_method(const MethodCount *count, struct text service, struct text method) {
    return text_equal(method, text_from(count->method)) &&
           text_equal(service, text_from(count->service));
}

/* Families list their methods in the same order, so it is the last one again or the next. */
static MethodCount *find(struct report *report, struct text service, struct text method) {
    for (size_t i = 0; i < *report->method_count; i++) {
        size_t at = (report->last + i) % *report->method_count;
        if (is_method((*report->methods)[at], service, method)) {
            report->last = at;
            return (*report->methods)[at];
        }
    }
    return NULL;
}

static MethodCount *add(struct report *report, struct text service, struct text method) {
    if (*report->method_count == REPORT_METHODS_MAX)
        return NULL;
    if (!*report->methods)
        *report->methods = arena_alloc(
            report->arena, REPORT_METHODS_MAX * sizeof((*report->methods)[0]));
    MethodCount *count = arena_alloc(report->arena, sizeof(*count));
    myevents__v1__method_count__init(count);
    count->service = arena_copy_text(report->arena, service);
    count->method = arena_copy_text(report->arena, method);
    (*report->methods)[(*report->method_count)++] = count;
    return count;
}

static void show_started(const struct metric_reading *reading, void *data) {
    enum { TYPE, SERVICE, METHOD };
    struct report *report = data;
    if (!is_shown(reading->labels[SERVICE]))
        return;
    MethodCount *count = add(report, reading->labels[SERVICE], reading->labels[METHOD]);
    if (!count)
        return;
    count->streaming = !text_equal(reading->labels[TYPE], TEXT("unary"));
    count->started = (int64_t)reading->value;
}

static void add_code(struct report *report, MethodCount *count, struct text code, double value) {
    enum { CODES_MAX = 20 };
    if (value == 0 || count->n_codes == CODES_MAX)
        return;
    if (!count->codes)
        count->codes = arena_alloc(report->arena, CODES_MAX * sizeof(count->codes[0]));
    CodeCount *one = arena_alloc(report->arena, sizeof(*one));
    myevents__v1__code_count__init(one);
    one->code = arena_copy_text(report->arena, code);
    one->count = (int64_t)value;
    count->codes[count->n_codes++] = one;
}

static void show_handled(const struct metric_reading *reading, void *data) {
    enum { TYPE, SERVICE, METHOD, CODE };
    MethodCount *count = find(data, reading->labels[SERVICE], reading->labels[METHOD]);
    if (count)
        add_code(data, count, reading->labels[CODE], reading->value);
}

static void keep_bounds(struct report *report, const struct metric_reading *reading) {
    Process *process = report->process;
    if (process->n_latency_bounds > 0)
        return;
    process->n_latency_bounds = reading->bound_count;
    process->latency_bounds = arena_copy(
        report->arena, reading->bounds, reading->bound_count * sizeof(reading->bounds[0]));
}

/* All have the same bounds; one that had others would say nothing here. */
static void add_latency(
    struct report *report, MethodCount *count, const struct metric_reading *reading) {
    keep_bounds(report, reading);
    size_t buckets = reading->bound_count + 1;
    if (reading->value == 0 || reading->bound_count != report->process->n_latency_bounds)
        return;
    if (!count->latency_counts)
        count->latency_counts = arena_zalloc(report->arena, buckets * sizeof(int64_t));
    count->n_latency_counts = buckets;
    for (size_t i = 0; i < buckets; i++)
        count->latency_counts[i] += reading->buckets[i];
}

static void show_seconds(const struct metric_reading *reading, void *data) {
    enum { TYPE, SERVICE, METHOD };
    MethodCount *count = find(data, reading->labels[SERVICE], reading->labels[METHOD]);
    if (count)
        add_latency(data, count, reading);
}

static void fill_side(struct report *report, const struct side *side) {
    report->last = 0;
    metric_read(side->started, show_started, report);
    metric_read(side->handled, show_handled, report);
    metric_read(side->seconds, show_seconds, report);
}

/* A route's series differ by the class of the status alone: "POST /v1/events". */
static void show_route(const struct metric_reading *reading, void *data) {
    enum { VERB, ROUTE, CLASS };
    struct report *report = data;
    char name[256];
    snprintf(name, sizeof(name), "%.*s %.*s", TEXT_ARG(reading->labels[VERB]),
        TEXT_ARG(reading->labels[ROUTE]));
    MethodCount *count = find(report, TEXT(""), text_from(name));
    if (!count)
        count = add(report, TEXT(""), text_from(name));
    if (!count)
        return;
    count->streaming = text_ends_with(reading->labels[ROUTE], TEXT(":watch"));
    count->started += (int64_t)reading->value;
    add_code(report, count, reading->labels[CLASS], reading->value);
    add_latency(report, count, reading);
}

/* --- streams --- */

static OutboxState *outbox_of(struct report *report, struct text stream) {
    Process *process = report->process;
    for (size_t i = 0; i < process->n_outboxes; i++)
        if (text_equal(stream, text_from(process->outboxes[i]->stream)))
            return process->outboxes[i];
    if (process->n_outboxes == REPORT_STREAMS_MAX)
        return NULL;
    if (!process->outboxes)
        process->outboxes = arena_alloc(
            report->arena, REPORT_STREAMS_MAX * sizeof(process->outboxes[0]));
    OutboxState *outbox = arena_alloc(report->arena, sizeof(*outbox));
    myevents__v1__outbox_state__init(outbox);
    outbox->stream = arena_copy_text(report->arena, stream);
    return process->outboxes[process->n_outboxes++] = outbox;
}

static ConsumerState *consumer_of(struct report *report, struct text stream, struct text group) {
    Process *process = report->process;
    for (size_t i = 0; i < process->n_consumers; i++)
        if (text_equal(stream, text_from(process->consumers[i]->stream)) &&
            text_equal(group, text_from(process->consumers[i]->group)))
            return process->consumers[i];
    if (process->n_consumers == REPORT_STREAMS_MAX)
        return NULL;
    if (!process->consumers)
        process->consumers = arena_alloc(
            report->arena, REPORT_STREAMS_MAX * sizeof(process->consumers[0]));
    ConsumerState *consumer = arena_alloc(report->arena, sizeof(*consumer));
    myevents__v1__consumer_state__init(consumer);
    consumer->stream = arena_copy_text(report->arena, stream);
    consumer->group = arena_copy_text(report->arena, group);
    return process->consumers[process->n_consumers++] = consumer;
}

/* One number of each stream, into its place in the message. */
struct stream_number {
    struct report *report;
    size_t offset;
};

static void show_of_outbox(const struct metric_reading *reading, void *data) {
    const struct stream_number *number = data;
    OutboxState *outbox = outbox_of(number->report, reading->labels[0]);
    if (outbox)
        *(int64_t *)((char *)outbox + number->offset) = (int64_t)reading->value;
}

static void show_of_consumer(const struct metric_reading *reading, void *data) {
    const struct stream_number *number = data;
    ConsumerState *consumer = consumer_of(number->report, reading->labels[0], reading->labels[1]);
    if (consumer)
        *(int64_t *)((char *)consumer + number->offset) = (int64_t)reading->value;
}

static const struct {
    const char *metric;
    void (*show)(const struct metric_reading *reading, void *data);
    size_t offset;
} stream_numbers[] = {
    {"myevents_outbox_pending", show_of_outbox, offsetof(OutboxState, waiting)},
    {"myevents_outbox_oldest_seconds", show_of_outbox, offsetof(OutboxState, oldest_seconds)},
    {"myevents_relay_published_total", show_of_outbox, offsetof(OutboxState, published)},
    {"myevents_stream_lag", show_of_consumer, offsetof(ConsumerState, lag)},
    {"myevents_stream_applied_total", show_of_consumer, offsetof(ConsumerState, applied)},
    {"myevents_stream_dead_letters", show_of_consumer, offsetof(ConsumerState, dead_letters)},
};

static void fill_streams(struct report *report) {
    for (size_t i = 0; i < ARRAY_SIZE(stream_numbers); i++) {
        struct stream_number number = {report, stream_numbers[i].offset};
        metric_read(stream_numbers[i].metric, stream_numbers[i].show, &number);
    }
}

/* --- the rest --- */

static void keep_value(const struct metric_reading *reading, void *data) {
    *(int64_t *)data = (int64_t)reading->value;
}

static void fill_conservation(struct report *report) {
    Myevents__V1__ConservationState *books = arena_alloc(report->arena, sizeof(*books));
    myevents__v1__conservation_state__init(books);
    if (!metric_read("myevents_conservation_errors_total", keep_value, &books->errors))
        return;
    metric_read("myevents_batch_requests", keep_value, &books->checked);
    report->process->conservation = books;
}

static char *instance_name(struct arena *arena) {
    char host[65] = "";
    gethostname(host, sizeof(host) - 1);
    return arena_printf(arena, "%s/%ld", host, (long)getpid());
}

static void keep_real(const struct metric_reading *reading, void *data) {
    *(double *)data = reading->value;
}

/* As it was reckoned once: it is part of what tells one run of a process from the next. */
static Google__Protobuf__Timestamp *start_time(struct arena *arena) {
    Google__Protobuf__Timestamp *time = arena_alloc(arena, sizeof(*time));
    double since = 0;
    google__protobuf__timestamp__init(time);
    metric_read("process_start_time_seconds", keep_real, &since);
    time->seconds = (int64_t)since;
    time->nanos = (int32_t)((since - (double)time->seconds) * 1e9);
    return time;
}

void report_fill(struct arena *arena, const char *name, Process *ret_process) {
    struct report served = {arena, ret_process, &ret_process->served, &ret_process->n_served, 0};
    struct report called = {arena, ret_process, &ret_process->called, &ret_process->n_called, 0};
    myevents__v1__process__init(ret_process);
    ret_process->name = arena_copy_string(arena, name);
    ret_process->instance = instance_name(arena);
    ret_process->version = (char *)MYEVENTS_VERSION;
    ret_process->start_time = start_time(arena);
    ret_process->memory_bytes = process_resident_bytes();
    ret_process->cpu_seconds = process_cpu_seconds();
    fill_side(&served, &server);
    metric_read("http_server_request_duration_seconds", show_route, &served);
    fill_side(&called, &client);
    fill_streams(&served);
    fill_conservation(&served);
}

void report_add_health(struct arena *arena, Process *process, const char *name, bool serving) {
    if (process->n_health == REPORT_HEALTH_MAX)
        return;
    if (!process->health)
        process->health = arena_alloc(arena, REPORT_HEALTH_MAX * sizeof(process->health[0]));
    Myevents__V1__HealthState *health = arena_alloc(arena, sizeof(*health));
    myevents__v1__health_state__init(health);
    health->name = arena_copy_string(arena, name);
    health->serving = serving;
    process->health[process->n_health++] = health;
}
