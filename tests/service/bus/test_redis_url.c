/* SPDX-License-Identifier: Apache-2.0 */
/* What a redis:// URL says, a server sees: login, database, socket, name. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <hiredis/hiredis.h>

#include "tests/service/bus/fixture.h"

static struct redis_server server;

static int start_server(void **state _unused_) {
    redis_server_start(&server);
    return 0;
}

static int stop_server(void **state _unused_) {
    redis_server_stop(&server);
    return 0;
}

static redisReply *ask(const char *password, const char *question) {
    redisContext *context = redisConnect("127.0.0.1", server.port);
    if (password)
        freeReplyObject(redisCommand(context, "AUTH %s", password));
    redisReply *reply = redisCommand(context, question);
    assert_non_null(reply);
    redisFree(context);
    return reply;
}

/* Publishes one record there. */
static int publish_to(const char *url, const char *name) {
    struct fixture fixture = {.stream = "urls"};
    uint64_t last;
    assert_int_equal(bus_open(url, name, &fixture.bus), 0);
    int r = publish_once(&fixture, 1, 1, &last);
    bus_close(fixture.bus);
    return r;
}

static void test_a_unix_socket_is_as_good(void **state _unused_) {
    assert_int_equal(publish_to(server.unix_url, "unix"), 0);
}

static void test_the_database_is_selected(void **state _unused_) {
    char url[96];
    snprintf(url, sizeof(url), "%s/3", server.url);
    assert_int_equal(publish_to(url, "three"), 0);
    redisReply *reply = ask(NULL, "INFO keyspace");
    assert_non_null(strstr(reply->str, "db3:keys=1"));
    freeReplyObject(reply);
}

static void test_a_name_is_made_fit_for_the_server(void **state _unused_) {
    struct bus *bus;
    uint64_t last;
    assert_int_equal(bus_open(server.url, "my bus", &bus), 0);
    assert_int_equal(bus_last(bus, "urls", &last), 0);
    redisReply *reply = ask(NULL, "CLIENT LIST");
    assert_non_null(strstr(reply->str, "name=my-bus"));
    freeReplyObject(reply);
    bus_close(bus);
}

static void test_only_the_right_password_opens(void **state _unused_) {
    char url[96], error[BUS_ERROR_SIZE];
    struct bus *bus;
    uint64_t last;
    freeReplyObject(ask(NULL, "CONFIG SET requirepass s3cret/"));
    snprintf(url, sizeof(url), "redis://:s3cret%%2F@127.0.0.1:%d", server.port);
    assert_int_equal(publish_to(url, "right"), 0);
    snprintf(url, sizeof(url), "redis://default:s3cret%%2F@127.0.0.1:%d", server.port);
    assert_int_equal(publish_to(url, "right user"), 0);
    snprintf(url, sizeof(url), "redis://:wrong@127.0.0.1:%d", server.port);
    assert_int_equal(publish_to(url, "wrong"), -EACCES);
    assert_int_equal(bus_open(server.url, "none", &bus), 0);
    assert_int_equal(bus_last(bus, "urls", &last), -EACCES);
    bus_error(bus, error);
    assert_non_null(strstr(error, "NOAUTH"));
    bus_close(bus);
    freeReplyObject(ask("s3cret/", "CONFIG SET requirepass \"\""));
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_unix_socket_is_as_good),
        cmocka_unit_test(test_the_database_is_selected),
        cmocka_unit_test(test_a_name_is_made_fit_for_the_server),
        cmocka_unit_test(test_only_the_right_password_opens),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, start_server, stop_server);
}
