/* SPDX-License-Identifier: Apache-2.0 */
#include "services/event/document.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/arena.h"
#include "mesh/mask.h"
#include "myevents/v1/event.pb-c.h"
#include "myevents/v1/location.pb-c.h"

static char name[] = "Großer Saal", other[] = "Foyer", empty[] = "";

static Myevents__V1__Location read_back(bson_t *document, struct arena *arena) {
    Myevents__V1__Location location = MYEVENTS__V1__LOCATION__INIT;
    bson_iter_t fields;
    assert_true(bson_iter_init(&fields, document));
    assert_int_equal(document_read_message(&fields, arena, &location.base), 0);
    return location;
}

static void a_message_comes_back_as_it_was(void **state) {
    Myevents__V1__Hall halls[2] = {MYEVENTS__V1__HALL__INIT, MYEVENTS__V1__HALL__INIT};
    Myevents__V1__Hall *pointers[] = {&halls[0], &halls[1]};
    Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    Myevents__V1__Location location = MYEVENTS__V1__LOCATION__INIT;
    time.seconds = INT64_C(1) << 40;
    time.nanos = 999999999;
    halls[0].name = name;
    halls[0].capacity = 2100;
    halls[1].name = other;
    location.name = name;
    location.halls = pointers;
    location.n_halls = 2;
    location.create_time = &time;

    struct arena arena;
    arena_init(&arena, 0);
    bson_t document = BSON_INITIALIZER;
    document_append_message(&document, &location.base);
    Myevents__V1__Location back = read_back(&document, &arena);
    assert_string_equal(back.name, name);
    assert_string_equal(back.address, "");
    assert_int_equal(back.n_halls, 2);
    assert_string_equal(back.halls[0]->name, name);
    assert_int_equal(back.halls[0]->capacity, 2100);
    assert_string_equal(back.halls[1]->name, other);
    assert_int_equal(back.create_time->seconds, time.seconds);
    assert_int_equal(back.create_time->nanos, time.nanos);
    assert_null(back.update_time);
    bson_destroy(&document);
    arena_deinit(&arena);
}

static void a_field_that_is_not_known_is_skipped(void **state) {
    struct arena arena;
    arena_init(&arena, 0);
    bson_t document = BSON_INITIALIZER;
    BSON_APPEND_UTF8(&document, "name", name);
    BSON_APPEND_DOUBLE(&document, "from_the_future", 1.5);
    assert_string_equal(read_back(&document, &arena).name, name);
    bson_destroy(&document);
    arena_deinit(&arena);
}

static void a_field_of_another_type_is_refused(void **state) {
    struct arena arena;
    arena_init(&arena, 0);
    static const char *const fields[] = {"name", "halls", "create_time"};
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
        Myevents__V1__Location location = MYEVENTS__V1__LOCATION__INIT;
        bson_t document = BSON_INITIALIZER;
        bson_iter_t iter;
        BSON_APPEND_INT32(&document, fields[i], 1);
        assert_true(bson_iter_init(&iter, &document));
        assert_int_equal(document_read_message(&iter, &arena, &location.base), -EBADMSG);
        bson_destroy(&document);
    }
    arena_deinit(&arena);
}

/* --- masks --- */

static const char *const updatable[] = {"name", "capacity", "price", NULL};

static void a_mask_copies_what_it_names_also_when_it_is_empty(void **state) {
    Myevents__V1__Money price = MYEVENTS__V1__MONEY__INIT;
    Myevents__V1__Event from = MYEVENTS__V1__EVENT__INIT, to = MYEVENTS__V1__EVENT__INIT;
    char *paths[] = {(char *)"capacity", (char *)"price"};
    const char *bad;
    from.name = name;
    from.capacity = 5;
    to.name = other;
    to.capacity = 7;
    to.price = &price;
    assert_int_equal(mask_apply(paths, 2, updatable, &from.base, &to.base, &bad), 0);
    assert_string_equal(to.name, other);
    assert_int_equal(to.capacity, 5);
    assert_null(to.price);
}

static void without_a_mask_what_is_carried_is_copied(void **state) {
    Myevents__V1__Money price = MYEVENTS__V1__MONEY__INIT;
    Myevents__V1__Event from = MYEVENTS__V1__EVENT__INIT, to = MYEVENTS__V1__EVENT__INIT;
    const char *bad;
    from.name = name;
    from.description = other; /* not updatable here */
    to.name = other;
    to.description = empty;
    to.capacity = 7;
    to.price = &price;
    assert_int_equal(mask_apply(NULL, 0, updatable, &from.base, &to.base, &bad), 0);
    assert_string_equal(to.name, name);
    assert_string_equal(to.description, "");
    assert_int_equal(to.capacity, 7);
    assert_ptr_equal(to.price, &price);
}

static void a_path_that_cannot_be_updated_is_named_and_nothing_copied(void **state) {
    Myevents__V1__Event from = MYEVENTS__V1__EVENT__INIT, to = MYEVENTS__V1__EVENT__INIT;
    char *paths[] = {(char *)"name", (char *)"state"};
    const char *bad = NULL;
    from.name = name;
    to.name = other;
    assert_int_equal(
        mask_apply(paths, 2, updatable, &from.base, &to.base, &bad), MASK_UNKNOWN_PATH);
    assert_string_equal(bad, "state");
    assert_string_equal(to.name, other);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_comes_back_as_it_was),
        cmocka_unit_test(a_field_that_is_not_known_is_skipped),
        cmocka_unit_test(a_field_of_another_type_is_refused),
        cmocka_unit_test(a_mask_copies_what_it_names_also_when_it_is_empty),
        cmocka_unit_test(without_a_mask_what_is_carried_is_copied),
        cmocka_unit_test(a_path_that_cannot_be_updated_is_named_and_nothing_copied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
