/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a file declares, by fully qualified name. */

#include <stdbool.h>
#include <stdint.h>

#include "google/protobuf/descriptor.pb-c.h"

struct arena;

struct symbol_visitor {
    void (*on_symbol)(void *data, const char *symbol, bool is_message);
    void (*on_extension)(void *data, const char *type, int32_t number);
};

/* Names are made in the arena. Names that are missing are passed over. */
void symbols_visit(struct arena *arena, const Google__Protobuf__FileDescriptorProto *file,
    const struct symbol_visitor *visitor, void *data);
