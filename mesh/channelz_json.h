/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Core tells about its channels, servers and sockets in the JSON mapping of proto3; this makes the
 * messages of it. Read by descriptor, as far as channelz.proto goes: of numbers there are int32,
 * uint32 and int64, there is no map, and an Any holds one of its socket options. A name that the
 * message does not have is passed over, so that a newer core tells at least what we know.
 */

#include <protobuf-c/protobuf-c.h>

#include "base/text.h"

struct arena;

/* NULL: no JSON, or a value that its field cannot hold. Lives in the arena. */
ProtobufCMessage *channelz_json_read(
    struct arena *arena, const ProtobufCMessageDescriptor *descriptor, struct text json);
