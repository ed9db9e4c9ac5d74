/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One rule, checked against the messages that it binds. */

#include <stdbool.h>

#include "gateway/transcode/route.h"

/* False, with a sentence appended, when the rule makes no sense. */
bool route_compile(const struct schema_method *method, const struct schema_rule *rule,
    struct route *ret_route, struct buffer *ret_error);
