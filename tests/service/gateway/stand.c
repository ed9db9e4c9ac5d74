/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/service/gateway/stand.h"

#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/metric.h"
#include "base/task.h"
#include "mesh/loop.h"
#include "mesh/server.h"
#include "tests/service/gateway/thing.mesh.h"
#include "tests/support/ports.h"
#include "tests/unit/base/check.h"

enum { PATIENCE_MS = 60000, PATIENCE_S = PATIENCE_MS / 1000 };

/* --- the service --- */

static const char *const seen_metadata[] = {
    "authorization", "traceparent", "tracestate", "x-request-id", "accept-language", "x-secret"};

static void reply_with_metadata(struct call *call, Gateway__Test__V1__Thing *thing) {
    Gateway__Test__V1__Thing__MetadataEntry entries[ARRAY_SIZE(seen_metadata)];
    Gateway__Test__V1__Thing__MetadataEntry *pointers[ARRAY_SIZE(seen_metadata)];
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_SIZE(seen_metadata); i++) {
        struct text value = call_metadata(call, seen_metadata[i]);
        if (value.size == 0)
            continue;
        gateway__test__v1__thing__metadata_entry__init(&entries[count]);
        entries[count].key = (char *)seen_metadata[i];
        entries[count].value = arena_copy_text(call_arena(call), value);
        pointers[count] = &entries[count];
        count++;
    }
    thing->metadata = pointers;
    thing->n_metadata = count;
    thing_service_get_thing_reply(call, thing);
}

static Google__Protobuf__Timestamp far_future(void) {
    Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    time.seconds = INT64_MAX;
    return time;
}

static void handle_get(
    struct call *call, const Gateway__Test__V1__GetThingRequest *request, void *data) {
    if (strcmp(request->id, "missing") == 0) {
        call_fail(call, STATUS_NOT_FOUND, "THING_NOT_FOUND", "there is no thing %s", request->id);
        return;
    }
    Gateway__Test__V1__Thing thing = GATEWAY__TEST__V1__THING__INIT;
    thing.id = request->id;
    Google__Protobuf__Timestamp made_at = far_future();
    if (strcmp(request->id, "unprintable") == 0)
        thing.made_at = &made_at;
    if (strcmp(request->id, "metadata") == 0)
        reply_with_metadata(call, &thing);
    else
        thing_service_get_thing_reply(call, &thing);
}

static void handle_list(
    struct call *call, const Gateway__Test__V1__ListThingsRequest *request, void *data) {
    Gateway__Test__V1__ListThingsResponse response = GATEWAY__TEST__V1__LIST_THINGS_RESPONSE__INIT;
    Gateway__Test__V1__Thing *things = arena_alloc(
        call_arena(call), (size_t)request->page_size * sizeof(*things));
    response.things = arena_alloc(
        call_arena(call), (size_t)request->page_size * sizeof(response.things[0]));
    for (int i = 0; i < request->page_size; i++) {
        gateway__test__v1__thing__init(&things[i]);
        things[i].id = arena_printf(call_arena(call), "thing-%d", i);
        things[i].name = (char *)"a thing among others";
        response.things[response.n_things++] = &things[i];
    }
    thing_service_list_things_reply(call, &response);
}

static void handle_create(
    struct call *call, const Gateway__Test__V1__CreateThingRequest *request, void *data) {
    Gateway__Test__V1__Thing thing = *request->thing;
    thing.id = request->request_id;
    thing_service_create_thing_reply(call, &thing);
}

static void handle_replace(
    struct call *call, const Gateway__Test__V1__ReplaceThingRequest *request, void *data) {
    thing_service_replace_thing_reply(call, request->thing);
}

static void handle_update(
    struct call *call, const Gateway__Test__V1__UpdateThingRequest *request, void *data) {
    Gateway__Test__V1__Thing thing = *request->thing;
    char *mask = arena_copy_string(call_arena(call), "");
    for (size_t i = 0; i < request->update_mask->n_paths; i++)
        mask = arena_printf(call_arena(call), "%s[%s]", mask, request->update_mask->paths[i]);
    thing.name = mask;
    thing_service_update_thing_reply(call, &thing);
}

static void handle_delete(
    struct call *call, const Gateway__Test__V1__DeleteThingRequest *request, void *data) {
    Google__Protobuf__Empty empty = GOOGLE__PROTOBUF__EMPTY__INIT;
    thing_service_delete_thing_reply(call, &empty);
}

static void bump(struct stand *stand, int *counter) {
    MUTEX_GUARD(&stand->lock);
    ++*counter;
    pthread_cond_broadcast(&stand->changed);
}

static void on_cancelled(struct call *call, void *data) {
    struct stand *stand = data;
    bump(stand, &stand->cancelled_count);
}

static void on_writable(struct call *call, void *data) {
    struct stand *stand = data;
    bump(stand, &stand->writable_count);
}

static void hold(struct stand *stand, struct call *call) {
    static const struct call_events events = {on_writable, on_cancelled};
    call_set_events(call, &events, stand);
    MUTEX_GUARD(&stand->lock);
    int64_t deadline_ms = call_deadline_ms(call);
    stand->remaining_ms = deadline_ms == INT64_MAX ? INT64_MAX : deadline_ms - clock_monotonic_ms();
    assert_true(stand->held_count < STAND_HELD_MAX);
    stand->held[stand->held_count++] = call;
    pthread_cond_broadcast(&stand->changed);
}

static void handle_hold(
    struct call *call, const Gateway__Test__V1__HoldThingRequest *request, void *data) {
    hold(data, call);
}

static void handle_fail(
    struct call *call, const Gateway__Test__V1__FailThingRequest *request, void *data) {
    struct stand *stand = data;
    bump(stand, &stand->fail_count);
    const struct failure_field field = {request->violation ? request->violation->field : "",
        request->violation ? request->violation->description : ""};
    call_fail_with(call, &(struct failure){.code = (enum status_code)request->status->code,
                             .reason = "ON_PURPOSE",
                             .message = request->status->message,
                             .retry_delay_ms = request->retry_delay_ms,
                             .fields = &field,
                             .field_count = request->violation ? 1 : 0});
}

static void handle_watch(
    struct call *call, const Gateway__Test__V1__WatchThingsRequest *request, void *data) {
    struct stand *stand = data;
    if (strcmp(request->id, "refused") == 0) {
        call_fail(call, STATUS_PERMISSION_DENIED, "NOT_YOURS", "not for you");
        return;
    }
    pthread_mutex_lock(&stand->lock);
    snprintf(stand->token, sizeof(stand->token), "%s", request->resume_token);
    pthread_mutex_unlock(&stand->lock);
    hold(stand, call);
}

static const struct thing_service_handlers handlers = {
    .get_thing = handle_get,
    .list_things = handle_list,
    .create_thing = handle_create,
    .replace_thing = handle_replace,
    .update_thing = handle_update,
    .delete_thing = handle_delete,
    .hold_thing = handle_hold,
    .fail_thing = handle_fail,
    .watch_things = handle_watch,
};

void reply_thing(struct call *call, const char *id) {
    Gateway__Test__V1__Thing thing = GATEWAY__TEST__V1__THING__INIT;
    thing.id = (char *)id;
    thing_service_hold_thing_reply(call, &thing);
}

int send_thing(struct call *call, const char *id, const char *token) {
    Gateway__Test__V1__Thing thing = GATEWAY__TEST__V1__THING__INIT;
    Gateway__Test__V1__WatchThingsResponse response =
        GATEWAY__TEST__V1__WATCH_THINGS_RESPONSE__INIT;
    thing.id = (char *)id;
    response.thing = &thing;
    response.resume_token = (char *)token;
    return call_send(call, &response.base);
}

int send_unprintable(struct call *call) {
    Google__Protobuf__Timestamp made_at = far_future();
    Gateway__Test__V1__Thing thing = GATEWAY__TEST__V1__THING__INIT;
    Gateway__Test__V1__WatchThingsResponse response =
        GATEWAY__TEST__V1__WATCH_THINGS_RESPONSE__INIT;
    thing.made_at = &made_at;
    response.thing = &thing;
    return call_send(call, &response.base);
}

/* --- both --- */

void stand_start_server(struct stand *stand) {
    char address[32];
    snprintf(address, sizeof(address), "127.0.0.1:%d", stand->server_port);
    stand->loop = loop_new("server");
    stand->stream_loop = loop_new_without_io("streams");
    stand->server = server_new(stand->loop,
        &(struct server_options){.stream_loop = stand->stream_loop, .drain_wait_ms = 1});
    thing_service_register(stand->server, &handlers, stand);
    assert_int_equal(server_listen(stand->server, address, &stand->server_port), 0);
    loop_start(stand->loop);
    loop_start(stand->stream_loop);
    server_start(stand->server);
}

void stand_stop_server(struct stand *stand) {
    if (!stand->server)
        return;
    server_drain(stand->server, PATIENCE_MS);
    server_free(stand->server);
    stand->server = NULL;
    loop_stop(stand->stream_loop);
    loop_stop(stand->loop);
    loop_free(stand->stream_loop);
    loop_free(stand->loop);
}

static void stand_start_gateway(
    struct stand *stand, const struct gateway_options *given, const char *target_text) {
    struct gateway_options options = given ? *given : (struct gateway_options){0};
    const struct gateway_target target = {
        "gateway.test.v1.ThingService", target_text, .name = "things"};
    struct buffer error = {0};
    options.descriptor_sets = thing_service.descriptor_set;
    options.descriptor_set_count = 1;
    options.targets = &target;
    options.target_count = 1;
    stand->gateway = gateway_new(&options, &error);
    if (!stand->gateway)
        fail_msg("%.*s", (int)error.size, error.data);
    assert_int_equal(gateway_listen(stand->gateway, "127.0.0.1:0", &stand->port), 0);
    gateway_start(stand->gateway);
}

void stand_init(struct stand *stand) {
    *stand = (struct stand){.server_port = ports_find(),
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .changed = PTHREAD_COND_INITIALIZER};
    stand_start_server(stand);
}

void stand_start(struct stand *stand, const struct gateway_options *options) {
    char target[32];
    stand_init(stand);
    snprintf(target, sizeof(target), "127.0.0.1:%d", stand->server_port);
    stand_start_gateway(stand, options, target);
}

void stand_start_beside(struct stand *stand, const struct stand *other) {
    char target[64];
    stand_init(stand);
    snprintf(target, sizeof(target), "ipv4:127.0.0.1:%d,127.0.0.1:%d", stand->server_port,
        other->server_port);
    stand_start_gateway(stand, NULL, target);
}

void stand_stop(struct stand *stand) {
    gateway_drain(stand->gateway, 0, PATIENCE_MS);
    gateway_free(stand->gateway);
    stand_stop_server(stand);
}

void stand_wait(struct stand *stand, const int *counter, int value) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += PATIENCE_S;
    pthread_mutex_lock(&stand->lock);
    int r = 0;
    while (*counter < value && r == 0)
        r = pthread_cond_clockwait(&stand->changed, &stand->lock, CLOCK_MONOTONIC, &until);
    int seen = *counter;
    pthread_mutex_unlock(&stand->lock);
    assert_in_range(seen, value, INT32_MAX);
}

struct call *stand_held(struct stand *stand, int index) {
    stand_wait(stand, &stand->held_count, index + 1);
    MUTEX_GUARD(&stand->lock);
    return stand->held[index];
}

int stand_count(struct stand *stand, const int *counter) {
    MUTEX_GUARD(&stand->lock);
    return *counter;
}

void stand_wait_until_ready(struct stand *stand, bool is_ready) {
    struct timespec pause = {.tv_nsec = 5 * 1000 * 1000};
    int64_t until_ms = clock_monotonic_ms() + PATIENCE_MS;
    while (gateway_is_ready(stand->gateway) != is_ready && clock_monotonic_ms() < until_ms)
        nanosleep(&pause, NULL);
    assert_int_equal(gateway_is_ready(stand->gateway), is_ready);
}

long stand_series(const char *name) {
    struct buffer text = {0}, wanted = {0};
    buffer_printf(&wanted, "\n%s", name);
    buffer_append_char(&wanted, '\0');
    metric_render(&text, METRIC_TEXT);
    buffer_append_char(&text, '\0');
    const char *line = strstr(text.data, wanted.data);
    long value = line ? strtol(line + wanted.size - 1, NULL, 10) : -1;
    buffer_deinit(&text);
    buffer_deinit(&wanted);
    return value;
}

void stand_wait_for_series(const char *name, long expected) {
    struct timespec pause = {.tv_nsec = 5 * 1000 * 1000};
    int64_t until_ms = clock_monotonic_ms() + PATIENCE_MS;
    while (stand_series(name) != expected && clock_monotonic_ms() < until_ms)
        nanosleep(&pause, NULL);
    assert_int_equal(stand_series(name), expected);
}

/* --- asking --- */

void send_lines(struct client *client, const char *body, const char *const *lines) {
    struct buffer request = {0};
    buffer_printf(&request, "%s HTTP/1.1\r\nHost: test\r\n", lines[0]);
    for (size_t i = 1; lines[i]; i++)
        buffer_printf(&request, "%s\r\n", lines[i]);
    if (body)
        buffer_printf(&request, "Content-Length: %zu\r\n", strlen(body));
    buffer_append_string(&request, "\r\n");
    if (body)
        buffer_append_string(&request, body);
    client_send_text(client, buffer_text(&request));
    buffer_deinit(&request);
}

void ask_lines(
    struct stand *stand, struct reply *reply, const char *body, const char *const *lines) {
    struct client client = client_connect(stand->port);
    send_lines(&client, body, lines);
    if (strncmp(lines[0], "HEAD ", 5) == 0)
        client_read_head(&client, reply);
    else
        client_read(&client, reply);
    client_close(&client);
}

static const char *body_string(const struct reply *reply) {
    struct buffer *body = (struct buffer *)&reply->body;
    *buffer_reserve(body, 1) = '\0';
    return body->data;
}

void assert_body(const struct reply *reply, const char *body) {
    assert_string_equal(body_string(reply), body);
}

void assert_body_has(const struct reply *reply, const char *part) {
    if (!strstr(body_string(reply), part))
        fail_msg("'%s' is not in '%s'", part, body_string(reply));
}

void assert_header(const struct reply *reply, const char *line) {
    if (!reply_has(reply, line))
        fail_msg("'%s' is not in '%.*s'", line, (int)reply->head.size, reply->head.data);
}

static bool find_header(const struct reply *reply, const char *name, struct text *ret_value) {
    struct text rest = buffer_text(&reply->head);
    while (rest.size > 0) {
        struct text value = text_cut(&rest, '\n');
        struct text key = text_cut(&value, ':');
        if (!text_equal_ignore_case(key, text_from(name)))
            continue;
        *ret_value = (struct text){value.data + 1, value.size - 2};
        return true;
    }
    return false;
}

void assert_no_header(const struct reply *reply, const char *name) {
    struct text value;
    if (find_header(reply, name, &value))
        fail_msg("there is a header %s: %.*s", name, TEXT_ARG(value));
}

struct text header_value(const struct reply *reply, const char *name) {
    struct text value = {0};
    if (!find_header(reply, name, &value))
        fail_msg("there is no %s in '%.*s'", name, (int)reply->head.size, reply->head.data);
    return value;
}

void assert_error(const struct reply *reply, int http_status, int code, const char *reason) {
    char part[128];
    assert_int_equal(reply->status, http_status);
    assert_header(reply, "Content-Type: application/json");
    snprintf(part, sizeof(part), "{\"code\":%d,\"message\":\"", code);
    assert_body_has(reply, part);
    snprintf(part, sizeof(part), "\"reason\":\"%s\"", reason);
    assert_body_has(reply, part);
}

void ask_with_deadline(struct stand *stand, const char *line) {
    struct reply reply = {0};
    for (int timeout_ms = 100; stand_count(stand, &stand->held_count) == 0; timeout_ms *= 2) {
        char header[32];
        assert_in_range(timeout_ms, 0, PATIENCE_MS);
        snprintf(header, sizeof(header), "Grpc-Timeout: %dm", timeout_ms);
        ask(stand, &reply, NULL, line, header);
        assert_error(&reply, 504, 4, "DEADLINE_EXCEEDED");
    }
    reply_deinit(&reply);
}

const char *read_until(struct client *client, const char *part) {
    for (;;) {
        struct text unread = client_unread(client);
        const char *found = unread.size ? memmem(unread.data, unread.size, part, strlen(part))
                                        : NULL;
        if (found) {
            static char taken[64 * 1024];
            size_t size = (size_t)(found - unread.data) + strlen(part);
            assert_in_range(size, 0, sizeof(taken) - 1);
            memcpy(taken, unread.data, size);
            taken[size] = '\0';
            client->used += size;
            return taken;
        }
        if (!client_read_some(client))
            fail_msg("the connection ended before '%s' came, after '%.*s'", part,
                TEXT_ARG(client_unread(client)));
    }
}
