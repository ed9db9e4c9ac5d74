/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Channels of the commands, under the service config that the services have, too: the one built in,
 * or the file that SERVICE_CONFIG_FILE names. */

struct channel;
struct loop;

/* A file that is refused ends the command: stderr says why, the status is 2. */
struct channel *peer_new(struct loop *loop, const char *target);
