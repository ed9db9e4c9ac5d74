/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * From the names of a proto to names in C. Messages are spelled as protoc-c spells them, since it
 * declares them; services and methods follow the same rule. Everything lives in the arena.
 */

#include <stdbool.h>

struct arena;

char *name_lower(struct arena *arena, const char *camel); /* "GetEvent": "get_event" */
char *name_upper(struct arena *arena, const char *camel); /* "GetEvent": "GET_EVENT" */
/* ".myevents.v1.Event": "Myevents__V1__Event" */
char *name_message_type(struct arena *arena, const char *full_name);
/* ".myevents.v1.Event": "myevents__v1__event__descriptor" */
char *name_message_descriptor(struct arena *arena, const char *full_name);

bool name_is_keyword(const char *name); /* "default" and other words of C */
