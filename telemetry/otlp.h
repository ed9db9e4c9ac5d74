/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Spans in the form of OTLP. Pure. */

#include "base/text.h"

struct arena;
struct settings;
struct span;

/* A serialized ExportTraceServiceRequest of the whole chain, in the arena. */
struct text otlp_write(
    struct arena *arena, const struct settings *settings, const struct span *chain);
