/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Update masks (google.aip.dev/134): which fields of a request's message replace those of the
 * stored one.
 *
 *  1. mask_apply() copies the fields that `paths` names from `from` to `to`, both of one type; what
 *     they point to is shared.
 *  2. Without paths it copies every field of `updatable` that `from` carries.
 *  3. A path that is not in `updatable` (fields of that type, outside of oneofs; ends with NULL) is
 *     MASK_UNKNOWN_PATH and named by *ret_bad_path; nothing has been copied then.
 */

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>

#include "base/attr.h"

enum { MASK_UNKNOWN_PATH = 1 };

_must_check_ int mask_apply(char *const *paths, size_t path_count, const char *const *updatable,
    const ProtobufCMessage *from, ProtobufCMessage *to, const char **ret_bad_path);
