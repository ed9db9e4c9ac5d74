/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The data folder of `up`: made when absent, ours alone while we run, refused when something else
 * lies there. */

#include "base/attr.h"

struct folder {
    char path[4096];   /* absolute */
    char run_path[64]; /* sockets: a short path, because unix sockets take at most 107 characters */
    int lock_fd;
};

/* What is wrong is said on stderr; -1 then. */
_must_check_ int folder_open(const char *path, struct folder *ret_folder);
void folder_close(struct folder *folder);
