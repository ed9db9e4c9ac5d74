/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Any bytes as a message of a served type: they are refused, or become a message that stays within
 * its cap, is no deeper than allowed, and packs into bytes that are accepted again. The first byte
 * chooses the type.
 */

#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "base/attr.h"
#include "google/rpc/error_details.pb-c.h"
#include "grpc/channelz/v1/channelz.pb-c.h"
#include "grpc/health/v1/health.pb-c.h"
#include "grpc/reflection/v1/reflection.pb-c.h"
#include "mesh/message.h"
#include "tests/fuzz/fuzz.h"

enum { GROWTH_MAX = 16, SLACK = 64 * 1024, NEST_LEVELS = 300 };

static const ProtobufCMessageDescriptor *const types[] = {
    &grpc__health__v1__health_check_request__descriptor,
    &grpc__channelz__v1__get_servers_response__descriptor,
    &grpc__channelz__v1__channel__descriptor,
    &grpc__reflection__v1__server_reflection_response__descriptor,
    &google__rpc__bad_request__descriptor,
    &google__rpc__error_info__descriptor,
};

/* Of a type that contains itself: channelz' Channel holds a ChannelData with a trace of events. */
static const void *seed_of_depth(size_t *ret_size) {
    static uint8_t bytes[4 * NEST_LEVELS + 1];
    size_t begin = sizeof(bytes), size = 0;
    for (int i = 0; i < NEST_LEVELS; i++) {
        uint8_t head[3] = {(uint8_t)(i % 2 ? 0x0a : 0x12), (uint8_t)(size & 127), 0};
        size_t n = 2;
        if (size > 127) {
            head[1] |= 128;
            head[n++] = (uint8_t)(size >> 7);
        }
        begin -= n;
        memcpy(bytes + begin, head, n);
        size += n;
    }
    bytes[--begin] = 2;
    *ret_size = size + 1;
    return bytes + begin;
}

const void *fuzz_seed(size_t index, size_t *ret_size) {
    static const struct text seeds[] = {
        {"\0\x0a\x05hello", 8},
        {"\1\x0a\x08\x0a\x02\x28\x01\x12\x02\x18\x05\x10\x01", 13},
        {"\2\x0a\x04\x08\x01\x12\x00\x12\x04\x0a\x02\x08\x03", 13},
        {"\3\x0a\x01x\x12\x03\x0a\x01y\x22\x04\x0a\x02\x0a\x00", 15},
        {"\4\x0a\x08\x0a\x01"
         "f\x12\x03why\x0a\x02\x0a\x00",
            15},
        {"\5\x0a\x03WHY\x12\x01"
         "d\x1a\x06\x0a\x01k\x12\x01v",
            17},
        {"\0\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12},
        {"\4\x0a\x00\x0a\x00\x0a\x00\x0a\x00\x0a\x00\x0a\x00", 13},
    };
    if (index == ARRAY_SIZE(seeds))
        return seed_of_depth(ret_size);
    if (index > ARRAY_SIZE(seeds))
        return NULL;
    *ret_size = seeds[index].size;
    return seeds[index].data;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    const ProtobufCMessageDescriptor *type = types[data[0] % ARRAY_SIZE(types)];
    struct text bytes = {(const char *)data + 1, size - 1};
    struct arena arena;
    arena_init(&arena, 0);
    ProtobufCMessage *message = message_unpack(&arena, type, bytes);
    /* Each allocation is rounded up to the arena's alignment. */
    assert(arena.used_bytes <= 2 * (bytes.size * GROWTH_MAX + SLACK));
    if (message) {
        struct text packed = message_pack(&arena, message);
        assert(message_unpack(&arena, type, packed));
    }
    arena_deinit(&arena);
    return 0;
}
