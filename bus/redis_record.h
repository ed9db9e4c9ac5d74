/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A record as the fields of a stream entry: CloudEvents 1.0 in binary mode, attributes with the
 * prefix "ce_", the event's data in "data". "ce_sequence" repeats the first part of the entry's id.
 */

#include <hiredis/hiredis.h>

#include "base/attr.h"
#include "bus/bus.h"
#include "bus/redis_command.h"

/* What changes from record to record, in the order that the scripts take. */
void redis_record_put(struct redis_command *command, const struct bus_record *record);
/* The whole of it, names and values. */
void redis_record_put_fields(struct redis_command *command, const struct bus_record *record);
/* Borrows from the reply. -EBADMSG: no record of ours; *ret_why says why, for ever. */
_must_check_ int redis_record_get(
    const redisReply *fields, struct bus_record *ret_record, const char **ret_why);
