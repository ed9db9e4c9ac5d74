/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Whatever goes wrong is answered in one form: google.rpc.Status as JSON, with the HTTP status that
 * belongs to its code, or a more exact one where HTTP has it. All of the functions that reply end
 * the visit.
 */

#include "base/attr.h"
#include "base/text.h"

struct status;
struct transcode_error;
struct visit;

/* What the gateway refuses by itself: 400 to 599. */
_printf_(3, 4) void error_reply(struct visit *visit, int http_status, const char *format, ...);
/* A request that does not fit the API; names the field if it is about one. */
void error_reply_transcode(struct visit *visit, const struct transcode_error *error);
/* How a call ended, other than well. */
void error_reply_call(struct visit *visit, const struct status *status);
/* The body of the latter, for a stream that has begun. The gateway's scratch. */
struct text error_json(struct visit *visit, const struct status *status);
