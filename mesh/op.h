/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One asynchronous operation on a completion queue. It is embedded in its owner; its address is the
 * tag.
 *
 *  1. An op that was started completes exactly once: done() runs on the thread of the loop whose
 *     queue the call is bound to.
 *  2. The owner lives until then; it counts its started ops and goes when the last has completed.
 *  3. Between start and completion an op must not be started again; from within done() it may be.
 *  4. `ok` is false when the operation did not happen (call cancelled, connection lost, server shut
 *     down). It is no error of ours.
 */

#include <assert.h>
#include <stdbool.h>

#include "mesh/core.h"

struct loop;

struct op {
    void (*done)(struct op *op, bool ok);
};

/* The queue synchronizes the starter with done(), but ThreadSanitizer cannot see into it. */
#ifdef __SANITIZE_THREAD__
void __tsan_acquire(void *address);
void __tsan_release(void *address);
#define op_release(op) __tsan_release(op)
#define op_acquire(op) __tsan_acquire(op)
#else
#define op_release(op) ((void)(op))
#define op_acquire(op) ((void)(op))
#endif

/* False: nothing was started and done() will not run. */
static inline bool op_try_start(
    struct op *op, grpc_call *call, const grpc_op *batch, size_t batch_count) {
    op_release(op);
    return grpc_call_start_batch(call, batch, batch_count, op, NULL) == GRPC_CALL_OK;
}

/* For batches that can only be refused when we misuse core. */
static inline void op_start(
    struct op *op, grpc_call *call, const grpc_op *batch, size_t batch_count) {
    bool started = op_try_start(op, call, batch, batch_count);
    assert(started);
}

grpc_completion_queue *loop_queue(const struct loop *loop);
