/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A listening socket of the server. Accepts in bursts; rests a moment when descriptors run out. */

#include "base/attr.h"
#include "http/loop.h"

struct http_server;

struct http_listener {
    struct http_source source; /* fd -1: closed */
    struct http_server *server;
    struct http_timer rest;
};

_must_check_ int http_listener_open(
    struct http_listener *listener, struct http_server *server, const char *address, int *ret_port);
void http_listener_close(struct http_listener *listener); /* again does nothing */
