/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Where a Redis server is: what a redis:// or redis+unix:// URL says. */

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

struct redis_address {
    char host[256]; /* empty when path is set */
    uint16_t port;
    char path[108]; /* of a unix socket */
    char user[64];  /* empty: the default user */
    char password[256];
    uint32_t database;
};

/* Every part is %-decoded. On -EINVAL *ret_why is a fixed phrase. */
_must_check_ int redis_address_parse(
    const char *url, struct redis_address *ret_address, const char **ret_why);
