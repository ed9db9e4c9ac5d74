/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What reflection answers to one request: the pure part between the index and the stream. */

#include <stdbool.h>

#include "grpc/reflection/v1/reflection.pb-c.h"

struct arena;
struct reflection_index;

/* Fills in `response`, which borrows from the request, the index and the arena. `is_sent` says by
 * number which files this client has, and is kept up. */
void reflection_answer(struct arena *arena, const struct reflection_index *index, bool *is_sent,
    const Grpc__Reflection__V1__ServerReflectionRequest *request,
    Grpc__Reflection__V1__ServerReflectionResponse *response);
