/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/attr.h"

/*
 * Core says only that it could not listen. This says why, and refuses a unix socket on which
 * another process is listening, because core would take its path away. "host:port", "[v6]:port",
 * "unix:/path". -EADDRINUSE, -EACCES, -EADDRNOTAVAIL, -EINVAL ...
 */
_must_check_ int address_check(const char *address);
