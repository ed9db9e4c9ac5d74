/* SPDX-License-Identifier: Apache-2.0 */
#include "base/heap.h"

#include "base/attr.h"
#include "check.h"

static void an_empty_heap_gives_nothing(void **state) {
    struct heap heap = {0};
    struct heap_entry entry = {.key = 1};
    assert_null(heap_peek(&heap));
    assert_null(heap_pop(&heap));
    heap_remove(&heap, &entry);
    heap_deinit(&heap);
}

static void the_smallest_key_comes_first(void **state) {
    static const int64_t keys[] = {5, -3, INT64_MAX, 0, INT64_MIN, 5, 4};
    static const int64_t sorted[] = {INT64_MIN, -3, 0, 4, 5, 5, INT64_MAX};
    struct heap_entry entries[ARRAY_SIZE(keys)] = {0};
    _cleanup_(heap_deinit) struct heap heap = {0};
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        entries[i].key = keys[i];
        heap_insert(&heap, &entries[i]);
    }
    for (size_t i = 0; i < ARRAY_SIZE(sorted); i++) {
        struct heap_entry *entry = heap_pop(&heap);
        assert_non_null(entry);
        assert_true(entry->key == sorted[i]);
        assert_int_equal(entry->index, HEAP_NOWHERE);
    }
    assert_null(heap_pop(&heap));
}

enum { ENTRIES = 300 };

static int64_t model_smallest(const struct heap_entry *entries, const bool *is_in) {
    int64_t smallest = INT64_MAX;
    for (size_t i = 0; i < ENTRIES; i++)
        if (is_in[i] && entries[i].key < smallest)
            smallest = entries[i].key;
    return smallest;
}

static void assert_well_formed(const struct heap *heap) {
    for (size_t i = 1; i <= heap->count; i++) {
        assert_int_equal(heap->slots[i]->index, i);
        if (i > 1)
            assert_true(heap->slots[i / 2]->key <= heap->slots[i]->key);
    }
}

static void any_entry_may_leave_at_any_time(void **state) {
    struct heap_entry entries[ENTRIES] = {0};
    bool is_in[ENTRIES] = {0};
    size_t count = 0;
    uint32_t seed = 7;
    _cleanup_(heap_deinit) struct heap heap = {0};
    for (unsigned step = 0; step < 20000; step++) {
        size_t i = next_number(&seed) % ENTRIES;
        if (is_in[i]) {
            heap_remove(&heap, &entries[i]);
            count--;
        } else {
            entries[i].key = next_number(&seed) % 100;
            heap_insert(&heap, &entries[i]);
            count++;
        }
        is_in[i] = !is_in[i];
        assert_int_equal(heap.count, count);
        if (count > 0)
            assert_int_equal(heap_peek(&heap)->key, model_smallest(entries, is_in));
        if (step % 100 == 0)
            assert_well_formed(&heap);
    }
}

static void an_entry_outlives_its_heap(void **state) {
    struct heap heap = {0};
    struct heap_entry entry = {.key = 1};
    heap_insert(&heap, &entry);
    heap_deinit(&heap);
    assert_int_equal(entry.index, HEAP_NOWHERE);
    heap_insert(&heap, &entry);
    assert_ptr_equal(heap_peek(&heap), &entry);
    heap_deinit(&heap);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_heap_gives_nothing),
        cmocka_unit_test(the_smallest_key_comes_first),
        cmocka_unit_test(any_entry_may_leave_at_any_time),
        cmocka_unit_test(an_entry_outlives_its_heap),
    };
    return cmocka_run_group_tests_name("heap", tests, NULL, NULL);
}
