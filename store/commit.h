/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a driver sees of a commit: its partition and its operations, in the order they were given.
 */

#include <stdbool.h>

#include "store/store.h"

enum operation_kind { OPERATION_PUT, OPERATION_DELETE, OPERATION_RECORD };

struct operation {
    enum operation_kind kind;
    unsigned collection; /* of a put or delete */
    struct text key;
    struct text value; /* of a record: its bytes, see record.h */
};

/* When the result stands. The group's size: of those that share the flush. */
void commit_end_spans(struct store_commit *commit, const char *system, size_t group_size);

struct text commit_partition(const struct store_commit *commit);
/* Start with *at = 0; false: that was all. The texts point into the commit. */
bool commit_next(const struct store_commit *commit, size_t *at, struct operation *ret_operation);
