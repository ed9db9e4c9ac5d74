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

enum { CLIENTS = 3, ASKS = 200 };

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
    start(&stand, &survey);
    stand_stop_server(&stand);
    ask(&stand, &reply, NULL, "GET /t1/things");
    assert_int_equal(reply.status, 200);
    assert_body_has(&reply, "{\"things\":[" OWN ",{\"id\":\"things\",\"name\":\"UNAVAILABLE\"");
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

static void test_an_answer_that_cannot_be_shown_spoils_no_other(void **state) {
    struct gateway_survey survey = survey_of(HOLD);
    struct stand stand;
    struct client clients[CLIENTS];
    Google__Protobuf__Timestamp far = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    Gateway__Test__V1__Thing thing = GATEWAY__TEST__V1__THING__INIT;
    start(&stand, &survey);
    send_all(&stand, clients);
    far.seconds = INT64_MAX;
    thing.made_at = &far;
    thing_service_hold_thing_reply(stand_held(&stand, 0), &thing);
    for (int i = 0; i < CLIENTS; i++) {
        read_until(&clients[i], "HTTP/1.1 200");
        read_until(&clients[i], "{\"things\":[" OWN ",{\"id\":\"things\",\"name\":\"INTERNAL\"");
        client_close(&clients[i]);
    }
    stand_stop(&stand);
}

static void test_all_who_ask_at_once_get_one_answer(void **state) {
    struct gateway_survey survey = survey_of(HOLD);
    struct stand stand;
    struct client clients[CLIENTS];
    start(&stand, &survey);
    send_all(&stand, clients);
    reply_thing(stand_held(&stand, 0), "one");
    for (int i = 0; i < CLIENTS; i++) {
        read_until(&clients[i], "{\"id\":\"one\"");
        client_close(&clients[i]);
    }
    assert_int_equal(stand_count(&stand, &stand.held_count), 1);
    stand_stop(&stand);
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
    read_until(&clients[2], "{\"id\":\"one\"");
    client_close(&clients[2]);
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
