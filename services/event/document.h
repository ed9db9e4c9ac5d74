/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * API messages as BSON documents, by protobuf-c's descriptors: a field keeps its proto name, a
 * message becomes a sub-document, an unset one is left out. Fields that a document has and the
 * message does not know are skipped, so an older program reads what a newer one wrote.
 */

#include <bson/bson.h>
#include <protobuf-c/protobuf-c.h>

#include "base/attr.h"

struct arena;

void document_append_message(bson_t *document, const ProtobufCMessage *message);
/* -EBADMSG: a field of another type. `ret_message` is initialised by the caller; strings and
 * sub-messages come to lie in the arena. */
_must_check_ int document_read_message(
    bson_iter_t *fields, struct arena *arena, ProtobufCMessage *ret_message);
