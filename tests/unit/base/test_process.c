/* SPDX-License-Identifier: Apache-2.0 */
#include "base/process.h"

#include "base/clock.h"
#include "check.h"

#include <fcntl.h>
#include <sys/resource.h>

static void open_files_are_counted(void **state) {
    struct process_usage before, after;
    process_read_usage(&before);
    int64_t open_fds = 0;
    for (int fd = 0; fd < before.max_fds; fd++)
        open_fds += fcntl(fd, F_GETFD) >= 0;
    assert_int_equal(before.open_fds, open_fds);
    int first = dup(STDERR_FILENO), second = dup(STDERR_FILENO);
    process_read_usage(&after);
    close(first);
    close(second);
    assert_int_equal(after.open_fds, before.open_fds + 2);
}

static void the_limit_of_files_is_the_soft_one(void **state) {
    struct process_usage usage;
    struct rlimit limit;
    process_read_usage(&usage);
    getrlimit(RLIMIT_NOFILE, &limit);
    assert_int_equal(usage.max_fds, limit.rlim_cur);
}

static void touched_memory_is_resident(void **state) {
    enum { SIZE = 16 << 20 };
    struct process_usage before, after;
    struct rusage most;
    process_read_usage(&before);
    char *memory = malloc(SIZE);
    memset(memory, 1, SIZE);
    process_read_usage(&after);
    getrusage(RUSAGE_SELF, &most);
    assert_int_equal(memory[SIZE - 1], 1);
    free(memory);
    assert_true(before.resident_bytes > 0);
    assert_in_range(after.resident_bytes, before.resident_bytes + SIZE * 3 / 4,
        most.ru_maxrss * INT64_C(1024) + SIZE);
}

static void cpu_time_grows_with_work(void **state) {
    struct process_usage before, after;
    process_read_usage(&before);
    do
        process_read_usage(&after); /* is the work */
    while (after.cpu_seconds <= before.cpu_seconds);
    assert_true(before.cpu_seconds > 0);
}

static void the_start_was_in_this_machine_s_past(void **state) {
    double start = process_start_time(), now = (double)clock_wall_ms() / 1000;
    assert_true(start > now - 3600);
    assert_true(start <= now + 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(open_files_are_counted),
        cmocka_unit_test(the_limit_of_files_is_the_soft_one),
        cmocka_unit_test(touched_memory_is_resident),
        cmocka_unit_test(cpu_time_grows_with_work),
        cmocka_unit_test(the_start_was_in_this_machine_s_past),
    };
    return cmocka_run_group_tests_name("process", tests, NULL, NULL);
}
