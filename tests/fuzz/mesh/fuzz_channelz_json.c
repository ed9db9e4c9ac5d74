/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as JSON of a message of channelz: what is accepted goes over the wire unchanged. The
 * first byte chooses the message. */

#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "base/attr.h"
#include "grpc/channelz/v1/channelz.pb-c.h"
#include "mesh/channelz_json.h"
#include "mesh/message.h"
#include "tests/fuzz/fuzz.h"

static const ProtobufCMessageDescriptor *const descriptors[] = {
    &grpc__channelz__v1__get_top_channels_response__descriptor,
    &grpc__channelz__v1__get_servers_response__descriptor,
    &grpc__channelz__v1__get_server_sockets_response__descriptor,
    &grpc__channelz__v1__get_subchannel_response__descriptor,
    &grpc__channelz__v1__get_socket_response__descriptor,
    &grpc__channelz__v1__socket_option_tcp_info__descriptor,
};

static const char *const seeds[] = {
    "\0{\"channel\":[{\"data\":{\"state\":{\"state\":\"READY\"},\"target\":\"h:1\",\"trace\":{"
    "\"creationTimestamp\":\"2026-11-26T19:18:29.207901209Z\",\"events\":[{\"description\":\"a\","
    "\"severity\":\"CT_INFO\",\"timestamp\":\"1969-12-31T23:59:59.5+01:00\",\"channelRef\":{"
    "\"channelId\":\"-5\"}}],\"numEventsLogged\":\"7\"}},\"subchannelRef\":[{\"subchannelId\":5}]}"
    "],\"end\":true}",
    "\1{\"server\":[{\"data\":{\"callsStarted\":\"9223372036854775807\"},\"listenSocket\":[{"
    "\"name\":\"\\u20ac\\ud83c\\udf9f\",\"socketId\":\"2\"}],\"ref\":{\"serverId\":\"1\"}}]}",
    "\2{\"end\":false,\"socketRef\":[{},{\"name\":null}]}",
    "\3{\"subchannel\":{\"data\":{\"state\":{\"state\":3}},\"ref\":{\"subchannelId\":\"1\"}}}",
    "\4{\"socket\":{\"local\":{\"tcpip_address\":{\"ip_address\":\"fwAAAQ==\",\"port\":34721}},"
    "\"remote\":{\"udsAddress\":{\"filename\":\"\"}},\"data\":{\"localFlowControlWindow\":"
    "\"65535\","
    "\"option\":[{\"name\":\"SO_LINGER\",\"additional\":{\"@type\":\"x/"
    "grpc.channelz.v1.SocketOptionLinger\",\"active\":true,\"duration\":\"-1.500s\"}}]}}}",
    "\5{\"tcpiRtt\":4294967295,\"tcpi_rto\":\"1\"}",
};

const void *fuzz_seed(size_t index, size_t *ret_size) {
    if (index >= ARRAY_SIZE(seeds))
        return NULL;
    *ret_size = 1 + strlen(seeds[index] + 1);
    return seeds[index];
}

static void check_wire(struct arena *arena, const ProtobufCMessage *message) {
    struct text packed = message_pack(arena, message);
    ProtobufCMessage *again = protobuf_c_message_unpack(
        message->descriptor, NULL, packed.size, (const uint8_t *)packed.data);
    assert(again);
    assert(text_equal(message_pack(arena, again), packed));
    protobuf_c_message_free_unpacked(again, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena arena;
    if (size == 0)
        return 0;
    arena_init(&arena, 0);
    ProtobufCMessage *message = channelz_json_read(&arena,
        descriptors[data[0] % ARRAY_SIZE(descriptors)],
        (struct text){(const char *)data + 1, size - 1});
    if (message)
        check_wire(&arena, message);
    arena_deinit(&arena);
    return 0;
}
