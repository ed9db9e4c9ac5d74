/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The span of a request, as OpenTelemetry's conventions for HTTP name and fill it. Queries stay out
 * of it: they may hold what is nobody's business. */

struct visit;

void visit_span_begin(struct visit *visit);
/* Of what is no part of a trace. */
void visit_span_drop(struct visit *visit);
/* What was answered; a stream goes on after it. */
void visit_span_answer(struct visit *visit, int status);
void visit_span_end(struct visit *visit);
