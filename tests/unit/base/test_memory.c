/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"

#include "base/attr.h"
#include "check.h"

#include <sys/wait.h>

static void new_memory_is_zeroed(void **state) {
    static const char zeros[1000];
    char *memory = memory_resize(NULL, sizeof(zeros));
    memset(memory, 0xff, sizeof(zeros));
    free(memory); /* what comes now is likely the same piece */
    memory = memory_new(sizeof(zeros));
    assert_memory_equal(memory, zeros, sizeof(zeros));
    free(memory);
}

static void resizing_keeps_what_was_there(void **state) {
    char *memory = memory_resize(NULL, 4);
    memcpy(memory, "abc", 4);
    memory = memory_resize(memory, 100000);
    assert_string_equal(memory, "abc");
    free(memory);
}

static void no_bytes_are_memory_too(void **state) {
    void *fresh = memory_new(0), *copy = memory_copy(NULL, 0);
    assert_non_null(fresh);
    assert_non_null(copy);
    fresh = memory_resize(fresh, 0);
    assert_non_null(fresh);
    free(fresh);
    free(copy);
}

static void copies_are_their_own(void **state) {
    char original[] = "text";
    _cleanup_(memory_freep) char *string = memory_copy_string(original);
    _cleanup_(memory_freep) char *bytes = memory_copy(original, 2);
    original[0] = 'n';
    assert_string_equal(string, "text");
    assert_memory_equal(bytes, "te", 2);
}

static void running_out_ends_the_process(void **state) {
    pid_t child = fork();
    if (child == 0) {
        close(STDERR_FILENO);
        memory_new(SIZE_MAX / 2);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_not_equal(status, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_memory_is_zeroed),
        cmocka_unit_test(resizing_keeps_what_was_there),
        cmocka_unit_test(no_bytes_are_memory_too),
        cmocka_unit_test(copies_are_their_own),
        cmocka_unit_test(running_out_ends_the_process),
    };
    return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
