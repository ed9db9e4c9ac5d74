/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Passes bytes between a client and a server and counts them, until it is cut: how a connection is
 * lost. It is cut from outside, or of itself after so many bytes in one direction, between any two
 * of them.
 */

#include <stdint.h>

struct relay;

struct relay *relay_new(int server_port);
enum relay_way { RELAY_TO_SERVER, RELAY_TO_CLIENT };
/* Before the first connection. The connections end where they are; others are not taken. */
void relay_cut_after(struct relay *relay, enum relay_way way, int64_t bytes);
int64_t relay_passed(struct relay *relay, enum relay_way way);
int relay_port(const struct relay *relay);
void relay_cut(struct relay *relay); /* and takes no further connection */
void relay_free(struct relay *relay);
