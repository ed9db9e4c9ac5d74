/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Who answers which request. `data` is the gateway. */

struct http_exchange;

void dispatch(struct http_exchange *exchange, void *data);
void dispatch_refused(struct http_exchange *exchange, int status, const char *why, void *data);
