/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/channelz.h"

#include <string.h>

#include "grpc/channelz/v1/channelz.mesh.h"
#include "mesh/channelz_json.h"
#include "mesh/check.h"
#include "mesh/core.h"

enum { SOCKETS_MAX = 500 }; /* of a page */

typedef Grpc__Channelz__V1__GetChannelRequest GetChannelRequest;
typedef Grpc__Channelz__V1__GetServerRequest GetServerRequest;
typedef Grpc__Channelz__V1__GetServerSocketsRequest GetServerSocketsRequest;
typedef Grpc__Channelz__V1__GetServersRequest GetServersRequest;
typedef Grpc__Channelz__V1__GetServersResponse GetServersResponse;
typedef Grpc__Channelz__V1__GetSocketRequest GetSocketRequest;
typedef Grpc__Channelz__V1__GetSubchannelRequest GetSubchannelRequest;
typedef Grpc__Channelz__V1__GetTopChannelsRequest GetTopChannelsRequest;
typedef Grpc__Channelz__V1__GetTopChannelsResponse GetTopChannelsResponse;

/* What core says, which it owns no more. NULL: it knows no such thing, or the call has been
 * answered. */
static ProtobufCMessage *read_answer(struct call *call, char *json) {
    if (!json) {
        call_fail(call, STATUS_NOT_FOUND, NULL, "nothing of this kind has this id");
        return NULL;
    }
    ProtobufCMessage *answer = channelz_json_read(
        call_arena(call), call_method(call)->output, text_from(json));
    gpr_free(json);
    if (!answer)
        call_fail(call, STATUS_INTERNAL, NULL, "core's own account could not be read");
    return answer;
}

static void answer_one(struct call *call, char *json) {
    ProtobufCMessage *answer = read_answer(call, json);
    if (answer)
        call_reply(call, answer);
}

static bool refuse_page(struct call *call, int64_t max_results) {
    struct check check = CHECK_INIT(call);
    check_field(&check, max_results >= 0, "max_results", "must not be negative; 0: as many as fit");
    return check_refuse(&check);
}

/* Core's pages of these two have a size of their own. */
static void cut_page(size_t *count, protobuf_c_boolean *is_end, int64_t max_results) {
    if (max_results == 0 || (uint64_t)max_results >= *count)
        return;
    *count = (size_t)max_results;
    *is_end = false;
}

static void handle_get_top_channels(
    struct call *call, const GetTopChannelsRequest *request, void *data) {
    if (refuse_page(call, request->max_results))
        return;
    GetTopChannelsResponse *answer = (void *)read_answer(
        call, grpc_channelz_get_top_channels(request->start_channel_id));
    if (!answer)
        return;
    cut_page(&answer->n_channel, &answer->end, request->max_results);
    call_reply(call, &answer->base);
}

static void handle_get_servers(struct call *call, const GetServersRequest *request, void *data) {
    if (refuse_page(call, request->max_results))
        return;
    GetServersResponse *answer = (void *)read_answer(
        call, grpc_channelz_get_servers(request->start_server_id));
    if (!answer)
        return;
    cut_page(&answer->n_server, &answer->end, request->max_results);
    call_reply(call, &answer->base);
}

static void handle_get_server(struct call *call, const GetServerRequest *request, void *data) {
    answer_one(call, grpc_channelz_get_server(request->server_id));
}

static void handle_get_server_sockets(
    struct call *call, const GetServerSocketsRequest *request, void *data) {
    int64_t max = request->max_results;
    if (refuse_page(call, max))
        return;
    if (max == 0 || max > SOCKETS_MAX)
        max = SOCKETS_MAX;
    answer_one(
        call, grpc_channelz_get_server_sockets(request->server_id, request->start_socket_id, max));
}

static void handle_get_channel(struct call *call, const GetChannelRequest *request, void *data) {
    answer_one(call, grpc_channelz_get_channel(request->channel_id));
}

static void handle_get_subchannel(
    struct call *call, const GetSubchannelRequest *request, void *data) {
    answer_one(call, grpc_channelz_get_subchannel(request->subchannel_id));
}

static void handle_get_socket(struct call *call, const GetSocketRequest *request, void *data) {
    answer_one(call, grpc_channelz_get_socket(request->socket_id));
}

void channelz_serve(struct server *server) {
    static const struct channelz_handlers handlers = {
        .get_top_channels = handle_get_top_channels,
        .get_servers = handle_get_servers,
        .get_server = handle_get_server,
        .get_server_sockets = handle_get_server_sockets,
        .get_channel = handle_get_channel,
        .get_subchannel = handle_get_subchannel,
        .get_socket = handle_get_socket,
    };
    channelz_register(server, &handlers, NULL);
}
