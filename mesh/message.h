/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * protobuf-c messages and arenas. protobuf-c knows no limit of depth and lets a small message grow
 * into a large tree, so peers' bytes are unpacked under a cap of bytes and of stack depth.
 */

#include <protobuf-c/protobuf-c.h>

#include "base/attr.h"
#include "base/text.h"

struct arena;

enum { MESSAGE_DEPTH_MAX = 100 };

/* NULL: malformed, too deep, too large for its cap, or a string that is no UTF-8. Lives in the
 * arena; never freed. */
ProtobufCMessage *message_unpack(
    struct arena *arena, const ProtobufCMessageDescriptor *descriptor, struct text bytes);
struct text message_pack(struct arena *arena, const ProtobufCMessage *message);
