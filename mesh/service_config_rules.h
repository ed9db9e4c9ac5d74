/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The grammar of service configs, as far as core 1.51 does what they say. */

#include <jansson.h>
#include <stdbool.h>

struct buffer;

/* False: a line for each mistake is appended to *ret_error. */
bool service_config_check(const char *source, const json_t *root, struct buffer *ret_error);
