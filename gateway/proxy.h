/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Unary calls: the request becomes a call, the reply becomes the answer. */

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
