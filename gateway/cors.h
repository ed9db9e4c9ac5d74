/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which pages of other origins may use the API from a browser. Answers to all other pages carry no
 * permission, so their browser keeps the answer from them.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

struct visit;

enum { CORS_ORIGINS_MAX = 32 };

struct cors {
    bool allows_all;
    struct text origins[CORS_ORIGINS_MAX];
    size_t origin_count;
};

/* "https://a.example,https://b.example" or "*", borrowed. NULL, or what is wrong. */
const char *cors_init(struct cors *cors, const char *origins);

void cors_add_headers(const struct cors *cors, struct visit *visit);
/* OPTIONS that asks for permission. `allow` names the methods of the path. */
bool cors_is_preflight(const struct visit *visit);
void cors_answer_preflight(struct visit *visit, struct text allow);
