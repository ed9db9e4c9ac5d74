/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The data folder of `up`: made when absent, ours alone while we run, refused when something else
 * lies there. Sockets live in a folder of /tmp, because a unix socket's path has 107 characters at
 * most; DATA/run leads there.
 */

#include <limits.h>

#include "base/attr.h"

struct folder {
    char path[PATH_MAX];     /* absolute */
    char run_path[PATH_MAX]; /* of the sockets */
    int lock_fd;
};

/* What is wrong is said on stderr; -1 then. */
_must_check_ int folder_open(const char *path, struct folder *ret_folder);
void folder_close(struct folder *folder);
