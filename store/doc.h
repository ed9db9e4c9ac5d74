/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Documents are BSON (bsonspec.org). Here they are written and read field by field; doc_table.h
 * does it for a whole struct.
 *
 *     size_t start = doc_begin(&buffer);
 *     doc_add_int32(&buffer, "seats", 2);
 *     doc_add_text(&buffer, "name", TEXT("Ada"));
 *     doc_end(&buffer, start);
 *
 * Writing goes straight to the buffer, without memory of its own. Reading trusts nothing: what is
 * not BSON, or of another type, is -EBADMSG.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buffer.h"
#include "base/text.h"

/* What these give is for the matching doc_end(). */
size_t doc_begin(struct buffer *buffer);
size_t doc_begin_document(struct buffer *buffer, const char *name);
size_t doc_begin_array(struct buffer *buffer, const char *name);
size_t doc_begin_item(struct buffer *buffer, uint32_t index); /* a document, within an array */
void doc_end(struct buffer *buffer, size_t start);

void doc_add_int32(struct buffer *buffer, const char *name, int32_t value);
void doc_add_int64(struct buffer *buffer, const char *name, int64_t value);
void doc_add_bool(struct buffer *buffer, const char *name, bool value);
void doc_add_text(struct buffer *buffer, const char *name, struct text value); /* UTF-8 */
void doc_add_bytes(struct buffer *buffer, const char *name, const void *data, size_t size);

enum { DOC_ABSENT = 1 };

/* One field of the outermost document: 0, DOC_ABSENT, -EBADMSG. Texts point into the document. */
_must_check_ int doc_get_int32(struct text doc, const char *name, int32_t *ret_value);
_must_check_ int doc_get_int64(struct text doc, const char *name, int64_t *ret_value);
_must_check_ int doc_get_bool(struct text doc, const char *name, bool *ret_value);
_must_check_ int doc_get_text(struct text doc, const char *name, struct text *ret_value);
_must_check_ int doc_get_bytes(struct text doc, const char *name, struct text *ret_value);

/* Appends it as relaxed extended JSON, for people. */
_must_check_ int doc_to_json(struct text doc, struct buffer *json);
