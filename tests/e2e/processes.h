/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

/* How many processes have "NAME=value" in the environment they were started with: who inherited a
 * mark can be counted whatever became of its parents. */
int processes_count_marked(const char *mark);
void processes_kill_marked(const char *mark);
