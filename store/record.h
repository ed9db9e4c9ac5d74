/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A record as bytes: what a commit carries and a driver keeps. The sequence is not part of it, it
 * is the record's key. */

#include <stdbool.h>

#include "base/buffer.h"
#include "store/store.h"

bool record_fits(const struct store_record *record);
size_t record_size(const struct store_record *record);
void record_append(struct buffer *buffer, const struct store_record *record);
/* The texts point into `bytes`. -EBADMSG: not a record. */
_must_check_ int record_parse(struct text bytes, struct store_record *ret_record);
