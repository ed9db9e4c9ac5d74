/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Update masks (google.aip.dev/134): which fields of a request's message replace those of the
 * stored one. */

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>

#include "base/attr.h"

enum { MASK_UNKNOWN_PATH = 1 };

/*
 * Copies the fields that `paths` names from `from` to `to`, both of one type; what they point to is
 * shared. No paths: every field of `updatable` that `from` carries. A path that is not in
 * `updatable` (ends with NULL) is refused and named; nothing has been copied then.
 */
_must_check_ int mask_apply(char *const *paths, size_t path_count, const char *const *updatable,
    const ProtobufCMessage *from, ProtobufCMessage *to, const char **ret_bad_path);
