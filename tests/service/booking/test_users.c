/* SPDX-License-Identifier: Apache-2.0 */

/* Users through a real server and client: guests, details, batches. */

#include <pthread.h>
#include <stdio.h>

#include "tests/service/booking/office.h"

static const char no_such_id[] = "01890000-0000-7000-8000-000000000000";

static Myevents__V1__User details_of(
    const char *first_name, const char *last_name, const char *email) {
    Myevents__V1__User user = MYEVENTS__V1__USER__INIT;
    user.first_name = (char *)first_name;
    user.last_name = (char *)last_name;
    user.email = (char *)email;
    return user;
}

static struct status create(struct office *office, Myevents__V1__User details,
    const char *request_id, const Myevents__V1__User **ret_user) {
    Myevents__V1__CreateUserRequest request = MYEVENTS__V1__CREATE_USER_REQUEST__INIT;
    request.user = &details;
    request.request_id = (char *)request_id;
    return booking_service_create_user_and_wait(
        office->channel, NULL, &request, &office->arena, ret_user);
}

static struct status create_user(struct office *office, const char *first_name, const char *email,
    const char *request_id, const Myevents__V1__User **ret_user) {
    return create(office, details_of(first_name, "Lovelace", email), request_id, ret_user);
}

/* Into an arena of the caller's thread. */
static struct status update(struct office *office, struct arena *arena, const char *user_id,
    Myevents__V1__User details, const char *path, const Myevents__V1__User **ret_user) {
    Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
    Myevents__V1__UpdateUserRequest request = MYEVENTS__V1__UPDATE_USER_REQUEST__INIT;
    char *paths[] = {(char *)path};
    details.id = (char *)user_id;
    request.user = &details;
    mask.paths = paths;
    mask.n_paths = 1;
    request.update_mask = path ? &mask : NULL;
    return booking_service_update_user_and_wait(office->channel, NULL, &request, arena, ret_user);
}

static struct status get_user(
    struct office *office, const char *user_id, const Myevents__V1__User **ret_user) {
    Myevents__V1__GetUserRequest request = MYEVENTS__V1__GET_USER_REQUEST__INIT;
    request.user_id = (char *)user_id;
    return booking_service_get_user_and_wait(
        office->channel, NULL, &request, &office->arena, ret_user);
}

static void a_user_is_created_once_per_key(void **state) {
    struct office *office = *state;
    const Myevents__V1__User *user, *again, *read;
    struct status status = create_user(office, "Ada", "ada@example.org", "key", &user);
    assert_ok(&status);
    status = create_user(office, "Ada", "ada@example.org", "key", &again);
    assert_ok(&status);
    assert_string_equal(again->id, user->id);
    status = create_user(office, "Bob", "bob@example.org", "key", &again);
    assert_refused(office, &status, STATUS_INVALID_ARGUMENT, "IDEMPOTENCY_MISMATCH");
    status = get_user(office, user->id, &read);
    assert_ok(&status);
    assert_string_equal(read->first_name, "Ada");
    assert_string_equal(read->last_name, "Lovelace");
    assert_string_equal(read->email, "ada@example.org");
    assert_int_equal(read->create_time->seconds, user->create_time->seconds);
}

static void a_user_that_cannot_be_is_refused(void **state) {
    struct office *office = *state;
    const Myevents__V1__User *user;
    static const char *const emails[] = {"", "ada", "@example.org", "ada@", "a@b@c", "a b@c"};
    for (size_t i = 0; i < ARRAY_SIZE(emails); i++) {
        struct status status = create_user(office, "Ada", emails[i], "", &user);
        assert_refused(office, &status, STATUS_INVALID_ARGUMENT, "INVALID_REQUEST");
    }
    struct status status = create_user(office, "", "ada@example.org", "", &user);
    assert_refused(office, &status, STATUS_INVALID_ARGUMENT, "INVALID_REQUEST");
    status = get_user(office, no_such_id, &user);
    assert_refused(office, &status, STATUS_NOT_FOUND, "USER_NOT_FOUND");
    status = get_user(office, "Ada", &user);
    assert_refused(office, &status, STATUS_INVALID_ARGUMENT, "INVALID_REQUEST");
}

/* --- guests --- */

static bool names(const struct status *status, const char *details) {
    return memmem(status->details.data, status->details.size, details, strlen(details));
}

static void a_guest_holds_and_books_once_the_details_are_told(void **state) {
    struct office *office = *state;
    const Myevents__V1__User *guest, *user;
    const Myevents__V1__Booking *hold, *booking;
    const char *event_id = office_event(office, 10);
    struct status status = create(office, details_of("", "", ""), "guest", &guest);
    assert_ok(&status);
    assert_string_equal(guest->first_name, "");
    status = office_book(office, event_id, guest->id, 2, false, "", &booking);
    assert_refused(office, &status, STATUS_FAILED_PRECONDITION, "USER_INCOMPLETE");
    status = office_book(office, event_id, guest->id, 2, true, "", &hold);
    assert_ok(&status);
    status = office_confirm(office, hold->id, &booking);
    assert_refused(office, &status, STATUS_FAILED_PRECONDITION, "USER_INCOMPLETE");
    assert_true(names(&status, "first_name, last_name, email"));

    status = update(office, &office->arena, guest->id, details_of("Ada", "", ""), NULL, &user);
    assert_ok(&status);
    assert_string_equal(user->first_name, "Ada");
    status = office_confirm(office, hold->id, &booking);
    assert_refused(office, &status, STATUS_FAILED_PRECONDITION, "USER_INCOMPLETE");
    assert_true(names(&status, "last_name, email"));
    assert_false(names(&status, "first_name"));

    status = update(
        office, &office->arena, guest->id, details_of("", "Lovelace", "a@b.org"), NULL, &user);
    assert_ok(&status);
    assert_string_equal(user->first_name, "Ada");
    status = office_confirm(office, hold->id, &booking);
    assert_ok(&status);
    status = office_book(office, event_id, guest->id, 2, false, "", &booking);
    assert_ok(&status);
}

static void who_is_a_guest_is_known_after_a_restart(void **state) {
    struct office *office = *state;
    const Myevents__V1__User *guest, *told, *user;
    const Myevents__V1__Booking *booking;
    const char *event_id = office_event(office, 10);
    struct status status = create(office, details_of("", "", ""), "guest", &guest);
    assert_ok(&status);
    status = create(office, details_of("", "", ""), "told", &told);
    assert_ok(&status);
    status = update(
        office, &office->arena, told->id, details_of("Ada", "Lovelace", "a@b.org"), NULL, &user);
    assert_ok(&status);
    office_restart(office);
    status = office_book(office, event_id, guest->id, 1, false, "", &booking);
    assert_refused(office, &status, STATUS_FAILED_PRECONDITION, "USER_INCOMPLETE");
    status = office_book(office, event_id, told->id, 1, false, "", &booking);
    assert_ok(&status);
    status = get_user(office, told->id, &user);
    assert_ok(&status);
    assert_string_equal(user->email, "a@b.org");
}

/* --- changes --- */

static void the_key_of_a_creation_lasts_beyond_a_change(void **state) {
    struct office *office = *state;
    const Myevents__V1__User *user, *again;
    struct status status = create_user(office, "Ada", "ada@example.org", "key", &user);
    assert_ok(&status);
    status = update(office, &office->arena, user->id, details_of("Bob", "", ""), NULL, &again);
    assert_ok(&status);
    for (int i = 0; i < 2; i++) {
        status = create_user(office, "Ada", "ada@example.org", "key", &again);
        assert_ok(&status);
        assert_string_equal(again->id, user->id);
        assert_string_equal(again->first_name, "Bob"); /* as the user is now */
        status = create_user(office, "Bob", "ada@example.org", "key", &again);
        assert_refused(office, &status, STATUS_INVALID_ARGUMENT, "IDEMPOTENCY_MISMATCH");
        office_restart(office);
    }
}

static void a_mask_changes_what_it_names(void **state) {
    struct office *office = *state;
    const Myevents__V1__User *user, *changed;
    Myevents__V1__User details = details_of("Bob", "Byron", "bob@example.org");
    struct status status = create_user(office, "Ada", "ada@example.org", "", &user);
    assert_ok(&status);
    status = update(office, &office->arena, user->id, details, "email", &changed);
    assert_ok(&status);
    assert_string_equal(changed->first_name, "Ada");
    assert_string_equal(changed->email, "bob@example.org");
    status = update(office, &office->arena, user->id, details, "email", &changed);
    assert_ok(&status);
    status = get_user(office, user->id, &changed);
    assert_ok(&status);
    assert_string_equal(changed->last_name, "Lovelace");
    assert_string_equal(changed->email, "bob@example.org");
}

static void a_change_that_cannot_be_is_refused(void **state) {
    struct office *office = *state;
    const Myevents__V1__User *user, *guest, *changed;
    struct status status = create_user(office, "Ada", "ada@example.org", "", &user);
    assert_ok(&status);
    status = create(office, details_of("", "", ""), "", &guest);
    assert_ok(&status);
    const struct {
        const char *id;
        Myevents__V1__User details;
        const char *path;
    } rows[] = {
        {user->id, details_of("", "", ""), "email"}, /* taken back */
        {user->id, details_of("Bob", "", ""), "create_time"},
        {user->id, details_of("", "", "bob"), NULL},
        {user->id, details_of("B\tb", "", ""), NULL},
        {guest->id, details_of("", "", ""), "first_name"},
        {"Ada", details_of("Bob", "", ""), NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        status = update(
            office, &office->arena, rows[i].id, rows[i].details, rows[i].path, &changed);
        assert_refused(office, &status, STATUS_INVALID_ARGUMENT, "INVALID_REQUEST");
    }
    status = update(office, &office->arena, no_such_id, details_of("Bob", "", ""), NULL, &changed);
    assert_refused(office, &status, STATUS_NOT_FOUND, "USER_NOT_FOUND");
    status = get_user(office, user->id, &changed);
    assert_ok(&status);
    assert_string_equal(changed->first_name, "Ada");
    assert_string_equal(changed->email, "ada@example.org");
}

enum { ROUNDS = 200 };

struct editor {
    struct office *office;
    const char *user_id;
    bool is_of_first_name;
    unsigned refused;
};

static void *edit(void *data) {
    struct editor *editor = data;
    struct arena arena;
    char name[16];
    arena_init(&arena, 0);
    for (int i = 0; i < ROUNDS; i++) {
        const Myevents__V1__User *user;
        snprintf(name, sizeof(name), "%d", i);
        struct status status = update(editor->office, &arena, editor->user_id,
            details_of(name, name, ""), editor->is_of_first_name ? "first_name" : "last_name",
            &user);
        editor->refused += status.code != STATUS_OK ||
                           strcmp(editor->is_of_first_name ? user->first_name : user->last_name,
                               name) != 0;
    }
    arena_deinit(&arena);
    return NULL;
}

/* Each writes the whole user, so who forgets that the other was there undoes what that has done. */
static void two_who_change_a_user_at_once_both_last(void **state) {
    struct office *office = *state;
    const Myevents__V1__User *user;
    pthread_t threads[2];
    struct status status = create_user(office, "Ada", "ada@example.org", "", &user);
    assert_ok(&status);
    struct editor editors[] = {{office, user->id, true, 0}, {office, user->id, false, 0}};
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, edit, &editors[i]), 0);
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(editors[i].refused, 0);
    }
    status = get_user(office, user->id, &user);
    assert_ok(&status);
    assert_string_equal(user->first_name, "199");
    assert_string_equal(user->last_name, "199");
}

/* --- several --- */

static struct status batch_get(struct office *office, char **ids, size_t count,
    const Myevents__V1__BatchGetUsersResponse **ret_response) {
    Myevents__V1__BatchGetUsersRequest request = MYEVENTS__V1__BATCH_GET_USERS_REQUEST__INIT;
    request.user_ids = ids;
    request.n_user_ids = count;
    return booking_service_batch_get_users_and_wait(
        office->channel, NULL, &request, &office->arena, ret_response);
}

static void a_batch_shows_who_exists_in_the_order_asked(void **state) {
    struct office *office = *state;
    char *first = office_user(office), *second = office_user(office);
    char *ids[101] = {second, (char *)no_such_id, first, second};
    const Myevents__V1__BatchGetUsersResponse *response;
    struct status status = batch_get(office, ids, 4, &response);
    assert_ok(&status);
    assert_int_equal(response->n_users, 3);
    assert_string_equal(response->users[0]->id, second);
    assert_string_equal(response->users[1]->id, first);
    assert_string_equal(response->users[2]->id, second);

    for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
        ids[i] = first;
    status = batch_get(office, ids, 100, &response);
    assert_ok(&status);
    assert_int_equal(response->n_users, 100);
    status = batch_get(office, ids, 101, &response);
    assert_refused(office, &status, STATUS_INVALID_ARGUMENT, "INVALID_REQUEST");
    status = batch_get(office, ids, 0, &response);
    assert_refused(office, &status, STATUS_INVALID_ARGUMENT, "INVALID_REQUEST");
    ids[1] = (char *)"Ada";
    status = batch_get(office, ids, 2, &response);
    assert_refused(office, &status, STATUS_INVALID_ARGUMENT, "INVALID_REQUEST");
    assert_true(names(&status, "user_ids[1]"));
}

int main(void) {
    static const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, office_setup, office_teardown)
        T(a_user_is_created_once_per_key),
        T(a_user_that_cannot_be_is_refused),
        T(a_guest_holds_and_books_once_the_details_are_told),
        T(who_is_a_guest_is_known_after_a_restart),
        T(the_key_of_a_creation_lasts_beyond_a_change),
        T(a_mask_changes_what_it_names),
        T(a_change_that_cannot_be_is_refused),
        T(two_who_change_a_user_at_once_both_last),
        T(a_batch_shows_who_exists_in_the_order_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
