/* SPDX-License-Identifier: Apache-2.0 */
#include <netinet/in.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "grpc/channelz/v1/channelz.mesh.h"
#include "stand.h"

#define REQUEST(Name) Grpc__Channelz__V1__Get##Name##Request
#define ANSWER(Name)  const Grpc__Channelz__V1__Get##Name##Response *

enum { PAGE_MAX = 500 };

static struct status ask(struct stand *stand, enum channelz_method method,
    const ProtobufCMessage *request, void *ret_answer) {
    const ProtobufCMessage *answer = NULL;
    struct status status = rpc_call_and_wait(
        stand->channel, &channelz.methods[method], NULL, request, &stand->arena, &answer);
    *(const ProtobufCMessage **)ret_answer = answer;
    return status;
}

static void echo(struct stand *stand, int count) {
    EchoRequest request = ECHO_REQUEST_INIT;
    request.text = (char *)"x";
    for (int i = 0; i < count; i++)
        assert_int_equal(
            stand_call(stand, ECHO_SERVICE_ECHO, NULL, &request, NULL).code, STATUS_OK);
}

/* The newest of this process. */
static int64_t find_server(struct stand *stand) {
    REQUEST(Servers) request = GRPC__CHANNELZ__V1__GET_SERVERS_REQUEST__INIT;
    ANSWER(Servers) answer;
    assert_int_equal(ask(stand, CHANNELZ_GET_SERVERS, &request.base, &answer).code, STATUS_OK);
    assert_true(answer->end);
    assert_true(answer->n_server > 0);
    return answer->server[answer->n_server - 1]->ref->server_id;
}

static void test_a_server_counts_its_calls(void **state) {
    struct stand stand;
    REQUEST(Server) request = GRPC__CHANNELZ__V1__GET_SERVER_REQUEST__INIT;
    ANSWER(Server) before;
    ANSWER(Server) after;
    stand_start(&stand, NULL);
    request.server_id = find_server(&stand);
    assert_int_equal(ask(&stand, CHANNELZ_GET_SERVER, &request.base, &before).code, STATUS_OK);
    echo(&stand, 5);
    assert_int_equal(ask(&stand, CHANNELZ_GET_SERVER, &request.base, &after).code, STATUS_OK);
    assert_int_equal(after->server->ref->server_id, request.server_id);
    assert_int_equal(after->server->n_listen_socket, 0); /* they are not core's (mesh/acceptor.h) */
    /* The five, and the call that asked before. */
    assert_int_equal(after->server->data->calls_started - before->server->data->calls_started, 6);
    assert_non_null(after->server->data->last_call_started_timestamp);
    stand_stop(&stand);
}

static void test_a_connection_is_seen_from_both_ends(void **state) {
    struct stand stand;
    REQUEST(TopChannels) top = GRPC__CHANNELZ__V1__GET_TOP_CHANNELS_REQUEST__INIT;
    REQUEST(Channel) channel = GRPC__CHANNELZ__V1__GET_CHANNEL_REQUEST__INIT;
    REQUEST(Subchannel) subchannel = GRPC__CHANNELZ__V1__GET_SUBCHANNEL_REQUEST__INIT;
    REQUEST(Socket) socket = GRPC__CHANNELZ__V1__GET_SOCKET_REQUEST__INIT;
    REQUEST(ServerSockets) sockets = GRPC__CHANNELZ__V1__GET_SERVER_SOCKETS_REQUEST__INIT;
    ANSWER(TopChannels) channels;
    ANSWER(Channel) one;
    ANSWER(Subchannel) below;
    ANSWER(Socket) near;
    ANSWER(Socket) far;
    ANSWER(ServerSockets) accepted;
    char target[128];
    stand_start(&stand, NULL);
    echo(&stand, 3);
    assert_int_equal(ask(&stand, CHANNELZ_GET_TOP_CHANNELS, &top.base, &channels).code, STATUS_OK);
    channel.channel_id = channels->channel[channels->n_channel - 1]->ref->channel_id;
    assert_int_equal(ask(&stand, CHANNELZ_GET_CHANNEL, &channel.base, &one).code, STATUS_OK);
    snprintf(target, sizeof(target), "127.0.0.1:%d", stand.port);
    assert_non_null(strstr(one->channel->data->target, target));
    assert_int_equal(one->channel->data->state->state, 3); /* READY */
    assert_true(one->channel->data->calls_succeeded >= 3);
    assert_int_equal(one->channel->n_subchannel_ref, 1);

    subchannel.subchannel_id = one->channel->subchannel_ref[0]->subchannel_id;
    assert_int_equal(
        ask(&stand, CHANNELZ_GET_SUBCHANNEL, &subchannel.base, &below).code, STATUS_OK);
    assert_int_equal(below->subchannel->n_socket_ref, 1);
    socket.socket_id = below->subchannel->socket_ref[0]->socket_id;
    assert_int_equal(ask(&stand, CHANNELZ_GET_SOCKET, &socket.base, &near).code, STATUS_OK);
    assert_int_equal(near->socket->remote->tcpip_address->port, stand.port);
    assert_true(near->socket->data->messages_sent >= 3);

    sockets.server_id = find_server(&stand);
    assert_int_equal(
        ask(&stand, CHANNELZ_GET_SERVER_SOCKETS, &sockets.base, &accepted).code, STATUS_OK);
    assert_int_equal(accepted->n_socket_ref, 1);
    socket.socket_id = accepted->socket_ref[0]->socket_id;
    assert_int_equal(ask(&stand, CHANNELZ_GET_SOCKET, &socket.base, &far).code, STATUS_OK);
    assert_int_equal(far->socket->local->tcpip_address->port, stand.port);
    assert_int_equal(
        far->socket->remote->tcpip_address->port, near->socket->local->tcpip_address->port);
    assert_int_equal(far->socket->local->tcpip_address->ip_address.len, 4);
    assert_memory_equal(far->socket->local->tcpip_address->ip_address.data, "\x7f\0\0\1", 4);
    stand_stop(&stand);
}

static void test_lists_are_cut_where_the_client_asks(void **state) {
    enum { MORE = 3 };
    struct stand stand;
    struct channel *more[MORE];
    REQUEST(TopChannels) request = GRPC__CHANNELZ__V1__GET_TOP_CHANNELS_REQUEST__INIT;
    ANSWER(TopChannels) page;
    ANSWER(TopChannels) all;
    int64_t seen = 0;
    size_t count = 0;
    stand_start(&stand, NULL);
    for (int i = 0; i < MORE; i++)
        more[i] = channel_new(stand.client_loop, stand.target, NULL);
    /* Each loop has one, too, by which it is woken. */
    assert_int_equal(ask(&stand, CHANNELZ_GET_TOP_CHANNELS, &request.base, &all).code, STATUS_OK);
    assert_true(all->end && all->n_channel >= 1 + MORE);
    request.max_results = 1;
    do {
        request.start_channel_id = seen + 1;
        assert_int_equal(
            ask(&stand, CHANNELZ_GET_TOP_CHANNELS, &request.base, &page).code, STATUS_OK);
        assert_true(page->n_channel <= 1);
        if (page->n_channel == 1) {
            seen = page->channel[0]->ref->channel_id;
            assert_int_equal(seen, all->channel[count++]->ref->channel_id);
        }
    } while (!page->end);
    assert_int_equal(count, all->n_channel);
    request.start_channel_id = seen + 1;
    request.max_results = PAGE_MAX;
    assert_int_equal(ask(&stand, CHANNELZ_GET_TOP_CHANNELS, &request.base, &page).code, STATUS_OK);
    assert_int_equal(page->n_channel, 0);
    assert_true(page->end);
    for (int i = 0; i < MORE; i++)
        channel_free(more[i]);
    stand_stop(&stand);
}

static void test_sockets_of_a_server_come_in_pages(void **state) {
    struct stand stand;
    REQUEST(ServerSockets) request = GRPC__CHANNELZ__V1__GET_SERVER_SOCKETS_REQUEST__INIT;
    ANSWER(ServerSockets) page;
    stand_start(&stand, NULL);
    echo(&stand, 1);
    request.server_id = find_server(&stand);
    request.max_results = 1;
    assert_int_equal(
        ask(&stand, CHANNELZ_GET_SERVER_SOCKETS, &request.base, &page).code, STATUS_OK);
    assert_int_equal(page->n_socket_ref, 1);
    request.start_socket_id = page->socket_ref[0]->socket_id + 1;
    request.max_results = 100000;
    assert_int_equal(
        ask(&stand, CHANNELZ_GET_SERVER_SOCKETS, &request.base, &page).code, STATUS_OK);
    assert_int_equal(page->n_socket_ref, 0);
    assert_true(page->end);
    stand_stop(&stand);
}

enum { SOCKETS = PAGE_MAX + 1 };

/* Clients that say nothing yet. */
static void connect_many(struct stand *stand, int *ret_sockets) {
    struct sockaddr_in address = {.sin_family = AF_INET,
        .sin_port = htons((uint16_t)stand->port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    for (int i = 0; i < SOCKETS; i++) {
        ret_sockets[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(connect(ret_sockets[i], (struct sockaddr *)&address, sizeof(address)), 0);
    }
}

/* A client's wish for more than a page is not heard. */
static void test_a_page_of_sockets_has_a_size(void **state) {
    struct stand stand;
    struct rlimit limit;
    int sockets[SOCKETS];
    REQUEST(ServerSockets) request = GRPC__CHANNELZ__V1__GET_SERVER_SOCKETS_REQUEST__INIT;
    ANSWER(ServerSockets) page;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    stand_start(&stand, NULL);
    request.server_id = find_server(&stand);
    connect_many(&stand, sockets);
    static const int64_t wishes[] = {0, PAGE_MAX, 100000};
    for (size_t i = 0; i < ARRAY_SIZE(wishes); i++) {
        request.max_results = wishes[i];
        int64_t until_ms = clock_monotonic_ms() + STAND_TIMEOUT_MS;
        do { /* until the server has seen so many */
            arena_clear(&stand.arena);
            assert_int_equal(
                ask(&stand, CHANNELZ_GET_SERVER_SOCKETS, &request.base, &page).code, STATUS_OK);
        } while ((page->n_socket_ref < PAGE_MAX || page->end) && clock_monotonic_ms() < until_ms);
        assert_int_equal(page->n_socket_ref, PAGE_MAX);
        assert_false(page->end);
    }
    request.start_socket_id = page->socket_ref[PAGE_MAX - 1]->socket_id + 1;
    assert_int_equal(
        ask(&stand, CHANNELZ_GET_SERVER_SOCKETS, &request.base, &page).code, STATUS_OK);
    assert_in_range(page->n_socket_ref, 1, 2); /* the last, and the stand's own */
    assert_true(page->end);
    for (int i = 0; i < SOCKETS; i++)
        close(sockets[i]);
    stand_stop(&stand);
}

static void test_an_id_that_nobody_has_is_not_found(void **state) {
    struct stand stand;
    const ProtobufCMessage *answer;
    REQUEST(Server) server = GRPC__CHANNELZ__V1__GET_SERVER_REQUEST__INIT;
    REQUEST(ServerSockets) sockets = GRPC__CHANNELZ__V1__GET_SERVER_SOCKETS_REQUEST__INIT;
    REQUEST(Channel) channel = GRPC__CHANNELZ__V1__GET_CHANNEL_REQUEST__INIT;
    REQUEST(Subchannel) subchannel = GRPC__CHANNELZ__V1__GET_SUBCHANNEL_REQUEST__INIT;
    REQUEST(Socket) socket = GRPC__CHANNELZ__V1__GET_SOCKET_REQUEST__INIT;
    stand_start(&stand, NULL);
    int64_t id = find_server(&stand);
    /* Also an id that something of another kind has. */
    const int64_t ids[] = {0, -1, INT64_MIN, INT64_MAX, id};
    for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
        server.server_id = sockets.server_id = channel.channel_id = subchannel.subchannel_id =
            socket.socket_id = ids[i];
        const struct {
            enum channelz_method method;
            const ProtobufCMessage *request;
        } questions[] = {
            {CHANNELZ_GET_CHANNEL, &channel.base},
            {CHANNELZ_GET_SUBCHANNEL, &subchannel.base},
            {CHANNELZ_GET_SOCKET, &socket.base},
            {CHANNELZ_GET_SERVER, &server.base},
            {CHANNELZ_GET_SERVER_SOCKETS, &sockets.base},
        };
        for (size_t j = 0; j < (ids[i] == id ? 3 : ARRAY_SIZE(questions)); j++)
            assert_int_equal(ask(&stand, questions[j].method, questions[j].request, &answer).code,
                STATUS_NOT_FOUND);
    }
    stand_stop(&stand);
}

static void test_a_negative_number_of_results_is_refused(void **state) {
    struct stand stand;
    const ProtobufCMessage *answer;
    REQUEST(TopChannels) channels = GRPC__CHANNELZ__V1__GET_TOP_CHANNELS_REQUEST__INIT;
    REQUEST(Servers) servers = GRPC__CHANNELZ__V1__GET_SERVERS_REQUEST__INIT;
    REQUEST(ServerSockets) sockets = GRPC__CHANNELZ__V1__GET_SERVER_SOCKETS_REQUEST__INIT;
    channels.max_results = servers.max_results = sockets.max_results = -1;
    stand_start(&stand, NULL);
    assert_int_equal(ask(&stand, CHANNELZ_GET_TOP_CHANNELS, &channels.base, &answer).code,
        STATUS_INVALID_ARGUMENT);
    assert_int_equal(
        ask(&stand, CHANNELZ_GET_SERVERS, &servers.base, &answer).code, STATUS_INVALID_ARGUMENT);
    assert_int_equal(ask(&stand, CHANNELZ_GET_SERVER_SOCKETS, &sockets.base, &answer).code,
        STATUS_INVALID_ARGUMENT);
    stand_stop(&stand);
}

static void test_is_served_while_others_are_refused(void **state) {
    struct stand stand;
    EchoRequest request = ECHO_REQUEST_INIT;
    stand_start(&stand, &(struct server_options){.calls_in_flight_max = 1});
    stand_begin(&stand, ECHO_SERVICE_HOLD, NULL, &request);
    struct call *held = stand_held(&stand, 0);
    assert_int_equal(stand_call(&stand, ECHO_SERVICE_ECHO, NULL, &request, NULL).code,
        STATUS_RESOURCE_EXHAUSTED);
    assert_true(find_server(&stand) > 0);
    reply_text(held, "");
    stand_wait(&stand, &stand.done_count, 1);
    stand_stop(&stand);
}

static void test_is_not_served_where_it_is_not_wanted(void **state) {
    struct stand stand;
    const ProtobufCMessage *answer;
    REQUEST(Servers) request = GRPC__CHANNELZ__V1__GET_SERVERS_REQUEST__INIT;
    stand_start(&stand, &(struct server_options){.without_introspection = true});
    assert_int_equal(
        ask(&stand, CHANNELZ_GET_SERVERS, &request.base, &answer).code, STATUS_UNIMPLEMENTED);
    stand_stop(&stand);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_server_counts_its_calls),
        cmocka_unit_test(test_a_connection_is_seen_from_both_ends),
        cmocka_unit_test(test_lists_are_cut_where_the_client_asks),
        cmocka_unit_test(test_sockets_of_a_server_come_in_pages),
        cmocka_unit_test(test_a_page_of_sockets_has_a_size),
        cmocka_unit_test(test_an_id_that_nobody_has_is_not_found),
        cmocka_unit_test(test_a_negative_number_of_results_is_refused),
        cmocka_unit_test(test_is_served_while_others_are_refused),
        cmocka_unit_test(test_is_not_served_where_it_is_not_wanted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
