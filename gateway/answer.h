/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A body that is ready: conditional requests and compression, then the visit ends. */

#include "base/text.h"

struct visit;

enum { ANSWER_GZIP_SIZE_MIN = 1024 }; /* below, compression costs more than it saves */

/* 200 with that JSON; to a read whose If-None-Match has its tag, 304. */
void answer_json(struct visit *visit, struct text json);
