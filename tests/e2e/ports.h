/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

/* The first of `count` consecutive loopback ports that nobody uses. They lie below the range from
 * which the kernel takes ports for outgoing connections, so that none of those gets in the way. */
int ports_find(int count);
bool port_is_free(int port);
/* Takes it; -1 when it is taken. The result is a file descriptor. */
int port_take(int port);
