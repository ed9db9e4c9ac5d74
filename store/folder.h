/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A folder that survives a power cut and has one writer. */

#include <sys/types.h>

#include "base/attr.h"

/* Makes what is missing of the path, private to its owner, and syncs each parent. */
_must_check_ int folder_make(const char *path);
_must_check_ int folder_sync(const char *path);
/* 0, or -ENOTEMPTY. */
_must_check_ int folder_check_empty(const char *path);
/* Held until *ret_fd is closed, also by the end of the process. -EBUSY: another holds it;
 * *ret_holder is then its process id, or 0. */
_must_check_ int folder_lock(const char *path, int *ret_fd, pid_t *ret_holder);
