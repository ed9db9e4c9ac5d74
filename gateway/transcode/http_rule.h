/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The google.api.http option of a method, which stands among the unknown fields of its options. */

#include "gateway/transcode/schema.h"
#include "google/protobuf/descriptor.pb-c.h"

struct arena;

/*
 * The rule and its additional bindings in one array, in the arena; none when there is no option.
 * Returns NULL, or what is wrong: "has no path".
 */
const char *http_rules_read(struct arena *arena, const Google__Protobuf__MethodOptions *options,
    const struct schema_rule **ret_rules, size_t *ret_count);
