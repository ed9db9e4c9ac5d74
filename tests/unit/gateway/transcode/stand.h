/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* cmocka, the sample's schema, and both directions in one line each. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/text.h"
#include "gateway/transcode/json_to_wire.h"
#include "gateway/transcode/transcode.h"

/* Built on first use, freed at exit. */
const struct schema *sample_schema(void);
const struct router *sample_router(void);
const struct schema_message *sample_message(const char *name); /* of sample.v1 */

/* What one conversion needs and gives. */
struct stand {
    struct arena arena;
    struct buffer wire;
    struct buffer json;
    struct transcode_error error;
};

int stand_setup(void **state);
int stand_teardown(void **state);
void stand_clear(struct stand *stand);

/* 0 or TRANSCODE_INVALID; the result stands in `wire`, `json` or `error`. */
int stand_read(struct stand *stand, const char *message, const char *json);
int stand_print(struct stand *stand, const char *message, struct text wire, enum json_zeros zeros);

void assert_text_equal(struct text text, const char *expected);
void assert_hex_equal(struct text bytes, const char *expected);
/* JSON in, JSON out, zeros left out. */
void assert_round_trip(
    struct stand *stand, const char *message, const char *json, const char *expected);
void assert_refused(struct stand *stand, const char *message, const char *json, const char *path,
    const char *sentence);
/* "path: message" */
void assert_error(struct stand *stand, const char *path, const char *sentence);
