/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * "host:port" as a listening socket. The host is an IPv4 address, an IPv6 address in brackets, a
 * name, or empty for all addresses of both families. A name stands for its first IPv4 address if it
 * has one.
 */

#include "base/attr.h"

/* -EINVAL: not of that form. -EADDRNOTAVAIL: the name is unknown. Or what bind() says. */
_must_check_ int http_address_listen(const char *address, int *ret_fd, int *ret_port);
