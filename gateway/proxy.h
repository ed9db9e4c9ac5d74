/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Unary calls: the request becomes a call, the reply becomes the answer.
 *
 * A call that got no answer from a service, because it is just leaving, is made once more when that
 * cannot do harm: its method has no side effects or is idempotent, or the client gave an
 * idempotency key. With more than one instance nobody notices that one goes.
 */

#include <stdbool.h>

#include "base/attr.h"

struct call_options;
struct endpoint;
struct route_match;
struct visit;

void proxy_start(
    struct visit *visit, const struct endpoint *endpoint, const struct route_match *match);

/* What calls of both kinds begin with. The bytes are the gateway's scratch. False: the visit was
 * answered with what is wrong. */
_must_check_ bool proxy_prepare(struct visit *visit, const struct endpoint *endpoint,
    const struct route_match *match, struct call_options *ret_options);
