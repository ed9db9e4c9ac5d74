/* SPDX-License-Identifier: Apache-2.0 */
#include "telemetry/otlp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/arena.h"
#include "base/hex.h"
#include "base/span.h"
#include "mesh/message.h"
#include "opentelemetry/proto/collector/trace/v1/trace_service.pb-c.h"
#include "telemetry/settings.h"

typedef Opentelemetry__Proto__Collector__Trace__V1__ExportTraceServiceRequest export_request;
typedef Opentelemetry__Proto__Trace__V1__Span otlp_span;

static struct arena arena;

static void on_batch(void *data) {
}

static int setup(void **state) {
    const struct spans_options options = {
        .sampler = sampler_make(SAMPLER_ALWAYS_ON, 1),
        .queue_max = 16,
        .batch = 16,
        .on_batch = on_batch,
    };
    arena_init(&arena, 0);
    spans_start(&options);
    return 0;
}

static int teardown(void **state) {
    spans_stop();
    arena_deinit(&arena);
    return 0;
}

static const struct settings settings = {
    .attributes = {{"service.name", "gateway"}, {"deployment.environment.name", "test"}},
    .attribute_count = 2,
};

/* Takes the spans that have ended through the wire. */
static const Opentelemetry__Proto__Trace__V1__ResourceSpans *over_the_wire(void) {
    struct span *chain;
    assert_true(spans_take(16, &chain) > 0);
    struct text bytes = otlp_write(&arena, &settings, chain);
    span_drop_all(&chain);
    const export_request *request = (const export_request *)message_unpack(&arena,
        &opentelemetry__proto__collector__trace__v1__export_trace_service_request__descriptor,
        bytes);
    assert_non_null(request);
    assert_int_equal(request->n_resource_spans, 1);
    return request->resource_spans[0];
}

static void assert_id(const ProtobufCBinaryData *id, const char *hex) {
    char text[TRACE_ID_SIZE + 1] = "";
    assert_int_equal(id->len, strlen(hex) / 2);
    hex_write(id->data, id->len, text);
    assert_string_equal(text, hex);
}

static void a_batch_names_its_process(void **state) {
    struct trace own;
    span_end(span_begin(SPAN_SERVER, "Get", NULL, &own));
    const Opentelemetry__Proto__Trace__V1__ResourceSpans *of = over_the_wire();
    assert_int_equal(of->resource->n_attributes, 2);
    assert_string_equal(of->resource->attributes[0]->key, "service.name");
    assert_string_equal(of->resource->attributes[0]->value->string_value, "gateway");
    assert_string_equal(of->resource->attributes[1]->value->string_value, "test");
    assert_string_equal(of->scope_spans[0]->scope->name, "myevents");
    assert_string_equal(of->scope_spans[0]->scope->version, MYEVENTS_VERSION);
}

static void a_span_keeps_all_it_says(void **state) {
    struct trace parent, own;
    trace_start(&parent);
    struct span *span = span_begin(SPAN_PRODUCER, "send stream", &parent, &own);
    span_text(span, "messaging.system", TEXT("redis"));
    span_number(span, "messaging.batch.message_count", INT64_C(-5000000000));
    span_link(span, &parent);
    span_fail(span, "away");
    for (unsigned i = 0; i < SPAN_ATTRIBUTES_MAX; i++)
        span_number(span, "n", i);
    for (unsigned i = 0; i < SPAN_LINKS_MAX; i++)
        span_link(span, &parent);
    span_end(span);

    int64_t start_ns = span->start_ns, end_ns = span->end_ns; /* it is in the queue */
    const otlp_span *read = over_the_wire()->scope_spans[0]->spans[0];
    assert_id(&read->trace_id, own.trace_id);
    assert_id(&read->span_id, own.span_id);
    assert_id(&read->parent_span_id, parent.span_id);
    assert_int_equal(read->flags, 1);
    assert_string_equal(read->name, "send stream");
    assert_int_equal(
        read->kind, OPENTELEMETRY__PROTO__TRACE__V1__SPAN__SPAN_KIND__SPAN_KIND_PRODUCER);
    assert_int_equal(read->start_time_unix_nano, start_ns);
    assert_int_equal(read->end_time_unix_nano, end_ns);
    assert_int_equal(read->n_attributes, SPAN_ATTRIBUTES_MAX);
    assert_string_equal(read->attributes[0]->key, "messaging.system");
    assert_string_equal(read->attributes[0]->value->string_value, "redis");
    assert_int_equal(read->attributes[1]->value->int_value, INT64_C(-5000000000));
    assert_int_equal(read->dropped_attributes_count, 2);
    assert_int_equal(read->n_links, SPAN_LINKS_MAX);
    assert_id(&read->links[0]->trace_id, parent.trace_id);
    assert_id(&read->links[0]->span_id, parent.span_id);
    assert_int_equal(read->dropped_links_count, 1);
    assert_int_equal(read->status->code,
        OPENTELEMETRY__PROTO__TRACE__V1__STATUS__STATUS_CODE__STATUS_CODE_ERROR);
    assert_string_equal(read->status->message, "away");
}

static void a_root_that_went_well_has_no_parent_and_no_status(void **state) {
    static const struct {
        enum span_kind kind;
        Opentelemetry__Proto__Trace__V1__Span__SpanKind expected;
    } kinds[] = {
        {SPAN_INTERNAL, OPENTELEMETRY__PROTO__TRACE__V1__SPAN__SPAN_KIND__SPAN_KIND_INTERNAL},
        {SPAN_SERVER, OPENTELEMETRY__PROTO__TRACE__V1__SPAN__SPAN_KIND__SPAN_KIND_SERVER},
        {SPAN_CLIENT, OPENTELEMETRY__PROTO__TRACE__V1__SPAN__SPAN_KIND__SPAN_KIND_CLIENT},
        {SPAN_CONSUMER, OPENTELEMETRY__PROTO__TRACE__V1__SPAN__SPAN_KIND__SPAN_KIND_CONSUMER},
    };
    struct trace own;
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        span_end(span_begin(kinds[i].kind, "x", NULL, &own));
    const Opentelemetry__Proto__Trace__V1__ScopeSpans *scope = over_the_wire()->scope_spans[0];
    assert_int_equal(scope->n_spans, ARRAY_SIZE(kinds));
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        assert_int_equal(scope->spans[i]->kind, kinds[i].expected);
        assert_int_equal(scope->spans[i]->parent_span_id.len, 0);
        assert_null(scope->spans[i]->status);
    }
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_batch_names_its_process, setup, teardown),
        cmocka_unit_test_setup_teardown(a_span_keeps_all_it_says, setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_root_that_went_well_has_no_parent_and_no_status, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
