/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the program adds to the gateway for SystemService.ListProcesses: what it tells of itself,
 * and what stands for a service that does not answer. */

#include "gateway/gateway.h"

/* is_off: it is refused (INTROSPECTION=off). */
struct gateway_survey system_survey(bool is_off);
/* From now on the gateway says that it is draining. Any thread. */
void system_drain(void);
