/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One value of the environment against its entry in the table. Private to config. */

#include <stdbool.h>

#include "base/attr.h"
#include "base/config.h"

struct buffer;

/* `ret_member` is the member at the entry's offset, untouched when -EINVAL. */
_must_check_ int config_value_parse(
    const struct config_entry *entry, const char *value, void *ret_member);
bool config_kind_is_text(enum config_kind kind);

/* Appends what the entry allows, the way it goes on after "is not": "a duration with a unit ...".
 */
void config_value_describe(const struct config_entry *entry, struct buffer *buffer);
/* Appends the value quoted and shortened, without the password that a URL may hold. */
void config_value_quote(const struct config_entry *entry, const char *value, struct buffer *buffer);
