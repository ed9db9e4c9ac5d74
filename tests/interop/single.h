/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What more than one case does. */

#include "tests/interop/cases.h"
#include "tests/interop/exchange.h"

/* large_unary, by an exchange that is initialized. */
void call_large(struct exchange *exchange, struct channel *channel);
/* UnaryCall, with an answer of this status. */
void call_status(struct client *client, EchoStatus *status);
