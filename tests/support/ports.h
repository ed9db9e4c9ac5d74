/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

/*
 * The first of PORTS_COUNT consecutive loopback ports that nobody uses. They lie below the range
 * from which the kernel takes ports for outgoing connections, so that none of those gets in the
 * way, and no other test on this machine is given them until this process ends.
 */
enum { PORTS_COUNT = 6 };
int ports_find(void);
bool port_is_free(int port);
/* Takes it; -1 when it is taken. The result is a file descriptor. */
int port_take(int port);
