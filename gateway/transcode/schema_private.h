/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What only the schema's own files see. */

#include "base/arena.h"
#include "gateway/transcode/schema.h"

struct schema_tables {
    struct schema schema;
    struct arena arena; /* holds everything, also this struct's arrays */
    struct names messages_by_name;
    struct names enums_by_name;
    struct names methods_by_path;
};

static inline struct schema_tables *schema_tables(const struct schema *schema) {
    return container_of(schema, struct schema_tables, schema);
}
