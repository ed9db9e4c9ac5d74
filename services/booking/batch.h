/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A batch is a transaction in memory: it works on copies of the inventory and of the bookings it
 * touches, and these become the lane's and the directory's only when the commit is durable.
 *
 *  1. Due holds expire before anything else is decided; when there are more than fit, nothing else
 *     is.
 *  2. Requests are decided in the order of their arrival; one whose caller has gone is dropped
 *     unread.
 *  3. A batch that changes nothing is answered at once and never touches the store.
 *  4. All answers of a batch leave when it is durable, refusals too: they rest on what it sold.
 *  5. The seats are counted from the bookings before the commit: books that do not balance are not
 *     written, and the lane is closed.
 */

#include "base/arena.h"
#include "base/list.h"
#include "base/task.h"
#include "services/booking/engine.h"
#include "store/store.h"

struct change;
struct lane;
struct store_view;

enum { BATCH_REQUESTS_MAX = 512, BATCH_CHANGES_MAX = 768, BATCH_CALL_OFF_MAX = 256 };

struct batch {
    struct list link; /* spare */
    struct lane *lane;
    struct inventory inventory; /* the next */
    int64_t now_ms;
    int64_t started_us;
    struct arena arena;
    struct store_view *view; /* opened when first needed */
    struct list requests;    /* decided, not answered */
    uint32_t request_count;
    struct change *changes[BATCH_CHANGES_MAX];
    uint32_t change_count;
    bool is_damaged; /* a document does not say what memory says */
    struct store_commit commit;
    struct buffer scratch;
    struct task committed;
    int result;
};

struct batch *batch_new(void);
void batch_free(struct batch *batch);

/* Decides what waits in the lane, and either answers at once or submits a commit that answers
 * later; lane_on_batch_end() follows in both cases. */
void batch_run(struct batch *batch, struct lane *lane);
