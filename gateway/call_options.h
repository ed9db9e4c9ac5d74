/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a call takes along from the request that causes it: how long it may take, whose trace it
 * belongs to, and the few headers that services may see.
 */

#include "base/attr.h"
#include "gateway/transcode/transcode.h"
#include "mesh/client.h"

struct visit;

enum { CALL_METADATA_MAX = 8, CALL_EXTRAS_MAX = 2 };

struct call_options {
    struct rpc_options rpc;
    struct rpc_metadata metadata[CALL_METADATA_MAX];
};

/* NULL, or what is wrong with a header. A stream has a deadline only when the client wants one. */
_must_check_ const char *call_options_read(
    struct call_options *options, struct visit *visit, bool is_stream);

/* Headers that stand for fields of the request. Returns how many there are. */
size_t call_extras_read(
    const struct visit *visit, struct transcode_extra ret_extras[static CALL_EXTRAS_MAX]);
