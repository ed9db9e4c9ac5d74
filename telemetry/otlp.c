/* SPDX-License-Identifier: Apache-2.0 */
#include "telemetry/otlp.h"

#include "base/arena.h"
#include "base/hex.h"
#include "base/span.h"
#include "mesh/message.h"
#include "opentelemetry/proto/collector/trace/v1/trace_service.pb-c.h"
#include "telemetry/settings.h"

typedef Opentelemetry__Proto__Common__V1__KeyValue key_value;
typedef Opentelemetry__Proto__Common__V1__AnyValue any_value;
typedef Opentelemetry__Proto__Trace__V1__Span otlp_span;
typedef Opentelemetry__Proto__Trace__V1__Span__Link otlp_link;
typedef Opentelemetry__Proto__Trace__V1__Status otlp_status;

enum { FLAG_SAMPLED = 1 };

static ProtobufCBinaryData id_bytes(struct arena *arena, const char *hex, size_t hex_size) {
    uint8_t *bytes = arena_alloc(arena, hex_size / 2);
    if (!hex_read(hex, hex_size / 2, bytes))
        return (ProtobufCBinaryData){0};
    return (ProtobufCBinaryData){hex_size / 2, bytes};
}

static key_value *new_pair(struct arena *arena, const char *key) {
    key_value *pair = arena_alloc(arena, sizeof(*pair));
    opentelemetry__proto__common__v1__key_value__init(pair);
    pair->key = (char *)key;
    pair->value = arena_alloc(arena, sizeof(*pair->value));
    opentelemetry__proto__common__v1__any_value__init(pair->value);
    return pair;
}

static key_value *string_pair(struct arena *arena, const char *key, const char *value) {
    key_value *pair = new_pair(arena, key);
    pair->value->value_case = OPENTELEMETRY__PROTO__COMMON__V1__ANY_VALUE__VALUE_STRING_VALUE;
    pair->value->string_value = (char *)value;
    return pair;
}

static key_value *number_pair(struct arena *arena, const char *key, int64_t value) {
    key_value *pair = new_pair(arena, key);
    pair->value->value_case = OPENTELEMETRY__PROTO__COMMON__V1__ANY_VALUE__VALUE_INT_VALUE;
    pair->value->int_value = value;
    return pair;
}

static key_value *write_attribute(struct arena *arena, const struct span_attribute *attribute) {
    if (!attribute->text.data)
        return number_pair(arena, attribute->key, attribute->number);
    return string_pair(arena, attribute->key, arena_copy_text(arena, attribute->text));
}

static otlp_link *write_link(struct arena *arena, const struct trace *trace) {
    otlp_link *link = arena_alloc(arena, sizeof(*link));
    opentelemetry__proto__trace__v1__span__link__init(link);
    link->trace_id = id_bytes(arena, trace->trace_id, TRACE_ID_SIZE);
    link->span_id = id_bytes(arena, trace->span_id, SPAN_ID_SIZE);
    link->flags = trace->sampled ? FLAG_SAMPLED : 0;
    return link;
}

/* Who did well says nothing: "ok" is for a person's verdict. */
static otlp_status *write_status(struct arena *arena, const struct span *span) {
    if (!span->has_failed)
        return NULL;
    otlp_status *status = arena_alloc(arena, sizeof(*status));
    opentelemetry__proto__trace__v1__status__init(status);
    status->code = OPENTELEMETRY__PROTO__TRACE__V1__STATUS__STATUS_CODE__STATUS_CODE_ERROR;
    status->message = arena_copy_text(arena, span->failure);
    return status;
}

static void write_lists(struct arena *arena, const struct span *span, otlp_span *message) {
    message->n_attributes = span->attribute_count;
    message->attributes = arena_alloc(arena, span->attribute_count * sizeof(key_value *));
    for (uint32_t i = 0; i < span->attribute_count; i++)
        message->attributes[i] = write_attribute(arena, &span->attributes[i]);
    message->dropped_attributes_count = span->dropped_attribute_count;
    message->n_links = span->link_count;
    message->links = arena_alloc(arena, span->link_count * sizeof(otlp_link *));
    for (uint32_t i = 0; i < span->link_count; i++)
        message->links[i] = write_link(arena, &span->links[i]);
    message->dropped_links_count = span->dropped_link_count;
}

static otlp_span *write_span(struct arena *arena, const struct span *span) {
    otlp_span *message = arena_alloc(arena, sizeof(*message));
    opentelemetry__proto__trace__v1__span__init(message);
    message->trace_id = id_bytes(arena, span->trace.trace_id, TRACE_ID_SIZE);
    message->span_id = id_bytes(arena, span->trace.span_id, SPAN_ID_SIZE);
    if (span->parent_id[0])
        message->parent_span_id = id_bytes(arena, span->parent_id, SPAN_ID_SIZE);
    message->flags = FLAG_SAMPLED;
    message->name = (char *)span->name;
    message->kind = (Opentelemetry__Proto__Trace__V1__Span__SpanKind)span->kind;
    message->start_time_unix_nano = (uint64_t)span->start_ns;
    message->end_time_unix_nano = (uint64_t)span->end_ns;
    message->status = write_status(arena, span);
    write_lists(arena, span, message);
    return message;
}

static size_t chain_size(const struct span *chain) {
    size_t size = 0;
    for (; chain; chain = chain->next)
        size++;
    return size;
}

static void write_spans(struct arena *arena, const struct span *chain,
    Opentelemetry__Proto__Trace__V1__ScopeSpans *message) {
    message->spans = arena_alloc(arena, chain_size(chain) * sizeof(otlp_span *));
    for (; chain; chain = chain->next)
        message->spans[message->n_spans++] = write_span(arena, chain);
}

static void write_resource(struct arena *arena, const struct settings *settings,
    Opentelemetry__Proto__Resource__V1__Resource *message) {
    message->n_attributes = settings->attribute_count;
    message->attributes = arena_alloc(arena, settings->attribute_count * sizeof(key_value *));
    for (size_t i = 0; i < settings->attribute_count; i++)
        message->attributes[i] = string_pair(
            arena, settings->attributes[i].key, settings->attributes[i].value);
}

struct text otlp_write(
    struct arena *arena, const struct settings *settings, const struct span *chain) {
    Opentelemetry__Proto__Collector__Trace__V1__ExportTraceServiceRequest request =
        OPENTELEMETRY__PROTO__COLLECTOR__TRACE__V1__EXPORT_TRACE_SERVICE_REQUEST__INIT;
    Opentelemetry__Proto__Trace__V1__ResourceSpans of_resource =
        OPENTELEMETRY__PROTO__TRACE__V1__RESOURCE_SPANS__INIT;
    Opentelemetry__Proto__Trace__V1__ScopeSpans of_scope =
        OPENTELEMETRY__PROTO__TRACE__V1__SCOPE_SPANS__INIT;
    Opentelemetry__Proto__Resource__V1__Resource resource =
        OPENTELEMETRY__PROTO__RESOURCE__V1__RESOURCE__INIT;
    Opentelemetry__Proto__Common__V1__InstrumentationScope scope =
        OPENTELEMETRY__PROTO__COMMON__V1__INSTRUMENTATION_SCOPE__INIT;
    scope.name = (char *)"myevents";
    scope.version = (char *)MYEVENTS_VERSION;
    of_scope.scope = &scope;
    write_spans(arena, chain, &of_scope);
    write_resource(arena, settings, &resource);
    of_resource.resource = &resource;
    of_resource.n_scope_spans = 1;
    of_resource.scope_spans = (Opentelemetry__Proto__Trace__V1__ScopeSpans *[]){&of_scope};
    request.n_resource_spans = 1;
    request.resource_spans = (Opentelemetry__Proto__Trace__V1__ResourceSpans *[]){&of_resource};
    return message_pack(arena, &request.base);
}
