/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Passes bytes between a client and a server until it is cut: how a connection is lost. */

struct relay;

struct relay *relay_new(int server_port);
int relay_port(const struct relay *relay);
void relay_cut(struct relay *relay); /* and takes no further connection */
void relay_free(struct relay *relay);
