/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* myevents.v1.SystemService as a service serves it: GetProcess. Who lists them all is the gateway.
 */

struct host;

/* After host_open(), before host_serve(). */
void system_serve(struct host *host);
