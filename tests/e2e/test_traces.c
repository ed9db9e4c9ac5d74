/* SPDX-License-Identifier: Apache-2.0 */

/* The whole system exports its spans to a collector, which is this process. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "tests/e2e/api.h"
#include "tests/e2e/stand.h"
#include "tests/support/otlp_sink.h"

#define KIND(name) OPENTELEMETRY__PROTO__TRACE__V1__SPAN__SPAN_KIND__SPAN_KIND_##name

enum { EXPORT_TIMEOUT_MS = 60000, POLL_MS = 10, SPANS_MAX = 64 };

/* The client's own span, below which everything stands. */
#define CLIENT_SPAN "00f067aa0ba902b7"

struct watched {
    struct stand *stand;
    struct otlp_sink *sink;
    struct api api;
    char endpoint[80];
};

static int setup(void **state) {
    struct watched *watched = memory_new(sizeof *watched);
    *state = watched;
    watched->sink = otlp_sink_new(0);
    snprintf(watched->endpoint, sizeof watched->endpoint,
        "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:%d", otlp_sink_port(watched->sink));
    watched->stand = stand_new();
    watched->stand->arguments[0] = "--no-seed";
    watched->stand->variables[0] = watched->endpoint;
    watched->stand->variables[1] = "OTEL_BSP_SCHEDULE_DELAY=50";
    watched->stand->variables[2] = "OTEL_SERVICE_NAME=everything";
    watched->stand->variables[3] = "OTEL_RESOURCE_ATTRIBUTES=service.namespace=myevents";
    stand_start(watched->stand);
    api_init(&watched->api, watched->stand);
    return 0;
}

static int teardown(void **state) {
    struct watched *watched = *state;
    api_deinit(&watched->api);
    int r = stand_end(watched->stand);
    otlp_sink_free(watched->sink);
    free(watched);
    return r;
}

/* --- one trace --- */

struct trace_view {
    struct sink_span spans[SPANS_MAX];
    size_t count;
};

static struct trace_view view_of(struct otlp_sink *sink, const char *trace_id) {
    struct trace_view view = {0};
    size_t count = otlp_sink_span_count(sink);
    for (size_t i = 0; i < count; i++) {
        struct sink_span span = otlp_sink_span(sink, i);
        if (strcmp(span.trace_id, trace_id) == 0 && view.count < SPANS_MAX)
            view.spans[view.count++] = span;
    }
    return view;
}

static void show(const struct trace_view *view) {
    for (size_t i = 0; i < view->count; i++) {
        const struct sink_span *span = &view->spans[i];
        print_message("%s %s below %s: kind %d \"%s\"\n", span->service, span->span_id,
            span->parent_id, span->span->kind, span->span->name);
    }
}

struct wanted {
    const char *service;
    int kind;
    const char *name;
    const char *event_type; /* NULL: whatever */
};

/* The one below `parent`; NULL: there is none. */
static const struct sink_span *find(
    const struct trace_view *view, const char *parent_id, const struct wanted *wanted) {
    const struct sink_span *found = NULL;
    for (size_t i = 0; i < view->count; i++) {
        const struct sink_span *span = &view->spans[i];
        const char *type = sink_span_text(span, "cloudevents.event_type");
        if (strcmp(span->parent_id, parent_id) != 0 ||
            strcmp(span->service, wanted->service) != 0 || (int)span->span->kind != wanted->kind ||
            strcmp(span->span->name, wanted->name) != 0 ||
            (wanted->event_type && (!type || strcmp(type, wanted->event_type) != 0)))
            continue;
        assert_null(found); /* there is but one */
        found = span;
    }
    return found;
}

/* From the client's span downwards, each below the one before. False: it ends early. */
static bool follow(const struct trace_view *view, const struct wanted *chain, size_t count,
    const struct sink_span **ret_spans) {
    const char *parent_id = CLIENT_SPAN;
    for (size_t i = 0; i < count; i++) {
        ret_spans[i] = find(view, parent_id, &chain[i]);
        if (!ret_spans[i])
            return false;
        parent_id = ret_spans[i]->span_id;
    }
    return true;
}

/* Waits until the chain is there and the trace has so many spans. */
static void wait_for_chain(struct watched *watched, const char *trace_id,
    const struct wanted *chain, size_t count, size_t span_count, struct trace_view *ret_view,
    const struct sink_span **ret_spans) {
    int64_t deadline_ms = clock_monotonic_ms() + EXPORT_TIMEOUT_MS;
    for (;;) {
        *ret_view = view_of(watched->sink, trace_id);
        if (ret_view->count >= span_count && follow(ret_view, chain, count, ret_spans))
            return;
        if (clock_monotonic_ms() > deadline_ms)
            break;
        pause_ms(POLL_MS);
    }
    show(ret_view);
    stand_show(watched->stand);
    fail_msg("the trace is not whole after %d ms", EXPORT_TIMEOUT_MS);
}

static void ask_traced(struct watched *watched, const char *trace_id, const char *flags,
    const char *method, const char *target, const char *body) {
    char headers[256];
    struct rest_answer answer;
    snprintf(headers, sizeof headers,
        "Content-Type: application/json\r\ntraceparent: 00-%s-" CLIENT_SPAN "-%s\r\n", trace_id,
        flags);
    int r = rest_request(&watched->api.rest, method, target, headers, text_from(body), &answer);
    assert_int_equal(r, 0);
    assert_int_equal(answer.status, 200);
}

static void book_traced(struct watched *watched, const char *trace_id, const char *flags,
    struct id event, struct id user) {
    char target[128], body[160];
    snprintf(target, sizeof target, "/v1/events/%s/bookings", event.text);
    snprintf(body, sizeof body, "{\"userId\":\"%s\",\"seats\":2}", user.text);
    ask_traced(watched, trace_id, flags, "POST", target, body);
}

/* An event that the booking service knows, so that it need not ask for it. */
static struct id known_event(struct watched *watched, struct id user) {
    struct id event = api_new_event(&watched->api, 100);
    api_book(&watched->api, event, user, 1, false);
    return event;
}

static void assert_text(const struct sink_span *span, const char *key, const char *expected) {
    const char *text = sink_span_text(span, key);
    assert_string_equal(text ? text : "", expected);
}

static int64_t number_of(const struct sink_span *span, const char *key) {
    const int64_t *number = sink_span_number(span, key);
    assert_non_null(number);
    return *number;
}

static void assert_number(const struct sink_span *span, const char *key, int64_t expected) {
    assert_int_equal(number_of(span, key), expected);
}

#define BOOK      "myevents.v1.BookingService/CreateBooking"
#define CONFIRMED "myevents.booking.confirmed.v1"
#define CHANGED   "myevents.availability.changed.v1"

static const struct wanted booking_chain[] = {
    {"gateway", KIND(SERVER), "POST /v1/events/{event_id}/bookings", NULL},
    {"gateway", KIND(CLIENT), BOOK, NULL},
    {"booking-service", KIND(SERVER), BOOK, NULL},
    {"booking-service", KIND(INTERNAL), "commit", NULL},
    {"booking-service", KIND(PRODUCER), "send myevents.booking", CHANGED},
    {"event-service", KIND(CONSUMER), "process myevents.booking", CHANGED},
    {"event-service", KIND(INTERNAL), "commit", NULL},
};
enum { HTTP, CLIENT, SERVER, COMMIT, SEND, PROCESS, COMMIT_OF_SEATS, CHAIN_SIZE };
/* The booking's own record is sent and processed, too; nobody makes anything of it. */
enum { BOOKING_SPANS = CHAIN_SIZE + 2 };

static void a_booking_is_one_trace(void **state) {
    static const char trace_id[] = "4bf92f3577b34da6a3ce929d0e0e4736";
    struct watched *watched = *state;
    struct trace_view view;
    const struct sink_span *spans[CHAIN_SIZE];
    struct id user = api_new_user(&watched->api);
    struct id event = known_event(watched, user);
    book_traced(watched, trace_id, "01", event, user);
    wait_for_chain(watched, trace_id, booking_chain, CHAIN_SIZE, BOOKING_SPANS, &view, spans);
    show(&view);
    assert_int_equal(view.count, BOOKING_SPANS);

    assert_text(spans[HTTP], "http.request.method", "POST");
    assert_text(spans[HTTP], "http.route", "/v1/events/{event_id}/bookings");
    assert_number(spans[HTTP], "http.response.status_code", 200);
    assert_non_null(strstr(sink_span_text(spans[HTTP], "url.path"), event.text));
    assert_text(spans[CLIENT], "rpc.service", "myevents.v1.BookingService");
    assert_text(spans[CLIENT], "rpc.method", "CreateBooking");
    assert_number(spans[CLIENT], "rpc.grpc.status_code", 0);
    assert_non_null(strstr(sink_span_text(spans[CLIENT], "server.address"), "booking.sock"));
    assert_number(spans[SERVER], "rpc.grpc.status_code", 0);
    assert_text(spans[COMMIT], "db.system.name", "lmdb");
    assert_number(spans[COMMIT], "myevents.commit.records", 2);
    /* Who else waits for it is up to the moment: what the bus tells of the event may, too. */
    assert_true(number_of(spans[COMMIT], "myevents.commit.waiting") >= 1);
    assert_text(spans[SEND], "messaging.system", "redis");
    assert_text(spans[SEND], "messaging.destination.name", "myevents.booking");
    assert_text(spans[PROCESS], "messaging.system", "redis");
    assert_text(spans[PROCESS], "messaging.consumer.group.name", "event-service");
    assert_int_equal(spans[PROCESS]->span->n_links, 1);
    assert_memory_equal(
        spans[PROCESS]->span->links[0]->span_id.data, spans[SEND]->span->span_id.data, 8);
    for (size_t i = 0; i < CHAIN_SIZE; i++) {
        assert_null(spans[i]->span->status);
        assert_true(spans[i]->span->end_time_unix_nano >= spans[i]->span->start_time_unix_nano);
    }
}

static void the_logs_name_the_trace(void **state) {
    static const char trace_id[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    struct watched *watched = *state;
    struct id user = api_new_user(&watched->api);
    struct id event = known_event(watched, user);
    book_traced(watched, trace_id, "01", event, user);
    int64_t deadline_ms = clock_monotonic_ms() + EXPORT_TIMEOUT_MS;
    static const char *const services[] = {"service=gateway", "service=booking-service"};
    for (size_t i = 0; i < ARRAY_SIZE(services); i++) {
        char words[80];
        snprintf(words, sizeof words, "trace_id=%s", trace_id);
        while (!stand_has_said_in_a_line(watched->stand, services[i], words)) {
            if (clock_monotonic_ms() > deadline_ms)
                fail_msg("%s does not log %s", services[i], words);
            pause_ms(POLL_MS);
        }
    }
}

/* It goes the same way as one that is exported, before it, and a probe does, too. */
static void what_is_not_sampled_is_not_exported(void **state) {
    static const char unsampled[] = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
    static const char probed[] = "cccccccccccccccccccccccccccccccc";
    static const char sampled[] = "dddddddddddddddddddddddddddddddd";
    struct watched *watched = *state;
    struct trace_view view;
    const struct sink_span *spans[CHAIN_SIZE];
    struct id user = api_new_user(&watched->api);
    struct id event = known_event(watched, user);
    book_traced(watched, unsampled, "00", event, user);
    ask_traced(watched, probed, "01", "GET", "/healthz", "");
    book_traced(watched, sampled, "01", event, user);
    wait_for_chain(watched, sampled, booking_chain, CHAIN_SIZE, BOOKING_SPANS, &view, spans);
    view = view_of(watched->sink, unsampled);
    assert_int_equal(view.count, 0);
    view = view_of(watched->sink, probed);
    assert_int_equal(view.count, 0);
}

#define CANCEL "myevents.v1.EventService/CancelEvent"

/* The other way round: the booking service follows what organisers do. */
static void an_organisers_change_is_one_trace(void **state) {
    static const char trace_id[] = "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee";
    static const struct wanted chain[] = {
        {"gateway", KIND(SERVER), "POST /v1/events/{event_id}:cancel", NULL},
        {"gateway", KIND(CLIENT), CANCEL, NULL},
        {"event-service", KIND(SERVER), CANCEL, NULL},
        {"event-service", KIND(INTERNAL), "commit", NULL},
        {"event-service", KIND(PRODUCER), "send myevents.event", NULL},
        {"booking-service", KIND(CONSUMER), "process myevents.event", NULL},
    };
    struct watched *watched = *state;
    struct trace_view view;
    const struct sink_span *spans[ARRAY_SIZE(chain)];
    char target[128];
    struct id event = known_event(watched, api_new_user(&watched->api));
    snprintf(target, sizeof target, "/v1/events/%s:cancel", event.text);
    ask_traced(watched, trace_id, "01", "POST", target, "{}");
    wait_for_chain(
        watched, trace_id, chain, ARRAY_SIZE(chain), ARRAY_SIZE(chain) + 2, &view, spans);
    size_t commits = 0;
    for (size_t i = 0; i < view.count; i++)
        commits += strcmp(view.spans[i].service, "booking-service") == 0 &&
                   strcmp(view.spans[i].span->name, "commit") == 0 &&
                   strcmp(view.spans[i].parent_id, spans[5]->span_id) == 0;
    assert_int_equal(commits, 2); /* the event's facts, and the mark */
}

/* --- without it --- */

static bool has_thread(pid_t pid, const char *name) {
    char path[64], comm[32] = "";
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *tasks = opendir(path);
    bool found = false;
    assert_non_null(tasks);
    for (struct dirent *entry; (entry = readdir(tasks));) {
        char comm_path[96];
        snprintf(comm_path, sizeof comm_path, "%s/%.20s/comm", path, entry->d_name);
        FILE *file = fopen(comm_path, "r");
        if (!file)
            continue;
        found |= fgets(comm, sizeof comm, file) && strncmp(comm, name, strlen(name)) == 0;
        fclose(file);
    }
    closedir(tasks);
    return found;
}

static bool metrics_say(int port, const char *words) {
    struct rest rest;
    struct rest_answer answer;
    char address[32];
    snprintf(address, sizeof address, "127.0.0.1:%d", port);
    assert_int_equal(rest_init(&rest, address, EXPORT_TIMEOUT_MS), 0);
    assert_int_equal(rest_request(&rest, "GET", "/metrics", "", TEXT(""), &answer), 0);
    bool found = memmem(answer.body.data, answer.body.size, words, strlen(words));
    rest_deinit(&rest);
    return found;
}

static void expect_export(struct stand *stand, bool is_on) {
    static const char *const services[] = {"event-service", "booking-service", "gateway"};
    for (int i = 0; i < (int)ARRAY_SIZE(services); i++) {
        assert_int_equal(has_thread(stand_pid(stand, services[i]), "telemetry"), is_on);
        assert_int_equal(
            metrics_say(stand->metrics_port + i, "myevents_spans_exported_total"), is_on);
    }
}

static void an_exporter_shows_in_its_process(void **state) {
    struct watched *watched = *state;
    expect_export(watched->stand, true);
}

static void without_an_endpoint_there_is_none(void **state) {
    struct stand *stand = stand_new();
    struct api api;
    stand->arguments[0] = "--no-seed";
    stand_start(stand);
    api_init(&api, stand);
    struct id user = api_new_user(&api);
    struct id event = api_new_event(&api, 10);
    api_book(&api, event, user, 1, false);
    expect_export(stand, false);
    api_deinit(&api);
    assert_int_equal(stand_end(stand), 0);
}

static void a_wrong_endpoint_stops_the_start(void **state) {
    static const char *const programs[] = {
        "gateway/gateway", "services/event/event-service", "services/booking/booking-service"};
    struct watched *watched = *state;
    for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
        char tool[512], path[640], database[160];
        _cleanup_(buffer_deinit) struct buffer said = {0};
        snprintf(tool, sizeof tool, "%s", tool_path());
        snprintf(path, sizeof path, "%s/../%s", dirname(tool), programs[i]);
        snprintf(database, sizeof database, "DATABASE_URL=lmdb://%s/refused%zu",
            watched->stand->folder, i);
        const char *const arguments[] = {path, NULL};
        const char *const variables[] = {
            "OTEL_EXPORTER_OTLP_ENDPOINT=https://collector:4317", database, NULL};
        int status = command_run(
            watched->stand->folder, arguments, variables, &said, EXPORT_TIMEOUT_MS);
        assert_in_range(status, 1, 2);
        assert_non_null(
            strstr(said.data, "OTEL_EXPORTER_OTLP_ENDPOINT: https:// is not supported"));
    }
}

static void the_stand_ends_well(void **state) {
    struct watched *watched = *state;
    void *stand = watched->stand;
    everything_ends_well(&stand);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_booking_is_one_trace),
        cmocka_unit_test(an_organisers_change_is_one_trace),
        cmocka_unit_test(the_logs_name_the_trace),
        cmocka_unit_test(what_is_not_sampled_is_not_exported),
        cmocka_unit_test(an_exporter_shows_in_its_process),
        cmocka_unit_test(without_an_endpoint_there_is_none),
        cmocka_unit_test(a_wrong_endpoint_stops_the_start),
        cmocka_unit_test(the_stand_ends_well),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
