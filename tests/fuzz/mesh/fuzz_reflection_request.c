/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as a request of reflection: what is one is answered by what it asks for or by an error,
 * with itself beside it. */

#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "base/attr.h"
#include "grpc/health/v1/health.mesh.h"
#include "mesh/message.h"
#include "mesh/reflection_answer.h"
#include "mesh/reflection_index.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/mesh/reflected_set.h"

typedef Grpc__Reflection__V1__ServerReflectionRequest Request;
typedef Grpc__Reflection__V1__ServerReflectionResponse Response;

#define SEED(literal)                                                                              \
    { "" literal, sizeof(literal) - 1 }

static const struct text seeds[] = {
    SEED("\x0a\x01h\x3a\x01*"),
    SEED("\x1a\x1e"
         "tests/unit/mesh/reflected.proto"),
    SEED("\x22\x1d"
         "mesh.test.reflected.Outer.Inner"),
    SEED("\x22\x15"
         "grpc.health.v1.Health"),
    SEED("\x2a\x1b\x0a\x17"
         "mesh.test.base.Extended\x10\x65"),
    SEED("\x32\x17"
         "mesh.test.base.Extended"),
    SEED("\x2a\x00"),
};

const void *fuzz_seed(size_t index, size_t *ret_size) {
    if (index >= ARRAY_SIZE(seeds))
        return NULL;
    *ret_size = seeds[index].size;
    return seeds[index].data;
}

static const struct reflection_index *the_index(void) {
    static struct reflection_index *index;
    if (index)
        return index;
    index = reflection_index_new();
    int r = reflection_index_add(index, health.name, *health.descriptor_set);
    assert(r == 0);
    r = reflection_index_add(index, "mesh.test.reflected.Reflected", reflected_set);
    assert(r == 0);
    return index;
}

#define CASE(kind) GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_##kind

/* By the case of the request. */
static const int expected[] = {
    [3] = CASE(FILE_DESCRIPTOR_RESPONSE),
    [4] = CASE(FILE_DESCRIPTOR_RESPONSE),
    [5] = CASE(FILE_DESCRIPTOR_RESPONSE),
    [6] = CASE(ALL_EXTENSION_NUMBERS_RESPONSE),
    [7] = CASE(LIST_SERVICES_RESPONSE),
};

static void check_answer(struct arena *arena, const Request *request, const Response *response) {
    int kind = (int)response->message_response_case;
    assert(kind == CASE(ERROR_RESPONSE) || kind == expected[request->message_request_case]);
    struct text packed = message_pack(arena, &response->base);
    const Response *again = (const Response *)message_unpack(
        arena, response->base.descriptor, packed);
    assert(again && (int)again->message_response_case == kind);
    assert(text_equal(
        message_pack(arena, &again->original_request->base), message_pack(arena, &request->base)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct reflection_index *index = the_index();
    struct arena arena;
    arena_init(&arena, 0);
    const Request *request = (const Request *)message_unpack(&arena,
        &grpc__reflection__v1__server_reflection_request__descriptor,
        (struct text){(const char *)data, size});
    if (request) {
        Response response = GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__INIT;
        bool *is_sent = arena_zalloc(&arena, reflection_file_count(index));
        reflection_answer(&arena, index, is_sent, request, &response);
        check_answer(&arena, request, &response);
    }
    arena_deinit(&arena);
    return 0;
}
