/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The writing half of a connection. Bytes gather in a borrowed buffer and leave in as few writes as
 * possible; the buffer goes back as soon as it is empty. A write that fails is noted on the
 * connection, never reported: whoever settles it finds out.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/text.h"

struct http_connection;

struct buffer *http_output_open(struct http_connection *connection);
size_t http_output_size(const struct http_connection *connection); /* waiting */
void http_output_flush(struct http_connection *connection);
/* In one write with what is waiting, and without copying more than the socket does not take. */
void http_output_flush_with(struct http_connection *connection, struct text last);
/* Tells epoll to report the socket as soon as it takes bytes, also when it does already. */
void http_output_watch(struct http_connection *connection);
void http_output_drop(struct http_connection *connection);
