/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Path templates of google.api.http: "/v1/shelves/{shelf=*}/books/{book}:publish".
 *
 *     Template = "/" Segments [ ":" verb ]      Segments = Segment { "/" Segment }
 *     Segment  = "*" | "**" | literal | "{" field.path [ "=" Segments ] "}"
 *
 * "*" is one segment that is not empty, "**" any number of them, none included. There is at most
 * one "**"; more segments may follow it.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/text.h"

enum { TEMPLATE_SEGMENTS_MAX = 32, TEMPLATE_VARIABLES_MAX = 8 };

enum segment_kind { SEGMENT_LITERAL, SEGMENT_ANY, SEGMENT_REST };

struct template_segment {
    enum segment_kind kind;
    struct text literal;
};

struct template_variable {
    struct text path; /* "event.id" */
    size_t first;     /* of its segments */
    size_t count;
    bool is_multi; /* may span a slash */
};

/* All texts are borrowed from the pattern. */
struct template {
    struct text pattern;
    struct template_segment segments[TEMPLATE_SEGMENTS_MAX];
    size_t segment_count;
    struct template_variable variables[TEMPLATE_VARIABLES_MAX];
    size_t variable_count;
    struct text verb; /* empty when there is none */
};

/* NULL, or what is wrong: "has an empty segment". */
_must_check_ const char *template_compile(struct text pattern, struct template *ret_template);
