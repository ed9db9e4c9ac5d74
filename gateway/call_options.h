/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a call takes along from the request that causes it: how long it may take, whose trace it
 * belongs to, the few headers that services may see, and headers that stand for fields.
 */

#include "base/attr.h"
#include "gateway/transcode/openapi.h"
#include "gateway/transcode/transcode.h"
#include "mesh/client.h"

struct visit;

enum { CALL_METADATA_MAX = 8, CALL_FIELDS = 2 };

struct call_options {
    struct rpc_options rpc;
    struct rpc_metadata metadata[CALL_METADATA_MAX];
};

/* NULL, or what is wrong with a header. A stream has a deadline only when the client wants one. */
_must_check_ const char *call_options_read(
    struct call_options *options, struct visit *visit, bool is_stream);

extern const struct openapi_header call_fields[CALL_FIELDS];
/* Returns how many of those the request has. */
size_t call_fields_read(
    const struct visit *visit, struct transcode_extra ret_extras[static CALL_FIELDS]);
/*
 * The query, without the resume_token when Last-Event-ID says it, too: a browser that reconnects
 * sends the URL with which it began and a header that knows better.
 */
struct text call_query(struct visit *visit, const struct schema_message *request);
