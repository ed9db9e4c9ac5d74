/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * protobuf-c messages and arenas. protobuf-c knows no limit of depth and lets a small message grow
 * into a large tree, so peers' bytes are unpacked under a cap of bytes and of stack depth.
 *
 *  1. message_unpack() makes a message in the arena, which is never freed on its own and shares
 *     nothing with `bytes`.
 *  2. It is NULL when the bytes are malformed, nest deeper than MESSAGE_DEPTH_MAX, would take more
 *     than 16 times their size and 64 KiB, or have a string that is no UTF-8 or contains a NUL.
 *  3. message_pack() serializes a message into the arena.
 */

#include <protobuf-c/protobuf-c.h>

#include "base/attr.h"
#include "base/text.h"

struct arena;

enum { MESSAGE_DEPTH_MAX = 100 };

ProtobufCMessage *message_unpack(
    struct arena *arena, const ProtobufCMessageDescriptor *descriptor, struct text bytes);
struct text message_pack(struct arena *arena, const ProtobufCMessage *message);
