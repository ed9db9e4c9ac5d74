/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The well-known types that channelz.proto uses, which have a form of their own in JSON. */

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "base/text.h"

struct arena;

enum channelz_known { KNOWN_NONE, KNOWN_TIMESTAMP, KNOWN_DURATION, KNOWN_WRAPPER, KNOWN_ANY };

enum channelz_known channelz_known(const ProtobufCMessageDescriptor *descriptor);

/* RFC 3339 with up to nine digits of a second; seconds with a sign and an "s" behind. False when
 * the text is neither. */
bool channelz_timestamp_read(struct text text, ProtobufCMessage *timestamp);
bool channelz_duration_read(struct text text, ProtobufCMessage *duration);

/* The socket option that a type's URL names; NULL when it names none. */
const ProtobufCMessageDescriptor *channelz_any_type(const char *url);
void channelz_any_fill(
    struct arena *arena, ProtobufCMessage *any, const char *url, const ProtobufCMessage *content);
