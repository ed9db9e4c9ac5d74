/* SPDX-License-Identifier: Apache-2.0 */

/*
 * protobuf-c as the judge: what it reads from random bytes, and what it reads from those bytes
 * after a trip through JSON, must be the same message.
 */

#include "stand.h"

#include "random_message.h"
#include "tests/unit/gateway/transcode/sample.pb-c.h"

enum { ROUNDS = 4000, DEPTH = 3 };

static const ProtobufCMessageDescriptor *const descriptors[] = {
    &sample__v1__kinds__descriptor,
    &sample__v1__lists__descriptor,
    &sample__v1__maps__descriptor,
    &sample__v1__choice__descriptor,
    &sample__v1__well_known__descriptor,
    &sample__v1__node__descriptor,
    &sample__v1__unordered__descriptor,
    &sample__v1__thing_request__descriptor,
};

/* As protobuf-c would send it. */
static struct text packed(
    struct arena *arena, const ProtobufCMessageDescriptor *descriptor, struct text wire) {
    ProtobufCMessage *message = protobuf_c_message_unpack(
        descriptor, NULL, wire.size, (const uint8_t *)wire.data);
    if (!message)
        fail_msg("protobuf-c refuses the bytes");
    size_t size = protobuf_c_message_get_packed_size(message);
    char *bytes = arena_alloc(arena, size);
    protobuf_c_message_pack(message, (uint8_t *)bytes);
    protobuf_c_message_free_unpacked(message, NULL);
    return (struct text){bytes, size};
}

static void assert_trip(struct stand *stand, const ProtobufCMessageDescriptor *descriptor,
    struct text wire, enum json_zeros zeros) {
    stand_clear(stand);
    struct text before = packed(&stand->arena, descriptor, wire);
    if (stand_print(stand, descriptor->name, wire, zeros) != 0)
        fail_msg("%s: %s", stand->error.path, stand->error.message);
    struct json_request request = {
        .schema = sample_schema(),
        .message = sample_message(descriptor->name),
        .json = buffer_text(&stand->json),
        .has_json = true,
    };
    if (json_to_wire(&request, &stand->arena, &stand->wire, &stand->error) != 0)
        fail_msg("%.*s: %s: %s", TEXT_ARG(request.json), stand->error.path, stand->error.message);
    struct text after = packed(&stand->arena, descriptor, buffer_text(&stand->wire));
    if (!text_equal(before, after))
        print_message("%.*s\n", TEXT_ARG(request.json));
    assert_int_equal(before.size, after.size);
    assert_memory_equal(before.data, after.data, after.size);
}

static void a_trip_through_json_changes_nothing(void **state) {
    struct random_source random = {20261122};
    struct buffer wire = {0};
    size_t spent = 0;
    for (int i = 0; i < ROUNDS; i++) {
        const ProtobufCMessageDescriptor *descriptor =
            descriptors[i % (sizeof(descriptors) / sizeof(descriptors[0]))];
        buffer_clear(&wire);
        random_message(&random, sample_message(descriptor->name), DEPTH, &wire);
        assert_trip(*state, descriptor, buffer_text(&wire), JSON_ZEROS_OMITTED);
        assert_trip(*state, descriptor, buffer_text(&wire), JSON_ZEROS_LISTED);
        spent += wire.size;
    }
    assert_true(spent > ROUNDS * 20); /* the messages were not empty */
    buffer_deinit(&wire);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trip_through_json_changes_nothing),
    };
    return cmocka_run_group_tests(tests, stand_setup, stand_teardown);
}
