/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A collector of traces for tests: a gRPC server that keeps what it is sent, and answers as it is
 * told. Its functions are for the test's thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mesh/status.h"
#include "opentelemetry/proto/trace/v1/trace.pb-c.h"

struct otlp_sink;

struct sink_answer {
    enum status_code code;
    int64_t retry_delay_ms; /* 0: no RetryInfo */
    int64_t rejected;       /* spans, of an answer that is OK */
    const char *message;
    bool is_silent; /* none at all */
};

/* What was taken; lives as long as the sink. */
struct sink_span {
    const char *service; /* service.name of the resource */
    char trace_id[33], span_id[17], parent_id[17];
    const Opentelemetry__Proto__Trace__V1__Span *span;
};

/* Port 0: any free one. NULL: the port is not free. */
struct otlp_sink *otlp_sink_new(int port);
void otlp_sink_free(struct otlp_sink *sink);
int otlp_sink_port(const struct otlp_sink *sink);

/* The next exports are answered so, one after the other; all that follow are taken. */
void otlp_sink_answer(struct otlp_sink *sink, const struct sink_answer *answers, size_t count);
/* Until so many exports have come, or so many spans were taken. False: they have not. */
bool otlp_sink_wait_exports(struct otlp_sink *sink, size_t count, int64_t timeout_ms);
bool otlp_sink_wait_spans(struct otlp_sink *sink, size_t count, int64_t timeout_ms);
size_t otlp_sink_export_count(struct otlp_sink *sink);
/* When an export came, monotonic. */
int64_t otlp_sink_export_ms(struct otlp_sink *sink, size_t index);
size_t otlp_sink_span_count(struct otlp_sink *sink);
struct sink_span otlp_sink_span(struct otlp_sink *sink, size_t index);
/* Metadata "x-token" of the last export; "" when it had none. */
const char *otlp_sink_token(struct otlp_sink *sink);

/* The value of an attribute; NULL: it has none of that key and type. */
const char *sink_span_text(const struct sink_span *span, const char *key);
const int64_t *sink_span_number(const struct sink_span *span, const char *key);
