/* SPDX-License-Identifier: Apache-2.0 */

/* A process that commits and reports what was acknowledged is killed at any moment, again and again
 * on the same folder. Afterwards everything acknowledged is there and nothing is there in part. */

#include "fixture.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

enum { CYCLES = 30, PARTITIONS = 4, RECORDS = 2, CYCLE_MS_MAX = 40 };

struct acknowledged {
    unsigned partition;
    uint64_t version;
    uint64_t first_sequence;
};

static struct text partition_name(unsigned partition) {
    return text_of_string("partition-%u", partition);
}

static struct text document_key(unsigned partition, uint64_t version) {
    return text_of_string("%u/%08llu", partition, (unsigned long long)version);
}

static struct text row_key(unsigned partition, uint64_t version) {
    return text_of_string("%08llu/%u", (unsigned long long)version, partition);
}

/* --- the process that is killed --- */

struct lane {
    struct store_commit commit;
    struct store *store;
    unsigned partition;
    int reports;
};

static void submit_next(struct lane *lane, uint64_t version) {
    struct store_commit *commit = &lane->commit;
    struct text number = text_of_string("%llu", (unsigned long long)version + 1);
    store_commit_begin(commit, partition_name(lane->partition), version);
    store_commit_put(commit, DOCUMENTS, partition_name(lane->partition), number);
    store_commit_put(commit, DOCUMENTS, document_key(lane->partition, version + 1), number);
    store_commit_put(commit, ROWS, row_key(lane->partition, version + 1), TEXT(""));
    struct store_record record = record_of("event", 1000);
    record.subject = document_key(lane->partition, version + 1);
    for (unsigned i = 0; i < RECORDS; i++)
        store_commit_record(commit, &record);
    store_submit(lane->store, commit);
}

static void report_and_go_on(struct store_commit *commit, int r) {
    struct lane *lane = container_of(commit, struct lane, commit);
    struct acknowledged report = {lane->partition, commit->ret_version, commit->ret_first_sequence};
    if (r != 0 || write(lane->reports, &report, sizeof(report)) != sizeof(report))
        _exit(1);
    submit_next(lane, commit->ret_version);
}

static void commit_until_killed(struct fixture *fixture, int reports) {
    static struct lane lanes[PARTITIONS];
    fixture_reopen(fixture);
    for (unsigned i = 0; i < PARTITIONS; i++) {
        lanes[i] = (struct lane){.commit.done = report_and_go_on,
            .store = fixture->store,
            .partition = i,
            .reports = reports};
        submit_next(&lanes[i], version_of(fixture, partition_name(i).data));
    }
    for (;;)
        pause();
}

/* --- the one that looks --- */

struct seen {
    uint64_t versions[PARTITIONS];
    uint64_t last_sequence;
    struct acknowledged last[PARTITIONS];
    uint64_t reports;
};

static void take_reports(int reports, struct seen *seen) {
    struct acknowledged report;
    ssize_t size;
    while ((size = read(reports, &report, sizeof(report))) > 0) {
        assert_int_equal(size, sizeof(report));
        seen->last[report.partition] = report;
        seen->reports++;
    }
}

/* Lets it run until it has acknowledged something, then for a random while. */
static void kill_somewhere(pid_t child, int reports, struct seen *seen) {
    struct pollfd poll_fd = {.fd = reports, .events = POLLIN};
    assert_int_equal(poll(&poll_fd, 1, 60000), 1);
    int64_t end_us = clock_monotonic_us() + rand() % (CYCLE_MS_MAX * 1000);
    fcntl(reports, F_SETFL, O_NONBLOCK);
    while (clock_monotonic_us() < end_us) { /* or the pipe fills and the child stands still */
        take_reports(reports, seen);
        poll(&poll_fd, 1, 1);
    }
    kill(child, SIGKILL);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    fcntl(reports, F_SETFL, 0);
    take_reports(reports, seen);
}

static void check_partition(struct store_view *view, unsigned partition, struct seen *seen) {
    uint64_t version;
    struct text value;
    assert_int_equal(store_partition_version(view, partition_name(partition), &version), 0);
    assert_in_range(version, seen->last[partition].version, UINT64_MAX);
    int r = store_get(view, DOCUMENTS, partition_name(partition), &value);
    assert_int_equal(r, version > 0 ? 0 : STORE_ABSENT); /* not before its first commit */
    if (r == 0)
        assert_text(value, text_of_string("%llu", (unsigned long long)version).data);
    for (uint64_t v = seen->versions[partition] + 1; v <= version; v++) {
        assert_int_equal(store_get(view, DOCUMENTS, document_key(partition, v), &value), 0);
        assert_int_equal(store_get(view, ROWS, row_key(partition, v), &value), 0);
    }
    assert_int_equal(
        store_get(view, DOCUMENTS, document_key(partition, version + 1), &value), STORE_ABSENT);
    assert_int_equal(store_get(view, ROWS, row_key(partition, version + 1), &value), STORE_ABSENT);
    seen->versions[partition] = version;
}

static void check_acknowledged_records(
    struct store_view *view, unsigned partition, const struct seen *seen) {
    const struct acknowledged *report = &seen->last[partition];
    struct store_record records[RECORDS];
    size_t count;
    if (report->version == 0)
        return;
    assert_int_equal(store_outbox_read(view, report->first_sequence, records, RECORDS, &count), 0);
    assert_int_equal(count, RECORDS);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(records[i].sequence, report->first_sequence + i);
        assert_text(records[i].subject, document_key(partition, report->version).data);
    }
}

/* Every sequence, and as many as the versions ask for. */
static void check_outbox(struct store_view *view, struct seen *seen) {
    uint64_t first, last, expected = 0;
    for (unsigned i = 0; i < PARTITIONS; i++)
        expected += seen->versions[i] * RECORDS;
    assert_int_equal(store_outbox_bounds(view, &first, &last), 0);
    assert_int_equal(first, 1);
    assert_int_equal(last, expected);
    while (seen->last_sequence < last) {
        struct store_record records[64];
        size_t count;
        assert_int_equal(store_outbox_read(view, seen->last_sequence + 1, records, 64, &count), 0);
        assert_int_not_equal(count, 0);
        for (size_t i = 0; i < count; i++)
            assert_int_equal(records[i].sequence, ++seen->last_sequence);
    }
}

static void check(struct fixture *fixture, struct seen *seen) {
    fixture_reopen(fixture);
    struct store_view *view = store_view_open(fixture->store);
    for (unsigned i = 0; i < PARTITIONS; i++) {
        check_partition(view, i, seen);
        check_acknowledged_records(view, i, seen);
    }
    check_outbox(view, seen);
    store_view_close(view);
    store_close(fixture->store); /* no thread may live while we fork */
    fixture->store = NULL;
}

static void run_cycle(struct fixture *fixture, struct seen *seen) {
    int pipe_ends[2];
    assert_int_equal(pipe(pipe_ends), 0);
    pid_t child = fork();
    if (child == 0) {
        close(pipe_ends[0]);
        commit_until_killed(fixture, pipe_ends[1]);
    }
    close(pipe_ends[1]);
    kill_somewhere(child, pipe_ends[0], seen);
    close(pipe_ends[0]);
    check(fixture, seen);
}

static void what_was_acknowledged_survives_a_kill(void **state) {
    struct fixture *fixture = fixture_new(fixture_scheme);
    struct seen seen = {0};
    const char *given = getenv("STORE_TEST_SEED");
    unsigned seed = given ? (unsigned)atoi(given) : (unsigned)clock_wall_us();
    print_message("STORE_TEST_SEED=%u\n", seed);
    srand(seed);
    store_close(fixture->store);
    fixture->store = NULL;
    for (unsigned i = 0; i < CYCLES; i++)
        run_cycle(fixture, &seen);
    print_message("%llu acknowledged, %llu records\n", (unsigned long long)seen.reports,
        (unsigned long long)seen.last_sequence);
    assert_in_range(seen.reports, CYCLES, UINT64_MAX);
    fixture_free(fixture);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_acknowledged_survives_a_kill)};
    return run_over_drivers(tests, ARRAY_SIZE(tests));
}
