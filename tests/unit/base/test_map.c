/* SPDX-License-Identifier: Apache-2.0 */
#include "base/map.h"

#include "base/attr.h"
#include "check.h"

#include <sys/wait.h>

static void an_empty_map_holds_nothing(void **state) {
    struct map map = {0};
    size_t cursor = 0;
    assert_null(map_get(&map, TEXT("a")));
    assert_null(map_remove(&map, TEXT("a")));
    assert_null(map_next(&map, &cursor, NULL));
    map_deinit(&map);
    map_deinit(&map);
}

static void keys_are_bytes(void **state) {
    _cleanup_(map_deinit) struct map map = {0};
    int a, b, empty;
    assert_null(map_put(&map, TEXT("x\0a"), &a));
    assert_null(map_put(&map, TEXT("x\0b"), &b));
    assert_null(map_put(&map, (struct text){NULL, 0}, &empty));
    assert_ptr_equal(map_get(&map, TEXT("x\0a")), &a);
    assert_ptr_equal(map_get(&map, TEXT("x\0b")), &b);
    assert_ptr_equal(map_get(&map, TEXT("")), &empty);
    assert_null(map_get(&map, TEXT("x")));
    assert_int_equal(map.count, 3);
}

static void a_replaced_value_takes_its_key_along(void **state) {
    _cleanup_(map_deinit) struct map map = {0};
    int old, new;
    char old_key[] = "key", new_key[] = "key";
    map_put(&map, text_from(old_key), &old);
    assert_ptr_equal(map_put(&map, text_from(new_key), &new), &old);
    assert_int_equal(map.count, 1);
    memset(old_key, '?', sizeof(old_key) - 1); /* gone with the old value */
    assert_ptr_equal(map_get(&map, TEXT("key")), &new);
    size_t cursor = 0;
    struct text key;
    assert_ptr_equal(map_next(&map, &cursor, &key), &new);
    assert_ptr_equal(key.data, new_key);
    assert_null(map_next(&map, &cursor, &key));
}

enum { KEYS = 3000 };

struct model {
    char keys[KEYS][16];
    void *values[KEYS];
    size_t count;
};

static void assert_walk_meets_each_once(const struct map *map, const struct model *model) {
    bool is_met[KEYS] = {0};
    size_t cursor = 0, count = 0;
    struct text key;
    for (void *value; (value = map_next(map, &cursor, &key)); count++) {
        size_t i = strtoul(key.data + 4, NULL, 10);
        assert_false(is_met[i]);
        assert_ptr_equal(value, model->values[i]);
        is_met[i] = true;
    }
    assert_int_equal(count, model->count);
}

static void a_map_agrees_with_a_table_through_growth_and_removal(void **state) {
    static struct model model;
    static char values[KEYS + 1];
    _cleanup_(map_deinit) struct map map = {0};
    for (size_t i = 0; i < KEYS; i++)
        snprintf(model.keys[i], sizeof(model.keys[i]), "key-%zu", i);
    uint32_t seed = 3;
    for (unsigned step = 0; step < 200000; step++) {
        /* Waves: the map fills up, then empties again. */
        bool is_filling = step / 20000 % 2 == 0;
        size_t i = next_number(&seed) % KEYS;
        struct text key = text_from(model.keys[i]);
        if (next_number(&seed) % 4 == 0 ? !is_filling : is_filling) {
            void *value = &values[next_number(&seed) % KEYS];
            assert_ptr_equal(map_put(&map, key, value), model.values[i]);
            model.count += !model.values[i];
            model.values[i] = value;
        } else {
            assert_ptr_equal(map_remove(&map, key), model.values[i]);
            model.count -= model.values[i] != NULL;
            model.values[i] = NULL;
        }
        size_t other = next_number(&seed) % KEYS;
        assert_ptr_equal(map_get(&map, text_from(model.keys[other])), model.values[other]);
        assert_int_equal(map.count, model.count);
        if (step % 10000 == 0)
            assert_walk_meets_each_once(&map, &model);
    }
    assert_true(map.capacity >= 2048); /* it did grow */
}

/* From another implementation of SipHash-1-3 with a key of zeros. */
static void the_stable_hash_never_changes(void **state) {
    static const struct {
        const char *data;
        uint64_t hash;
    } known[] = {
        {"a", UINT64_C(0x407448d2b89b1813)},
        {"abcdefg", UINT64_C(0x6db12aae9070f506)},
        {"abcdefgh", UINT64_C(0x3f7b849c0b8e35ea)},
        {"abcdefghi", UINT64_C(0xf89b34a3d11eb6e5)},
        {"01a2050e-c55e-7b81-9ed9-74e9ff7736b9", UINT64_C(0xdbce99dbd5266fa5)},
    };
    for (size_t i = 0; i < ARRAY_SIZE(known); i++)
        assert_int_equal(hash_stable(known[i].data, strlen(known[i].data)), known[i].hash);
}

static uint64_t hash_in_another_process(void) {
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        uint64_t hash = hash_bytes("key", 3);
        _exit(write(ends[1], &hash, sizeof(hash)) != sizeof(hash));
    }
    uint64_t hash = 0;
    int status = 0;
    assert_int_equal(read(ends[0], &hash, sizeof(hash)), sizeof(hash));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    close(ends[0]);
    close(ends[1]);
    return hash;
}

static void the_other_hash_differs_from_process_to_process(void **state) {
    assert_int_not_equal(hash_in_another_process(), hash_in_another_process());
    assert_int_equal(hash_bytes("key", 3), hash_bytes("key", 3));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            the_other_hash_differs_from_process_to_process), /* before any key is drawn */
        cmocka_unit_test(an_empty_map_holds_nothing),
        cmocka_unit_test(keys_are_bytes),
        cmocka_unit_test(a_replaced_value_takes_its_key_along),
        cmocka_unit_test(a_map_agrees_with_a_table_through_growth_and_removal),
        cmocka_unit_test(the_stable_hash_never_changes),
    };
    return cmocka_run_group_tests_name("map", tests, NULL, NULL);
}
