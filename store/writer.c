/* SPDX-License-Identifier: Apache-2.0 */
#include "store/writer.h"

#include <assert.h>
#include <errno.h>
#include <semaphore.h>

#include "base/clock.h"
#include "base/span.h"
#include "base/task.h"

enum {
    GROUP_COMMITS_MAX = 512,
    GROUP_TIME_US = 2000,
    GROUP_SIZE_MAX = STORE_COMMIT_SIZE_MAX, /* closes behind the commit that passes it */
    TRIM_STEP = 1024,
};

struct trim {
    struct list link;
    uint64_t sequence;
    int64_t before_ms;
    size_t count;
    int result;
    sem_t done;
};

/* --- the thread --- */

static void break_down(struct writer *writer) {
    if (writer->is_broken)
        return;
    writer->is_broken = true;
    if (writer->on_broken)
        writer->on_broken(writer->on_broken_data, writer->database->driver->why(writer->database));
}

/* The next commit of the group, or NULL when there is none now. */
static struct store_commit *next_commit(struct writer *writer) {
    if (list_is_empty(&writer->pending)) {
        MUTEX_GUARD(&writer->lock);
        list_splice_back(&writer->pending, &writer->queue);
    }
    struct list *link = list_pop_front(&writer->pending);
    return link ? container_of(link, struct store_commit, link) : NULL;
}

static int add_commit(struct writer *writer, struct store_commit *commit) {
    if (commit->result == STORE_TOO_LARGE)
        return 0;
    return writer->database->driver->group_add(writer->database, commit);
}

/* Gives commits to the driver and moves them to `group`. */
static int fill_group(struct writer *writer, struct list *group) {
    int64_t end_us = clock_monotonic_us() + GROUP_TIME_US;
    uint32_t count = 0;
    size_t size = 0;
    do {
        struct store_commit *commit = next_commit(writer);
        if (!commit)
            return 0;
        list_push_back(group, &commit->link);
        size += commit->bytes.size;
        int r = add_commit(writer, commit);
        if (r < 0)
            return r;
    } while (++count < writer->group_commits_max && size < GROUP_SIZE_MAX &&
             clock_monotonic_us() < end_us);
    return 0;
}

static int write_group(struct writer *writer, struct list *group) {
    const struct driver *driver = writer->database->driver;
    int r = driver->group_begin(writer->database);
    if (r < 0)
        return r;
    r = fill_group(writer, group);
    if (r < 0) {
        driver->group_abort(writer->database);
        return r;
    }
    return driver->group_end(writer->database);
}

static void count_result(struct writer *writer, const struct store_commit *commit) {
    if (commit->result == 0) {
        atomic_fetch_add_explicit(&writer->commits, 1, memory_order_relaxed);
        atomic_fetch_add_explicit(&writer->records, commit->record_count, memory_order_relaxed);
    } else if (commit->result == STORE_CONFLICT)
        atomic_fetch_add_explicit(&writer->conflicts, 1, memory_order_relaxed);
}

void writer_on_records(struct writer *writer, void (*run)(void *data), void *data) {
    MUTEX_GUARD(&writer->on_records_lock);
    writer->on_records = run;
    writer->on_records_data = data;
}

static void say_records(struct writer *writer) {
    MUTEX_GUARD(&writer->on_records_lock);
    if (writer->on_records)
        writer->on_records(writer->on_records_data);
}

static size_t list_size(const struct list *list) {
    size_t size = 0;
    list_for_each (link, list)
        size++;
    return size;
}

/* Says so to all; r < 0 is everybody's result. */
static void answer_group(struct writer *writer, struct list *group, int r) {
    bool has_written = false, has_records = false;
    size_t size = spans_are_on() ? list_size(group) : 0;
    for (struct list *link; (link = list_pop_front(group));) {
        struct store_commit *commit = container_of(link, struct store_commit, link);
        if (r < 0)
            commit->result = r;
        count_result(writer, commit);
        if (commit->result == 0 && !has_written)
            atomic_fetch_add_explicit(&writer->flushes, 1, memory_order_relaxed);
        has_written |= commit->result == 0;
        has_records |= commit->result == 0 && commit->record_count > 0;
        commit_end_spans(commit, writer->database->driver->scheme, size);
        commit->done(commit, commit->result); /* the commit is its owner's again */
    }
    if (has_records)
        say_records(writer);
}

/* After a failure nothing is tried again: what the disk holds is known at the next start. */
static void refuse_all(struct writer *writer) {
    struct list refused = LIST_INIT(refused);
    for (struct store_commit *commit; (commit = next_commit(writer));)
        list_push_back(&refused, &commit->link);
    answer_group(writer, &refused, -EIO);
}

static void run_group(struct writer *writer) {
    if (writer->is_broken) {
        refuse_all(writer);
        return;
    }
    struct list group = LIST_INIT(group);
    int r = write_group(writer, &group);
    answer_group(writer, &group, r);
    if (r < 0)
        break_down(writer); /* who is behind in the queue is refused next */
}

static int run_trim(struct writer *writer, struct trim *trim) {
    if (writer->is_broken)
        return -EIO;
    int r = writer->database->driver->trim(
        writer->database, trim->sequence, trim->before_ms, TRIM_STEP, &trim->count);
    if (r < 0)
        break_down(writer);
    return r;
}

static void run_trims(struct writer *writer, struct list *trims) {
    for (struct list *link; (link = list_pop_front(trims));) {
        struct trim *trim = container_of(link, struct trim, link);
        trim->result = run_trim(writer, trim);
        sem_post(&trim->done);
    }
}

/* Sleeps only when there is nothing to do. False: stopped, and nothing is left. */
static bool wait_for_work(struct writer *writer, struct list *ret_trims) {
    MUTEX_GUARD(&writer->lock);
    while (list_is_empty(&writer->pending) && list_is_empty(&writer->queue) &&
           list_is_empty(&writer->trims)) {
        if (writer->is_stopping)
            return false;
        writer->is_idle = true;
        pthread_cond_wait(&writer->wake, &writer->lock);
    }
    writer->is_idle = false;
    list_splice_back(&writer->pending, &writer->queue);
    list_splice_back(ret_trims, &writer->trims);
    return true;
}

static void *writer_main(void *data) {
    struct writer *writer = data;
    struct list trims = LIST_INIT(trims);
    while (wait_for_work(writer, &trims)) {
        if (!list_is_empty(&writer->pending))
            run_group(writer);
        run_trims(writer, &trims);
    }
    return NULL;
}

/* --- the other threads --- */

static void wake(struct writer *writer) {
    if (writer->is_idle)
        pthread_cond_signal(&writer->wake);
}

void writer_start(
    struct writer *writer, struct database *database, const struct store_options *options) {
    *writer = (struct writer){
        .database = database,
        .group_commits_max = options->batch_commits_max ? options->batch_commits_max
                                                        : GROUP_COMMITS_MAX,
        .on_broken = options->on_broken,
        .on_broken_data = options->data,
    };
    list_init(&writer->queue);
    list_init(&writer->trims);
    list_init(&writer->pending);
    pthread_mutex_init(&writer->lock, NULL);
    pthread_mutex_init(&writer->on_records_lock, NULL);
    pthread_cond_init(&writer->wake, NULL);
    int r = pthread_create(&writer->thread, NULL, writer_main, writer);
    assert(r == 0);
    pthread_setname_np(writer->thread, "store");
}

void writer_stop(struct writer *writer) {
    pthread_mutex_lock(&writer->lock);
    writer->is_stopping = true;
    wake(writer);
    pthread_mutex_unlock(&writer->lock);
    pthread_join(writer->thread, NULL);
    pthread_cond_destroy(&writer->wake);
    pthread_mutex_destroy(&writer->on_records_lock);
    pthread_mutex_destroy(&writer->lock);
}

void writer_submit(struct writer *writer, struct store_commit *commit) {
    assert(commit->done);
    MUTEX_GUARD(&writer->lock);
    list_push_back(&writer->queue, &commit->link);
    wake(writer);
}

static void semaphore_wait(sem_t *semaphore) {
    while (sem_wait(semaphore) != 0)
        assert(errno == EINTR);
}

static void post_done(struct store_commit *commit, int r) {
    sem_post(commit->data);
}

int writer_commit_and_wait(struct writer *writer, struct store_commit *commit) {
    assert(!pthread_equal(pthread_self(), writer->thread));
    sem_t done;
    sem_init(&done, 0, 0);
    commit->done = post_done;
    commit->data = &done;
    writer_submit(writer, commit);
    semaphore_wait(&done);
    sem_destroy(&done);
    return commit->result;
}

int writer_trim(struct writer *writer, uint64_t sequence, int64_t before_ms, size_t *ret_count) {
    assert(!pthread_equal(pthread_self(), writer->thread));
    struct trim trim = {.sequence = sequence, .before_ms = before_ms};
    sem_init(&trim.done, 0, 0);
    pthread_mutex_lock(&writer->lock);
    list_push_back(&writer->trims, &trim.link);
    wake(writer);
    pthread_mutex_unlock(&writer->lock);
    semaphore_wait(&trim.done);
    sem_destroy(&trim.done);
    if (trim.result == 0)
        *ret_count = trim.count;
    return trim.result;
}
