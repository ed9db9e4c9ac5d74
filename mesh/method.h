/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What protoc-gen-mesh writes about a service: const tables, nothing else is needed to serve or
 * call it. */

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

enum method_kind {
    METHOD_UNARY = 0,
    METHOD_CLIENT_STREAM = 1,
    METHOD_SERVER_STREAM = 2,
    METHOD_BIDI_STREAM = 3,
};

enum method_idempotency { METHOD_SIDE_EFFECTS, METHOD_NO_SIDE_EFFECTS, METHOD_IDEMPOTENT };

struct method {
    const char *path; /* "/myevents.v1.EventService/GetEvent" */
    const char *name; /* "GetEvent" */
    enum method_kind kind;
    enum method_idempotency idempotency;
    const ProtobufCMessageDescriptor *input;
    const ProtobufCMessageDescriptor *output;
};

struct service {
    const char *name; /* "myevents.v1.EventService" */
    const struct method *methods;
    size_t method_count;
    /* Serialized google.protobuf.FileDescriptorSet with all imports, for reflection and
     * transcoding. */
    const struct text *descriptor_set;
};
