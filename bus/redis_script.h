/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What must happen in one piece on the server. Each script says which keys and arguments it takes.
 */

enum redis_script {
    REDIS_SCRIPT_APPEND,
    REDIS_SCRIPT_TRIM,
    REDIS_SCRIPT_SKIP,
    REDIS_SCRIPT_FILL,
    REDIS_SCRIPT_HOLD,
    REDIS_SCRIPT_RELEASE,
    REDIS_SCRIPT_BURY,
    REDIS_SCRIPT_REPLAY,
    REDIS_SCRIPT_COUNT,
};

enum { REDIS_SCRIPT_HASH_SIZE = 40 };

const char *redis_script_body(enum redis_script script);
