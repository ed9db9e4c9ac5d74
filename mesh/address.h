/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Sockets that listen at "host:port" (port 0: any free one), "[v6]:port" or "unix:/path".
 *
 *  1. A host of several addresses has a socket at each of them, all at one port. 0.0.0.0 is every
 *     address, also of IPv6 where there is IPv6.
 *  2. A socket's file is taken over when nobody listens at it, and removed by address_close(). A
 *     file of another kind is left alone.
 *  3. Accepting never blocks.
 */

#include "base/attr.h"

enum { ADDRESS_SOCKETS_MAX = 8 };

struct address {
    int sockets[ADDRESS_SOCKETS_MAX];
    unsigned count;
    int port;   /* 0 for unix */
    char *path; /* of unix */
};

/* -EADDRINUSE, -EACCES, -EADDRNOTAVAIL, -EINVAL ... */
_must_check_ int address_listen(struct address *address, const char *name);
void address_close(struct address *address);
