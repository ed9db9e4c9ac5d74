/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A command in the making, as the bytes that go over the wire. Zeroed memory is a valid one; it is
 * used again and again to keep its memory. */

#include <stdint.h>

#include "base/buffer.h"
#include "base/text.h"

struct redis_command {
    struct buffer arguments;
    uint32_t count;
};

void redis_command_deinit(struct redis_command *command);
void redis_command_begin(struct redis_command *command, const char *name);
void redis_command_text(struct redis_command *command, struct text argument);
void redis_command_string(struct redis_command *command, const char *argument);
void redis_command_strings(struct redis_command *command, ...)
    __attribute__((sentinel)); /* until NULL */
void redis_command_number(struct redis_command *command, uint64_t argument);
/* Where a sequence stands in a stream: "<sequence>-0". */
void redis_command_entry(struct redis_command *command, uint64_t sequence);
