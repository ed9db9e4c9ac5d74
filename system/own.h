/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Reports as bytes (myevents.v1.Process), for who knows no message of the API. Any thread. */

#include <stdbool.h>

struct buffer;
struct status;

/* What this process tells of itself. */
void own_append(struct buffer *wire, const char *name, bool is_draining);
/* What stands for another one whose answer was that status. */
void own_append_missing(struct buffer *wire, const char *name, const struct status *status);
