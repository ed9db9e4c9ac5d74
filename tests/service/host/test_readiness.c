/* SPDX-License-Identifier: Apache-2.0 */

/* The services as processes, with a Redis that comes and goes and a store that breaks: what they
 * say to health checks and to probes. */

#include "stand.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "base/task.h"
#include "cli/rest.h"
#include "grpc/health/v1/health.mesh.h"
#include "myevents/v1/booking_service.mesh.h"
#include "myevents/v1/system_service.mesh.h"

enum { UNKNOWN, SERVING, NOT_SERVING, SERVICE_UNKNOWN };
enum { USERS_MAX = 10000 };

static const char BUS[] = "myevents.bus", BOOKINGS[] = "myevents.v1.BookingService",
                  EVENTS[] = "myevents.v1.EventService";

/* --- what it says --- */

struct watch {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int shown;
    bool is_over;
};

static enum rpc_flow on_status(
    struct rpc *rpc, const Grpc__Health__V1__HealthCheckResponse *message, void *data) {
    struct watch *watch = data;
    MUTEX_GUARD(&watch->lock);
    watch->shown = (int)message->status;
    pthread_cond_signal(&watch->changed);
    return RPC_NEXT;
}

static void on_over(struct rpc *rpc, const struct status *status, void *data) {
    struct watch *watch = data;
    MUTEX_GUARD(&watch->lock);
    watch->is_over = true;
    pthread_cond_signal(&watch->changed);
}

/* Lives as long as the call, which ends with the process. */
static struct watch *watch(struct stand *stand, const char *name) {
    static const struct health_watch_events events = {on_status, on_over};
    static const struct rpc_options options = {.timeout_ms = RPC_NO_TIMEOUT};
    struct watch *watch = arena_zalloc(&stand->arena, sizeof(*watch));
    Grpc__Health__V1__HealthCheckRequest request = GRPC__HEALTH__V1__HEALTH_CHECK_REQUEST__INIT;
    request.service = (char *)name;
    pthread_mutex_init(&watch->lock, NULL);
    pthread_cond_init(&watch->changed, NULL);
    health_watch(stand->channel, &options, &request, &events, watch);
    return watch;
}

static bool wait_for(struct watch *watch, bool (*holds)(const struct watch *watch)) {
    struct timespec until;
    int r = 0;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += STAND_TIMEOUT_MS / 1000;
    MUTEX_GUARD(&watch->lock);
    while (!holds(watch) && r == 0)
        r = pthread_cond_clockwait(&watch->changed, &watch->lock, CLOCK_MONOTONIC, &until);
    return holds(watch);
}

static bool is_serving(const struct watch *watch) {
    return watch->shown == SERVING;
}
static bool is_not_serving(const struct watch *watch) {
    return watch->shown == NOT_SERVING;
}
static bool is_over(const struct watch *watch) {
    return watch->is_over;
}

static void check_health(struct stand *stand, const char *name, int expected) {
    Grpc__Health__V1__HealthCheckRequest request = GRPC__HEALTH__V1__HEALTH_CHECK_REQUEST__INIT;
    const Grpc__Health__V1__HealthCheckResponse *reply;
    request.service = (char *)name;
    struct status status = health_check_and_wait(
        stand->channel, NULL, &request, &stand->arena, &reply);
    if (status.code != STATUS_OK || (int)reply->status != expected)
        fail_msg("%s: code %d, not status %d", name, (int)status.code, expected);
}

/* 0: nobody answers. */
static int probe(struct stand *stand) {
    struct rest rest;
    struct rest_answer answer;
    assert_int_equal(rest_init(&rest, stand->probes, STAND_TIMEOUT_MS), 0);
    int r = rest_request(&rest, "GET", "/readyz", "", (struct text){"", 0}, &answer);
    int status = r < 0 ? 0 : answer.status;
    rest_deinit(&rest);
    return status;
}

static void check_ready(struct stand *stand, const char *service) {
    check_health(stand, "", SERVING);
    check_health(stand, service, SERVING);
    assert_int_equal(probe(stand), 200);
}

static enum status_code create_user(struct stand *stand) {
    Myevents__V1__CreateUserRequest request = MYEVENTS__V1__CREATE_USER_REQUEST__INIT;
    Myevents__V1__User user = MYEVENTS__V1__USER__INIT;
    const Myevents__V1__User *reply;
    /* As large as may be, for the sake of whoever fills a store. */
    char first_name[81] = "", last_name[81] = "", email[255] = "";
    memset(first_name, 'a', sizeof(first_name) - 1);
    memset(last_name, 'l', sizeof(last_name) - 1);
    memset(email, 'e', sizeof(email) - 1);
    email[1] = '@';
    user.first_name = first_name;
    user.last_name = last_name;
    user.email = email;
    request.user = &user;
    return booking_service_create_user_and_wait(
        stand->channel, NULL, &request, &stand->arena, &reply)
        .code;
}

static struct status ask(struct stand *stand, const Myevents__V1__Process **ret_process) {
    Myevents__V1__GetProcessRequest request = MYEVENTS__V1__GET_PROCESS_REQUEST__INIT;
    return system_service_get_process_and_wait(
        stand->channel, NULL, &request, &stand->arena, ret_process);
}

static bool tells(struct stand *stand, const char *name) {
    const Myevents__V1__Process *process;
    assert_int_equal(ask(stand, &process).code, STATUS_OK);
    for (size_t i = 0; i < process->n_health; i++)
        if (strcmp(process->health[i]->name, name) == 0)
            return process->health[i]->serving;
    fail_msg("it tells nothing of %s", name);
    return false;
}

/* --- the tests --- */

static void a_process_tells_of_itself_what_health_says(void **state) {
    struct stand *stand = *state;
    const Myevents__V1__Process *process;
    stand_start(stand, "BOOKING_SERVICE", NULL);
    struct watch *bus = watch(stand, BUS);
    assert_true(wait_for(bus, is_serving));
    assert_true(tells(stand, BUS) && tells(stand, BOOKINGS) && tells(stand, "myevents.store"));
    redis_server_kill(&stand->redis);
    assert_true(wait_for(bus, is_not_serving));
    assert_false(tells(stand, BUS));
    assert_true(tells(stand, BOOKINGS) && tells(stand, "myevents.store"));
    assert_int_equal(create_user(stand), STATUS_OK);
    assert_int_equal(ask(stand, &process).code, STATUS_OK);
    assert_string_equal(process->name, "booking-service");
    assert_int_equal(process->state, MYEVENTS__V1__PROCESS_STATE__PROCESS_STATE_SERVING);
    assert_non_null(process->conservation);
    assert_in_range(process->store->commits, 1, INT32_MAX);
    assert_int_equal(stand_end(stand, SIGTERM), 0);
    assert_true(wait_for(bus, is_over));
}

static void a_process_that_shall_tell_nothing_says_why(void **state) {
    struct stand *stand = *state;
    const Myevents__V1__Process *process;
    const Myevents__V1__ListProcessesResponse *list;
    Myevents__V1__ListProcessesRequest request = MYEVENTS__V1__LIST_PROCESSES_REQUEST__INIT;
    stand_start(stand, "EVENT_SERVICE", "INTROSPECTION=off");
    struct status status = ask(stand, &process);
    assert_int_equal(status.code, STATUS_UNIMPLEMENTED);
    assert_non_null(strstr(status.message, "INTROSPECTION=off"));
    status = system_service_list_processes_and_wait(
        stand->channel, NULL, &request, &stand->arena, &list);
    assert_int_equal(status.code, STATUS_UNIMPLEMENTED);
    assert_non_null(strstr(status.message, "gateway"));
    assert_int_equal(stand_end(stand, SIGTERM), 0);
}

static void a_bus_that_is_away_is_said_and_takes_no_service_down(void **state) {
    struct stand *stand = *state;
    stand_start(stand, "BOOKING_SERVICE", NULL);
    struct watch *bus = watch(stand, BUS);
    assert_true(wait_for(bus, is_serving));
    check_ready(stand, BOOKINGS);
    redis_server_kill(&stand->redis);
    assert_true(wait_for(bus, is_not_serving));
    check_health(stand, BUS, NOT_SERVING);
    check_ready(stand, BOOKINGS);
    assert_int_equal(create_user(stand), STATUS_OK);
    redis_server_restart(&stand->redis);
    assert_true(wait_for(bus, is_serving));
    check_ready(stand, BOOKINGS);
    assert_int_equal(stand_end(stand, SIGTERM), 0);
    assert_true(wait_for(bus, is_over));
    assert_int_equal(bus->shown, NOT_SERVING);
}

static void a_service_is_ready_before_it_has_met_its_bus(void **state) {
    struct stand *stand = *state;
    redis_server_kill(&stand->redis);
    stand_start(stand, "EVENT_SERVICE", NULL);
    check_ready(stand, EVENTS);
    check_health(stand, BUS, NOT_SERVING);
    struct watch *bus = watch(stand, BUS);
    redis_server_restart(&stand->redis);
    assert_true(wait_for(bus, is_serving));
    check_ready(stand, EVENTS);
    assert_int_equal(stand_end(stand, SIGTERM), 0);
    assert_true(wait_for(bus, is_over));
}

static void who_is_asked_to_stop_says_so_everywhere(void **state) {
    struct stand *stand = *state;
    stand_start(stand, "EVENT_SERVICE", NULL);
    struct watch *all = watch(stand, ""), *events = watch(stand, EVENTS);
    assert_true(wait_for(all, is_serving) && wait_for(events, is_serving));
    kill(stand->service.pid, SIGTERM);
    assert_true(wait_for(all, is_not_serving) && wait_for(events, is_not_serving));
    assert_int_not_equal(probe(stand), 200);
    assert_int_equal(stand_end(stand, 0), 0);
    assert_true(wait_for(all, is_over) && wait_for(events, is_over));
}

static void a_store_that_breaks_takes_its_services_down(void **state) {
    struct stand *stand = *state;
    int users = 0;
    stand_start(stand, "BOOKING_SERVICE", "DATABASE_SIZE_MAX=1MiB");
    struct watch *all = watch(stand, ""), *bookings = watch(stand, BOOKINGS);
    assert_true(wait_for(all, is_serving) && wait_for(bookings, is_serving));
    while (create_user(stand) == STATUS_OK && users < USERS_MAX)
        users++;
    assert_in_range(users, 1, USERS_MAX - 1);
    assert_true(wait_for(all, is_not_serving) && wait_for(bookings, is_not_serving));
    assert_int_not_equal(probe(stand), 200);
    assert_int_equal(stand_end(stand, 0), 1);
    assert_true(wait_for(all, is_over) && wait_for(bookings, is_over));
}

#define stand_test(function) cmocka_unit_test_setup_teardown(function, stand_setup, stand_teardown)

int main(void) {
    static const struct CMUnitTest tests[] = {
        stand_test(a_bus_that_is_away_is_said_and_takes_no_service_down),
        stand_test(a_service_is_ready_before_it_has_met_its_bus),
        stand_test(who_is_asked_to_stop_says_so_everywhere),
        stand_test(a_process_tells_of_itself_what_health_says),
        stand_test(a_process_that_shall_tell_nothing_says_why),
        stand_test(a_store_that_breaks_takes_its_services_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
