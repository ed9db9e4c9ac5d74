/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the environment says about traces, read: pure. */

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/sampler.h"
#include "base/text.h"

struct arena;
struct telemetry_config;

enum { SETTINGS_HEADERS_MAX = 16, SETTINGS_ATTRIBUTES_MAX = 32 };

struct settings_pair {
    const char *key;
    const char *value;
};

struct settings {
    bool is_on;
    const char *target; /* of gRPC */
    struct settings_pair headers[SETTINGS_HEADERS_MAX];
    size_t header_count;
    struct settings_pair attributes[SETTINGS_ATTRIBUTES_MAX]; /* of the resource */
    size_t attribute_count;
    struct sampler sampler;
};

/* NULL, or a sentence that names the variable and says what is allowed. Everything lives in the
 * arena. Values are checked also when they have no effect. */
_must_check_ const char *settings_read(const struct telemetry_config *config, const char *service,
    struct arena *arena, struct settings *ret_settings);
