/* SPDX-License-Identifier: Apache-2.0 */

/* Clients that know no proto of ours, buf's curl and one in Python, find and call what a service
 * offers; and it can be told to keep that to itself. */

#include "stand.h"

#include <glob.h>
#include <signal.h>
#include <unistd.h>

#include "myevents/v1/event_service.mesh.h"

enum { SKIP = 77, PATH_SIZE = 512, ARGUMENTS_MAX = 16 };

#define TOOLS "/.cache/tools/node_modules/@bufbuild/*/bin/buf"

static char root[PATH_SIZE], buf[PATH_SIZE];

/* As tests/tools/install leaves it. */
static bool find_buf(void) {
    char pattern[PATH_SIZE + sizeof(TOOLS)];
    glob_t found;
    snprintf(pattern, sizeof(pattern), "%s%s", root, TOOLS);
    if (glob(pattern, 0, NULL, &found) != 0)
        return false;
    snprintf(buf, sizeof(buf), "%s", found.gl_pathv[0]);
    globfree(&found);
    return true;
}

/* buf curl to `path` of the service, with these arguments; its exit status. */
static int curl(
    struct stand *stand, struct buffer *ret_said, const char *path, const char *const *further) {
    const char *arguments[ARGUMENTS_MAX] = {
        buf, "curl", "--protocol", "grpc", "--http2-prior-knowledge"};
    char url[128], cache[96];
    size_t count = 5;
    snprintf(url, sizeof(url), "http://%s%s", stand->address, path);
    snprintf(cache, sizeof(cache), "BUF_CACHE_DIR=%s/buf", stand->redis.folder);
    while (further && *further && count < ARGUMENTS_MAX - 2)
        arguments[count++] = *further++;
    arguments[count++] = url;
    return command_run(stand->redis.folder, arguments,
        (const char *const[]){cache, "NO_COLOR=1", NULL}, ret_said, STAND_TIMEOUT_MS);
}

#define MORE(...) ((const char *const[]){__VA_ARGS__, NULL})

static void expect_said(const struct buffer *said, const char *words) {
    if (!strstr(said->data, words))
        fail_msg("it does not say \"%s\": %s", words, said->data);
}

static const char *const versions[] = {"grpc-v1", "grpc-v1alpha"};

static void what_is_served_is_listed(void **state) {
    struct stand *stand = *state;
    _cleanup_(buffer_deinit) struct buffer said = {0};
    stand_start(stand, "EVENT_SERVICE", NULL);
    for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
        assert_int_equal(
            curl(stand, &said, "", MORE("--reflect-protocol", versions[i], "--list-services")), 0);
        assert_string_equal(said.data, "grpc.channelz.v1.Channelz\n"
                                       "grpc.health.v1.Health\n"
                                       "grpc.reflection.v1.ServerReflection\n"
                                       "grpc.reflection.v1alpha.ServerReflection\n"
                                       "myevents.v1.EventService\n"
                                       "myevents.v1.SystemService\n");
        assert_int_equal(
            curl(stand, &said, "", MORE("--reflect-protocol", versions[i], "--list-methods")), 0);
        expect_said(&said, "myevents.v1.EventService/WatchEvents\n");
        expect_said(&said, "grpc.channelz.v1.Channelz/GetServerSockets\n");
    }
    assert_int_equal(stand_end(stand, SIGTERM), 0);
}

static void what_is_listed_is_called(void **state) {
    struct stand *stand = *state;
    _cleanup_(buffer_deinit) struct buffer said = {0};
    stand_start(stand, "EVENT_SERVICE", NULL);
    for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
        assert_int_equal(curl(stand, &said, "/myevents.v1.EventService/CreateLocation",
                             MORE("--reflect-protocol", versions[i], "--data",
                                 "{\"location\":{\"name\":\"Hall\",\"address\":\"1 Road\","
                                 "\"country\":\"SE\",\"timeZone\":\"Europe/Stockholm\","
                                 "\"halls\":[{\"name\":\"Large\",\"capacity\":7}]}}")),
            0);
        expect_said(&said, "\"capacity\": 7");
        assert_int_equal(curl(stand, &said, "/grpc.health.v1.Health/Check",
                             MORE("--reflect-protocol", versions[i], "--data",
                                 "{\"service\":\"myevents.v1.EventService\"}")),
            0);
        expect_said(&said, "\"status\": \"SERVING\"");
        assert_int_equal(
            curl(stand, &said, "/grpc.channelz.v1.Channelz/GetServers",
                MORE("--reflect-protocol", versions[i], "--data", "{\"maxResults\":1}")),
            0);
        expect_said(&said, "\"callsStarted\": \"");
        expect_said(&said, "\"severity\": \"CT_INFO\"");
    }
    assert_int_equal(stand_end(stand, SIGTERM), 0);
}

static void a_mistake_is_told_by_the_schema_or_by_the_service(void **state) {
    struct stand *stand = *state;
    _cleanup_(buffer_deinit) struct buffer said = {0};
    stand_start(stand, "EVENT_SERVICE", NULL);
    assert_int_not_equal(curl(stand, &said, "/myevents.v1.EventService/Nothing", NULL), 0);
    expect_said(&said, "Nothing");
    assert_int_not_equal(curl(stand, &said, "/myevents.v1.NoService/GetEvent", NULL), 0);
    expect_said(&said, "myevents.v1.NoService");
    assert_int_not_equal(curl(stand, &said, "/myevents.v1.EventService/GetEvent",
                             MORE("--data", "{\"nonsense\":1}")),
        0);
    expect_said(&said, "nonsense");
    assert_int_not_equal(curl(stand, &said, "/myevents.v1.EventService/GetEvent",
                             MORE("--data", "{\"eventId\":\"x\"}")),
        0);
    expect_said(&said, "invalid_argument");
    assert_int_not_equal(curl(stand, &said, "/grpc.channelz.v1.Channelz/GetSocket",
                             MORE("--data", "{\"socketId\":\"999999\"}")),
        0);
    expect_said(&said, "not_found");
    assert_int_equal(stand_end(stand, SIGTERM), 0);
}

static void a_client_in_python_learns_all_it_needs(void **state) {
    struct stand *stand = *state;
    _cleanup_(buffer_deinit) struct buffer said = {0};
    char script[PATH_SIZE + 64], modules[PATH_SIZE + 16];
    stand_start(stand, "EVENT_SERVICE", NULL);
    snprintf(script, sizeof(script), "%s/tests/service/host/explore.py", root);
    snprintf(modules, sizeof(modules), "PYTHONPATH=%s", getenv("REFLECTION_PB2"));
    int status = command_run(stand->redis.folder,
        (const char *const[]){"/usr/bin/python3", "-B", script, stand->address, NULL},
        (const char *const[]){modules, NULL}, &said, STAND_TIMEOUT_MS);
    if (status != 0)
        fail_msg("it ends with %d: %s", status, said.data);
    assert_string_equal(said.data, "explored\n");
    assert_int_equal(stand_end(stand, SIGTERM), 0);
}

static void a_service_may_keep_itself_to_itself(void **state) {
    struct stand *stand = *state;
    _cleanup_(buffer_deinit) struct buffer said = {0};
    Myevents__V1__ListLocationsRequest request = MYEVENTS__V1__LIST_LOCATIONS_REQUEST__INIT;
    const Myevents__V1__ListLocationsResponse *reply;
    stand_start(stand, "EVENT_SERVICE", "INTROSPECTION=off");
    assert_int_not_equal(curl(stand, &said, "", MORE("--list-services")), 0);
    expect_said(&said, "unimplemented");
    assert_int_equal(
        event_service_list_locations_and_wait(stand->channel, NULL, &request, &stand->arena, &reply)
            .code,
        STATUS_OK);
    assert_int_equal(stand_end(stand, SIGTERM), 0);
}

#define stand_test(function) cmocka_unit_test_setup_teardown(function, stand_setup, stand_teardown)

static bool python_has_grpc(void) {
    return system("/usr/bin/python3 -c 'import grpc, google.protobuf' 2>/dev/null") == 0;
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        stand_test(what_is_served_is_listed),
        stand_test(what_is_listed_is_called),
        stand_test(a_mistake_is_told_by_the_schema_or_by_the_service),
        stand_test(a_client_in_python_learns_all_it_needs),
        stand_test(a_service_may_keep_itself_to_itself),
    };
    snprintf(root, sizeof(root), "%s", getenv("SOURCE_ROOT") ? getenv("SOURCE_ROOT") : ".");
    if (!find_buf() || !python_has_grpc()) {
        printf("skipped: ./myevents deps gets buf and grpc for Python, which are not there\n");
        return SKIP;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
