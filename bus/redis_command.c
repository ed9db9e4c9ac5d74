/* SPDX-License-Identifier: Apache-2.0 */
#include "bus/redis_command.h"

#include <stdarg.h>
#include <stdio.h>

void redis_command_deinit(struct redis_command *command) {
    buffer_deinit(&command->arguments);
    command->count = 0;
}

void redis_command_begin(struct redis_command *command, const char *name) {
    buffer_clear(&command->arguments);
    command->count = 0;
    redis_command_string(command, name);
}

void redis_command_text(struct redis_command *command, struct text argument) {
    buffer_append_char(&command->arguments, '$');
    buffer_append_u64(&command->arguments, argument.size);
    buffer_append(&command->arguments, "\r\n", 2);
    buffer_append_text(&command->arguments, argument);
    buffer_append(&command->arguments, "\r\n", 2);
    command->count++;
}

void redis_command_string(struct redis_command *command, const char *argument) {
    redis_command_text(command, text_from(argument));
}

void redis_command_strings(struct redis_command *command, ...) {
    const char *argument;
    va_list args;
    va_start(args, command);
    while ((argument = va_arg(args, const char *)))
        redis_command_string(command, argument);
    va_end(args);
}

void redis_command_number(struct redis_command *command, uint64_t argument) {
    char digits[24];
    int size = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)argument);
    redis_command_text(command, (struct text){digits, (size_t)size});
}

void redis_command_entry(struct redis_command *command, uint64_t sequence) {
    char entry[32];
    int size = snprintf(entry, sizeof(entry), "%llu-0", (unsigned long long)sequence);
    redis_command_text(command, (struct text){entry, (size_t)size});
}
