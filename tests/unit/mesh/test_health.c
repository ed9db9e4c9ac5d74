/* SPDX-License-Identifier: Apache-2.0 */
#include "stand.h"

#include "base/task.h"
#include "grpc/health/v1/health.mesh.h"
#include "mesh/health.h"
#include "mesh/server_core.h"

typedef Grpc__Health__V1__HealthCheckRequest HealthRequest;
typedef Grpc__Health__V1__HealthCheckResponse HealthResponse;

enum { SERVING = 1, NOT_SERVING = 2, SERVICE_UNKNOWN = 3 };

static const char SERVICE[] = "mesh.test.v1.EchoService";

static enum status_code check(struct stand *stand, const char *service, int *ret_serving) {
    HealthRequest request = GRPC__HEALTH__V1__HEALTH_CHECK_REQUEST__INIT;
    const HealthResponse *reply;
    request.service = (char *)service;
    struct status status = health_check_and_wait(
        stand->channel, NULL, &request, &stand->arena, &reply);
    if (status.code == STATUS_OK)
        *ret_serving = (int)reply->status;
    return status.code;
}

static void assert_check(struct stand *stand, const char *service, int expected) {
    int serving = 0;
    assert_int_equal(check(stand, service, &serving), STATUS_OK);
    assert_int_equal(serving, expected);
}

static void test_is_checked_by_name(void **state) {
    struct stand stand;
    int serving;
    char name[202];
    stand_start(&stand, NULL);
    assert_check(&stand, "", SERVING);
    assert_check(&stand, SERVICE, SERVING);
    assert_int_equal(check(&stand, "unheard", &serving), STATUS_NOT_FOUND);
    server_set_serving(stand.server, SERVICE, false);
    assert_check(&stand, SERVICE, NOT_SERVING);
    assert_check(&stand, "", SERVING);
    server_set_serving(stand.server, NULL, false);
    assert_check(&stand, "", NOT_SERVING);
    server_set_serving(stand.server, NULL, true);
    assert_check(&stand, SERVICE, SERVING);
    memset(name, 'n', sizeof(name) - 1);
    name[201] = '\0';
    assert_int_equal(check(&stand, name, &serving), STATUS_INVALID_ARGUMENT);
    stand_stop(&stand);
}

struct shown {
    int serving_count, count;
};

static void show(const char *service, bool serving, void *data) {
    struct shown *shown = data;
    if (strcmp(service, SERVICE) != 0 && strcmp(service, "other") != 0)
        return;
    shown->count++;
    shown->serving_count += serving;
}

static void test_every_name_is_shown(void **state) {
    struct stand stand;
    struct shown shown = {0};
    stand_start(&stand, NULL);
    server_set_serving(stand.server, "other", false);
    server_show_serving(stand.server, show, &shown);
    assert_int_equal(shown.count, 2);
    assert_int_equal(shown.serving_count, 1);
    stand_stop(&stand);
}

struct watch {
    struct stand *stand;
    struct rpc *rpc;
    int statuses[8];
    int count;
    int done_count;
    enum status_code code;
};

static enum rpc_flow on_message(struct rpc *rpc, const HealthResponse *message, void *data) {
    struct watch *watch = data;
    MUTEX_GUARD(&watch->stand->lock);
    assert_in_range(watch->count, 0, ARRAY_SIZE(watch->statuses) - 1);
    watch->statuses[watch->count++] = (int)message->status;
    pthread_cond_broadcast(&watch->stand->changed);
    return RPC_NEXT;
}

static void on_done(struct rpc *rpc, const struct status *status, void *data) {
    struct watch *watch = data;
    MUTEX_GUARD(&watch->stand->lock);
    watch->code = status->code;
    watch->done_count++;
    pthread_cond_broadcast(&watch->stand->changed);
}

static void watch_start(struct watch *watch, struct stand *stand, const char *service) {
    static const struct health_watch_events events = {on_message, on_done};
    static const struct rpc_options options = {.timeout_ms = RPC_NO_TIMEOUT};
    HealthRequest request = GRPC__HEALTH__V1__HEALTH_CHECK_REQUEST__INIT;
    request.service = (char *)service;
    *watch = (struct watch){.stand = stand};
    watch->rpc = health_watch(stand->channel, &options, &request, &events, watch);
}

static void assert_shown(struct watch *watch, int count, int expected) {
    stand_wait(watch->stand, &watch->count, count);
    MUTEX_GUARD(&watch->stand->lock);
    assert_int_equal(watch->count, count);
    assert_int_equal(watch->statuses[count - 1], expected);
}

static void test_is_watched_at_once_and_at_each_change(void **state) {
    struct stand stand;
    struct watch watch, unknown;
    stand_start(&stand, NULL);
    watch_start(&watch, &stand, SERVICE);
    assert_shown(&watch, 1, SERVING);
    watch_start(&unknown, &stand, "later");
    assert_shown(&unknown, 1, SERVICE_UNKNOWN);
    server_set_serving(stand.server, SERVICE, true); /* no change */
    server_set_serving(stand.server, "later", true);
    assert_shown(&unknown, 2, SERVING);
    server_set_serving(stand.server, SERVICE, false);
    assert_shown(&watch, 2, NOT_SERVING);
    rpc_cancel(unknown.rpc);
    stand_wait(&stand, &unknown.done_count, 1);
    assert_int_equal(unknown.code, STATUS_CANCELLED);
    server_set_serving(stand.server, NULL, true);
    assert_shown(&watch, 3, SERVING);
    stand_stop_server(&stand);
    stand_wait(&stand, &watch.done_count, 1);
    assert_shown(&watch, 4, NOT_SERVING);
    assert_int_equal(watch.code, STATUS_UNAVAILABLE);
    stand_stop(&stand);
}

static void test_changes_faster_than_they_are_read_end_at_the_last(void **state) {
    struct stand stand;
    struct watch watch;
    stand_start(&stand, NULL);
    watch_start(&watch, &stand, "");
    assert_shown(&watch, 1, SERVING);
    for (int i = 0; i < 3; i++) /* few enough for watch.statuses if each one is seen */
        server_set_serving(stand.server, NULL, i % 2);
    pthread_mutex_lock(&stand.lock);
    while (watch.statuses[watch.count - 1] != NOT_SERVING)
        pthread_cond_wait(&stand.changed, &stand.lock);
    for (int i = 1; i < watch.count; i++)
        assert_int_not_equal(watch.statuses[i], watch.statuses[i - 1]);
    pthread_mutex_unlock(&stand.lock);
    rpc_cancel(watch.rpc);
    stand_wait(&stand, &watch.done_count, 1);
    stand_stop(&stand);
}

/* Who watches decides where calls go: it hears also of a server that is full. */
static void test_is_served_under_any_load(void **state) {
    struct stand stand;
    struct watch watch;
    EchoRequest request = ECHO_REQUEST_INIT;
    stand_start(&stand, &(struct server_options){.calls_in_flight_max = 1, .streams_max = 1});
    stand_begin(&stand, ECHO_SERVICE_HOLD, NULL, &request);
    struct call *unary = stand_held(&stand, 0);
    stand_begin_raw(&stand, &echo_service.methods[ECHO_SERVICE_WATCH], (struct text){"", 0});
    struct call *stream = stand_held(&stand, 1);
    stand_begin_raw(&stand, &echo_service.methods[ECHO_SERVICE_WATCH], (struct text){"", 0});
    stand_wait(&stand, &stand.done_count, 1);
    assert_int_equal(stand.status.code, STATUS_RESOURCE_EXHAUSTED);
    assert_check(&stand, SERVICE, SERVING);
    watch_start(&watch, &stand, SERVICE);
    assert_shown(&watch, 1, SERVING);
    rpc_cancel(watch.rpc);
    stand_wait(&stand, &watch.done_count, 1);
    reply_text(unary, "");
    call_finish(stream);
    stand_wait(&stand, &stand.done_count, 3);
    stand_stop(&stand);
}

static void test_the_drain_has_the_last_word(void **state) {
    struct stand stand;
    struct watch watch, unknown;
    int serving;
    stand_start(&stand, NULL);
    watch_start(&watch, &stand, SERVICE);
    watch_start(&unknown, &stand, "unheard");
    assert_shown(&watch, 1, SERVING);
    assert_shown(&unknown, 1, SERVICE_UNKNOWN);
    health_drain(stand.server->health);
    assert_shown(&watch, 2, NOT_SERVING);
    server_set_serving(stand.server, NULL, true);
    server_set_serving(stand.server, SERVICE, true);
    server_set_serving(stand.server, "unheard", true);
    assert_check(&stand, SERVICE, NOT_SERVING);
    assert_check(&stand, "", NOT_SERVING);
    assert_int_equal(check(&stand, "unheard", &serving), STATUS_NOT_FOUND);
    stand_stop_server(&stand);
    stand_wait(&stand, &watch.done_count, 1);
    stand_wait(&stand, &unknown.done_count, 1);
    assert_shown(&watch, 2, NOT_SERVING);
    assert_shown(&unknown, 1, SERVICE_UNKNOWN);
    stand_stop(&stand);
}

static void test_a_name_that_is_too_long_is_not_watched(void **state) {
    struct stand stand;
    struct watch watch;
    char name[202];
    memset(name, 'n', sizeof(name) - 1);
    name[201] = '\0';
    stand_start(&stand, NULL);
    watch_start(&watch, &stand, name);
    stand_wait(&stand, &watch.done_count, 1);
    assert_int_equal(watch.code, STATUS_INVALID_ARGUMENT);
    name[200] = '\0';
    watch_start(&watch, &stand, name);
    assert_shown(&watch, 1, SERVICE_UNKNOWN);
    rpc_cancel(watch.rpc);
    stand_wait(&stand, &watch.done_count, 1);
    stand_stop(&stand);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_is_checked_by_name),
        cmocka_unit_test(test_every_name_is_shown),
        cmocka_unit_test(test_is_watched_at_once_and_at_each_change),
        cmocka_unit_test(test_changes_faster_than_they_are_read_end_at_the_last),
        cmocka_unit_test(test_is_served_under_any_load),
        cmocka_unit_test(test_the_drain_has_the_last_word),
        cmocka_unit_test(test_a_name_that_is_too_long_is_not_watched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
