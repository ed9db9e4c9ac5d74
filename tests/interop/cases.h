/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The client's cases by their official names. Each returns when what the specification asserts was
 * so; otherwise the program ends (tests/interop/expect.h).
 */

#include <stddef.h>
#include <stdint.h>

struct channel;
struct loop;

struct soak_options {
    int64_t iterations;
    int64_t failures_max;
    int64_t latency_max_ms; /* of one iteration; slower ones have failed */
    int64_t pause_ms;       /* at least, between the starts of two iterations */
    int64_t timeout_s;      /* for all of them */
    int64_t request_size, response_size;
};

struct client {
    struct loop *loop;
    const char *target;
    struct channel *channel;
    struct soak_options soak;
};

struct interop_case {
    const char *name;
    void (*run)(struct client *client);
};

extern const struct interop_case single_cases[], stream_cases[], soak_cases[],
    compressed_cases[]; /* each up to one without a name */

/* The request and the answer of large_unary. */
enum { LARGE_REQUEST = 271828, LARGE_RESPONSE = 314159 };
