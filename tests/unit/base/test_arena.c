/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include "check.h"

#include <stdalign.h>
#include <sys/wait.h>

static void memory_is_aligned_and_does_not_overlap(void **state) {
    _cleanup_(arena_deinit) struct arena arena;
    arena_init(&arena, 0);
    unsigned char *memory[2000];
    size_t sizes[2000];
    uint32_t seed = 1;
    for (unsigned i = 0; i < 2000; i++) {
        sizes[i] = next_number(&seed) % (i % 50 == 0 ? 100000 : 300);
        memory[i] = arena_alloc(&arena, sizes[i]);
        assert_int_equal((uintptr_t)memory[i] % alignof(max_align_t), 0);
        memset(memory[i], (int)(i & 0xff), sizes[i]);
    }
    for (unsigned i = 0; i < 2000; i++)
        for (size_t at = 0; at < sizes[i]; at++)
            if (memory[i][at] != (i & 0xff))
                fail_msg("allocation %u was overwritten at %zu", i, at);
}

static void allocations_of_no_bytes_are_distinct(void **state) {
    _cleanup_(arena_deinit) struct arena arena;
    arena_init(&arena, 0);
    void *first = arena_alloc(&arena, 0), *second = arena_alloc(&arena, 0);
    assert_non_null(first);
    assert_ptr_not_equal(first, second);
}

static void the_cap_is_exact_and_refusal_changes_nothing(void **state) {
    _cleanup_(arena_deinit) struct arena arena;
    arena_init(&arena, 1024);
    assert_null(arena_try_alloc(&arena, 1025));
    assert_int_equal(arena.used_bytes, 0);
    assert_non_null(arena_try_alloc(&arena, 1000));
    assert_int_equal(arena.used_bytes, 1008);
    assert_null(arena_try_alloc(&arena, 17));
    assert_non_null(arena_try_alloc(&arena, 16));
    assert_null(arena_try_alloc(&arena, 1));
    assert_null(arena_try_alloc(&arena, 0));
    assert_int_equal(arena.used_bytes, 1024);
    arena_clear(&arena);
    assert_non_null(arena_try_alloc(&arena, 1024));
}

static void no_size_overflows_the_cap(void **state) {
    static const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 15, SIZE_MAX / 2, SIZE_MAX / 2 + 1};
    _cleanup_(arena_deinit) struct arena arena;
    arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
        assert_null(arena_try_alloc(&arena, sizes[i]));
    assert_int_equal(arena.used_bytes, 0);
}

static void beyond_the_cap_alloc_aborts(void **state) {
    pid_t child = fork();
    if (child == 0) {
        struct arena arena;
        close(STDERR_FILENO);
        arena_init(&arena, 64);
        arena_alloc(&arena, 65);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_not_equal(status, 0);
}

static void a_cleared_arena_starts_anew(void **state) {
    _cleanup_(arena_deinit) struct arena arena;
    arena_init(&arena, 0);
    void *first _unused_ = arena_alloc(&arena, 100);
    for (unsigned i = 0; i < 1000; i++)
        arena_alloc(&arena, 1000);
    arena_clear(&arena);
    assert_int_equal(arena.used_bytes, 0);
    void *again = arena_alloc(&arena, 100);
#ifndef __SANITIZE_ADDRESS__ /* there every allocation is a malloc of its own */
    assert_ptr_equal(again, first);
#endif
    memset(again, 1, 100);
}

static void a_large_first_block_is_not_kept(void **state) {
    _cleanup_(arena_deinit) struct arena arena;
    arena_init(&arena, 0);
    arena_alloc(&arena, 1 << 20);
    arena_clear(&arena);
    assert_null(arena.block);
    memset(arena_alloc(&arena, 10), 1, 10);
    memset(arena_alloc(&arena, 1 << 20), 1, 1 << 20);
    memset(arena_alloc(&arena, 10), 1, 10);
}

static void copies_are_terminated(void **state) {
    _cleanup_(arena_deinit) struct arena arena;
    arena_init(&arena, 0);
    char original[] = "name";
    char *string = arena_copy_string(&arena, original);
    char *text = arena_copy_text(&arena, (struct text){original, 2});
    char *bytes = arena_copy(&arena, original, 3);
    original[0] = 'g';
    assert_string_equal(string, "name");
    assert_string_equal(text, "na");
    assert_memory_equal(bytes, "nam", 3);
    assert_string_equal(arena_copy_text(&arena, (struct text){NULL, 0}), "");
    assert_non_null(arena_copy(&arena, NULL, 0));
}

static void printf_writes_what_printf_writes(void **state) {
    _cleanup_(arena_deinit) struct arena arena;
    arena_init(&arena, 0);
    assert_string_equal(arena_printf(&arena, "%s-%u", "seat", 12u), "seat-12");
    assert_string_equal(arena_printf(&arena, "%s", ""), "");
    static const int widths[] = {254, 255, 256, 257, 70000};
    for (size_t i = 0; i < ARRAY_SIZE(widths); i++) {
        char *string = arena_printf(&arena, "%*d", widths[i], 1);
        assert_int_equal(strlen(string), widths[i]);
        assert_int_equal(string[widths[i] - 1], '1');
    }
}

static void zeroed_memory_is_zero_also_when_reused(void **state) {
    static const char zeros[3000];
    _cleanup_(arena_deinit) struct arena arena;
    arena_init(&arena, 0);
    memset(arena_alloc(&arena, sizeof(zeros)), 0xff, sizeof(zeros));
    arena_clear(&arena);
    assert_memory_equal(arena_zalloc(&arena, sizeof(zeros)), zeros, sizeof(zeros));
}

static void deinit_may_come_first_and_twice(void **state) {
    struct arena arena;
    arena_init(&arena, 0);
    arena_deinit(&arena);
    arena_alloc(&arena, 10);
    arena_deinit(&arena);
    arena_deinit(&arena);
    assert_int_equal(arena.used_bytes, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_aligned_and_does_not_overlap),
        cmocka_unit_test(allocations_of_no_bytes_are_distinct),
        cmocka_unit_test(the_cap_is_exact_and_refusal_changes_nothing),
        cmocka_unit_test(no_size_overflows_the_cap),
        cmocka_unit_test(beyond_the_cap_alloc_aborts),
        cmocka_unit_test(a_cleared_arena_starts_anew),
        cmocka_unit_test(a_large_first_block_is_not_kept),
        cmocka_unit_test(copies_are_terminated),
        cmocka_unit_test(printf_writes_what_printf_writes),
        cmocka_unit_test(zeroed_memory_is_zero_also_when_reused),
        cmocka_unit_test(deinit_may_come_first_and_twice),
    };
    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
