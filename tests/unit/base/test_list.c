/* SPDX-License-Identifier: Apache-2.0 */
#include "base/list.h"

#include "check.h"

struct item {
    char name;
    struct list link;
};

/* The names in order, read forwards; backwards they must be the same. */
static const char *names(struct list *list) {
    static char text[16];
    size_t count = 0;
    list_for_each (entry, list)
        text[count++] = container_of(entry, struct item, link)->name;
    text[count] = '\0';
    for (struct list *entry = list->previous; entry != list; entry = entry->previous)
        assert_int_equal(container_of(entry, struct item, link)->name, text[--count]);
    assert_int_equal(count, 0);
    return text;
}

static void entries_stand_in_the_order_they_were_pushed(void **state) {
    struct item a = {'a'}, b = {'b'}, c = {'c'};
    struct list list = LIST_INIT(list);
    assert_true(list_is_empty(&list));
    list_push_back(&list, &b.link);
    list_push_back(&list, &c.link);
    list_push_front(&list, &a.link);
    assert_string_equal(names(&list), "abc");
    assert_false(list_is_empty(&list));
}

static void removing_is_safe_twice(void **state) {
    struct item a = {'a'}, b = {'b'}, c = {'c'};
    struct list list = LIST_INIT(list);
    list_push_back(&list, &a.link);
    list_push_back(&list, &b.link);
    list_push_back(&list, &c.link);
    list_remove(&b.link);
    list_remove(&b.link);
    assert_string_equal(names(&list), "ac");
    assert_true(list_is_empty(&b.link));
}

static void popping_ends_with_null(void **state) {
    struct item a = {'a'}, b = {'b'};
    struct list list = LIST_INIT(list);
    list_push_back(&list, &a.link);
    list_push_back(&list, &b.link);
    assert_ptr_equal(list_pop_front(&list), &a.link);
    assert_ptr_equal(list_pop_front(&list), &b.link);
    assert_null(list_pop_front(&list));
}

static void splicing_moves_all_to_the_end(void **state) {
    struct item a = {'a'}, b = {'b'}, c = {'c'};
    struct list to = LIST_INIT(to), from = LIST_INIT(from);
    list_splice_back(&to, &from);
    assert_string_equal(names(&to), "");
    list_push_back(&from, &a.link);
    list_push_back(&from, &b.link);
    list_splice_back(&to, &from);
    assert_string_equal(names(&to), "ab");
    list_push_back(&from, &c.link);
    list_splice_back(&to, &from);
    assert_string_equal(names(&to), "abc");
    assert_string_equal(names(&from), "");
    list_splice_back(&to, &from);
    assert_string_equal(names(&to), "abc");
}

static void the_safe_walk_may_remove_each_entry(void **state) {
    struct item items[] = {{'a'}, {'b'}, {'c'}, {'d'}};
    struct list list = LIST_INIT(list);
    for (size_t i = 0; i < ARRAY_SIZE(items); i++)
        list_push_back(&list, &items[i].link);
    list_for_each_safe (entry, &list) {
        if (container_of(entry, struct item, link)->name != 'c')
            list_remove(entry);
    }
    assert_string_equal(names(&list), "c");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_stand_in_the_order_they_were_pushed),
        cmocka_unit_test(removing_is_safe_twice),
        cmocka_unit_test(popping_ends_with_null),
        cmocka_unit_test(splicing_moves_all_to_the_end),
        cmocka_unit_test(the_safe_walk_may_remove_each_entry),
    };
    return cmocka_run_group_tests_name("list", tests, NULL, NULL);
}
