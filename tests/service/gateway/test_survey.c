/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/service/gateway/stand.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "gateway/survey.h"
#include "mesh/server.h"
#include "mesh/service_config.h"
#include "mesh/status.h"
#include "tests/service/gateway/thing.mesh.h"
#include "tests/unit/base/check.h"

enum { CLIENTS = 3, ASKS = 200, ATTEMPTS_MAX = 60 };

#define OWN    "{\"id\":\"own\",\"name\":\"\",\"size\":\"0\",\"metadata\":{}}"
#define THEIRS "{\"id\":\"\",\"name\":\"\",\"size\":\"0\",\"metadata\":{}}"

static void append_thing(struct buffer *wire, const char *id, const char *name) {
    Gateway__Test__V1__Thing thing = GATEWAY__TEST__V1__THING__INIT;
    thing.id = (char *)id;
    thing.name = (char *)name;
    size_t size = gateway__test__v1__thing__get_packed_size(&thing);
    gateway__test__v1__thing__pack(&thing, (uint8_t *)buffer_reserve(wire, size));
    wire->size += size;
}

static void append_own(struct buffer *wire) {
    append_thing(wire, "own", "");
}

static void append_missing(struct buffer *wire, const char *name, const struct status *status) {
    append_thing(wire, name, status_code_name((int)status->code));
}

static struct gateway_survey survey_of(const char *each) {
    return (struct gateway_survey){.method = "/gateway.test.v1.ThingService/ListThings",
        .each = each,
        .append_own = append_own,
        .append_missing = append_missing};
}

static const char GET[] = "/gateway.test.v1.ThingService/GetThing",
                  HOLD[] = "/gateway.test.v1.ThingService/HoldThing",
                  FORGET[] = "/gateway.test.v1.ThingService/ForgetThing";

static void start(struct stand *stand, const struct gateway_survey *survey) {
    stand_start(stand, &(struct gateway_options){.survey = survey});
}

/* Asked on connections of their own, and not read yet. */
static void send_all(struct stand *stand, struct client clients[static CLIENTS]) {
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = client_connect(stand->port);
        send_lines(&clients[i], NULL, (const char *const[]){"GET /t1/things", NULL});
    }
}

/* All ask at once, and the one call that comes of it is answered by reply(). On a busy machine a
 * survey may end before, or a client come late to it: its call is cancelled, and all begins anew.
 */
static void hold_one(const struct gateway_survey *survey, void (*reply_to)(struct call *call),
    const char *expected, int *ret_held_count) {
    bool is_in_time = false;
    for (int i = 0; !is_in_time && i < ATTEMPTS_MAX; i++) {
        struct stand stand;
        struct client clients[CLIENTS];
        struct reply replies[CLIENTS] = {0};
        start(&stand, survey);
        send_all(&stand, clients);
        reply_to(stand_held(&stand, 0));
        for (int j = 0; j < CLIENTS; j++)
            client_read(&clients[j], &replies[j]);
        is_in_time = stand_count(&stand, &stand.cancelled_count) == 0;
        *ret_held_count = stand_count(&stand, &stand.held_count);
        for (int j = 1; j < *ret_held_count; j++)
            reply_to(stand_held(&stand, j));
        for (int j = 0; j < CLIENTS; j++) {
            if (is_in_time)
                assert_body_has(&replies[j], expected);
            assert_int_equal(replies[j].status, 200);
            reply_deinit(&replies[j]);
            client_close(&clients[j]);
        }
        stand_stop(&stand);
    }
    assert_true(is_in_time);
}

static void test_the_list_holds_our_own_and_theirs(void **state) {
    struct gateway_survey survey = survey_of(GET);
    struct stand stand;
    struct reply reply = {0};
    start(&stand, &survey);
    ask(&stand, &reply, NULL, "GET /t1/things");
    assert_int_equal(reply.status, 200);
    assert_body(&reply, "{\"things\":[" OWN "," THEIRS "]}");
    ask(&stand, &reply, NULL, "GET /t1/things?colour=red");
    assert_int_equal(reply.status, 400);
    ask(&stand, &reply, NULL, "GET /t1/things/x");
    assert_body_has(&reply, "{\"id\":\"x\"");
    reply_deinit(&reply);
    stand_stop(&stand);
}

static void test_who_does_not_answer_is_in_the_list(void **state) {
    struct gateway_survey survey = survey_of(GET);
    struct stand stand;
    struct reply reply = {0};
    static const char expected[] = "{\"things\":[" OWN
                                   ",{\"id\":\"things\",\"name\":\"UNAVAILABLE\"";
    start(&stand, &survey);
    stand_stop_server(&stand);
    for (int i = 0; i < ATTEMPTS_MAX; i++) { /* a busy machine may take longer to refuse */
        ask(&stand, &reply, NULL, "GET /t1/things");
        assert_int_equal(reply.status, 200);
        if (memmem(reply.body.data, reply.body.size, expected, strlen(expected)))
            break;
        usleep(SURVEY_FRESH_MS * 1000);
    }
    assert_body_has(&reply, expected);
    reply_deinit(&reply);
    stand_stop(&stand);
}

/* Balancers shun it, and that is when its own word is wanted. */
static void test_who_should_not_be_asked_for_anything_else_still_tells_of_itself(void **state) {
    static const char health[] = "{\"loadBalancingConfig\": [{\"round_robin\": {}}],"
                                 "\"healthCheckConfig\": {\"serviceName\": \"\"}}";
    struct gateway_survey survey = survey_of(GET);
    struct stand stand;
    struct reply reply = {0};
    struct buffer error = {0};
    struct service_config *config = service_config_parse("test", text_from(health), &error);
    assert_non_null(config);
    stand_start(&stand, &(struct gateway_options){.survey = &survey, .service_config = config});
    server_set_serving(stand.server, "", false);
    do
        ask(&stand, &reply, NULL, "GET /t1/things/x");
    while (reply.status != 503);
    ask(&stand, &reply, NULL, "GET /t1/things");
    assert_body(&reply, "{\"things\":[" OWN "," THEIRS "]}");
    reply_deinit(&reply);
    stand_stop(&stand);
    service_config_unref(config);
}

static void test_who_does_not_know_the_question_is_in_the_list(void **state) {
    struct gateway_survey survey = survey_of(FORGET);
    struct stand stand;
    struct reply reply = {0};
    start(&stand, &survey);
    ask(&stand, &reply, NULL, "GET /t1/things");
    assert_body_has(&reply, "{\"id\":\"things\",\"name\":\"UNIMPLEMENTED\"");
    reply_deinit(&reply);
    stand_stop(&stand);
}

static void reply_unprintable(struct call *call) {
    Google__Protobuf__Timestamp far = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    Gateway__Test__V1__Thing thing = GATEWAY__TEST__V1__THING__INIT;
    far.seconds = INT64_MAX;
    thing.made_at = &far;
    thing_service_hold_thing_reply(call, &thing);
}

static void test_an_answer_that_cannot_be_shown_spoils_no_other(void **state) {
    struct gateway_survey survey = survey_of(HOLD);
    int held_count;
    hold_one(&survey, reply_unprintable,
        "{\"things\":[" OWN ",{\"id\":\"things\",\"name\":\"INTERNAL\"", &held_count);
}

static void reply_one(struct call *call) {
    reply_thing(call, "one");
}

static void test_all_who_ask_at_once_get_one_answer(void **state) {
    struct gateway_survey survey = survey_of(HOLD);
    int held_count;
    hold_one(&survey, reply_one, "{\"id\":\"one\"", &held_count);
    assert_int_equal(held_count, 1);
}

static void test_who_leaves_while_it_is_under_way_takes_nobody_along(void **state) {
    struct gateway_survey survey = survey_of(HOLD);
    struct stand stand;
    struct client clients[CLIENTS];
    start(&stand, &survey);
    send_all(&stand, clients);
    struct call *call = stand_held(&stand, 0);
    client_close(&clients[0]);
    client_close(&clients[1]);
    reply_thing(call, "one");
    read_until(&clients[2], "\r\n\r\n{\"things\":[" OWN ",{\"id\":\""); /* in time or not */
    client_close(&clients[2]);
    for (int i = 1; i < stand_count(&stand, &stand.held_count); i++)
        reply_thing(stand_held(&stand, i), "late");
    stand_stop(&stand);
}

static void test_targets_are_asked_once_a_second_however_many_ask(void **state) {
    static const char series[] =
        "grpc_server_started_total{grpc_type=\"unary\","
        "grpc_service=\"gateway.test.v1.ThingService\",grpc_method=\"GetThing\"}";
    struct gateway_survey survey = survey_of(GET);
    struct stand stand;
    struct reply reply = {0};
    start(&stand, &survey);
    long before = stand_series(series);
    int64_t begun_ms = clock_monotonic_ms();
    for (int i = 0; i < ASKS; i++) {
        ask(&stand, &reply, NULL, "GET /t1/things");
        assert_body(&reply, "{\"things\":[" OWN "," THEIRS "]}");
    }
    int64_t rounds_max = 1 + (clock_monotonic_ms() - begun_ms) / SURVEY_FRESH_MS;
    assert_in_range(stand_series(series) - before, 1, rounds_max);
    reply_deinit(&reply);
    stand_stop(&stand);
}

static void test_one_that_is_switched_off_says_so(void **state) {
    struct gateway_survey survey = survey_of(GET);
    struct stand stand;
    struct reply reply = {0};
    survey.refusal = "not for anybody";
    start(&stand, &survey);
    ask(&stand, &reply, NULL, "GET /t1/things");
    assert_int_equal(reply.status, 501);
    assert_body_has(&reply, "not for anybody");
    reply_deinit(&reply);
    stand_stop(&stand);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_list_holds_our_own_and_theirs),
        cmocka_unit_test(test_who_does_not_answer_is_in_the_list),
        cmocka_unit_test(test_who_should_not_be_asked_for_anything_else_still_tells_of_itself),
        cmocka_unit_test(test_who_does_not_know_the_question_is_in_the_list),
        cmocka_unit_test(test_an_answer_that_cannot_be_shown_spoils_no_other),
        cmocka_unit_test(test_all_who_ask_at_once_get_one_answer),
        cmocka_unit_test(test_who_leaves_while_it_is_under_way_takes_nobody_along),
        cmocka_unit_test(test_targets_are_asked_once_a_second_however_many_ask),
        cmocka_unit_test(test_one_that_is_switched_off_says_so),
    };
    return cmocka_run_group_tests_name("survey", tests, NULL, NULL);
}
