/* SPDX-License-Identifier: Apache-2.0 */
#include "stand.h"

#include "mesh/message.h"

static const ProtobufCMessageDescriptor *const descriptor =
    &mesh__test__v1__echo_request__descriptor;

static bool is_accepted(struct text bytes) {
    struct arena arena;
    arena_init(&arena, 0);
    bool accepted = message_unpack(&arena, descriptor, bytes);
    arena_deinit(&arena);
    return accepted;
}

/* Writes a varint that ends before `end`; its size. */
static size_t varint_write_before(char *end, size_t value) {
    size_t count = 1;
    for (size_t rest = value >> 7; rest > 0; rest >>= 7)
        count++;
    for (size_t i = 0; i < count; i++, value >>= 7)
        end[i - count] = (char)((value & 0x7f) | (i + 1 < count ? 0x80 : 0));
    return count;
}

/* `levels` messages, each the field `nested` of the one around it, written from the inside out. */
static struct text nest(struct arena *arena, size_t levels) {
    size_t room = levels * 6, size = 0;
    char *data = arena_alloc(arena, room);
    for (size_t i = 0; i < levels; i++) {
        size += varint_write_before(data + room - size, size);
        data[room - ++size] = 4 << 3 | 2;
    }
    return (struct text){data + room - size, size};
}

static void test_is_unpacked_as_it_was_packed(void **state) {
    struct arena arena;
    EchoRequest inner = ECHO_REQUEST_INIT, request = ECHO_REQUEST_INIT;
    EchoRequest *many[] = {&inner, &inner};
    arena_init(&arena, 0);
    inner.text = (char *)"\xe2\x82\xac and \xf0\x9f\x8e\xab";
    request.text = (char *)"outer";
    request.code = -1;
    request.count = 4000000000u;
    request.nested = &inner;
    request.many = many;
    request.n_many = 2;
    request.data = (ProtobufCBinaryData){3, (uint8_t *)"\0\xff\0"};
    const EchoRequest *again = (const EchoRequest *)message_unpack(
        &arena, descriptor, message_pack(&arena, &request.base));
    assert_non_null(again);
    assert_string_equal(again->text, "outer");
    assert_int_equal(again->code, -1);
    assert_int_equal(again->count, 4000000000u);
    assert_string_equal(again->nested->text, inner.text);
    assert_int_equal(again->n_many, 2);
    assert_string_equal(again->many[1]->text, inner.text);
    assert_int_equal(again->data.len, 3);
    assert_memory_equal(again->data.data, "\0\xff\0", 3);
    arena_deinit(&arena);
}

static void test_is_refused_when_it_nests_too_deep(void **state) {
    struct arena arena;
    arena_init(&arena, 0);
    assert_true(is_accepted(nest(&arena, MESSAGE_DEPTH_MAX - 1)));
    assert_false(is_accepted(nest(&arena, MESSAGE_DEPTH_MAX)));
    assert_false(is_accepted(nest(&arena, 200000)));
    arena_deinit(&arena);
}

static void test_is_refused_when_it_grows_too_large(void **state) {
    struct arena arena;
    arena_init(&arena, 0);
    size_t count = 100000;
    char *data = arena_alloc(&arena, count * 2);
    for (size_t i = 0; i < count; i++) {
        data[2 * i] = 5 << 3 | 2;
        data[2 * i + 1] = 0;
    }
    assert_true(is_accepted((struct text){data, 2 * 500}));
    assert_false(is_accepted((struct text){data, 2 * count}));
    arena_deinit(&arena);
}

static void test_is_refused_when_a_string_is_no_text(void **state) {
    assert_true(is_accepted(TEXT("\x0a\x02\xc3\xa4")));
    assert_false(is_accepted(TEXT("\x0a\x01\xc3")));         /* cut short */
    assert_false(is_accepted(TEXT("\x0a\x02\xc0\x80")));     /* overlong */
    assert_false(is_accepted(TEXT("\x0a\x03\xed\xa0\x80"))); /* a surrogate */
    assert_false(is_accepted(TEXT("\x0a\x03"
                                  "a\0b")));
    assert_false(is_accepted(TEXT("\x22\x03\x0a\x01\xff"))); /* within a submessage */
    assert_true(is_accepted(TEXT("\x32\x02\xff\x00")));      /* bytes may be anything */
    assert_true(is_accepted(TEXT("\x7a\x02\xff\x00")));      /* so may a field nobody knows */
}

static void test_is_refused_when_it_is_malformed(void **state) {
    assert_true(is_accepted((struct text){"", 0}));
    assert_false(is_accepted(TEXT("\x0a")));       /* no length */
    assert_false(is_accepted(TEXT("\x0a\x05zz"))); /* too short */
    assert_false(is_accepted(TEXT("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01z"))); /* too long */
    assert_false(
        is_accepted(TEXT("\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"))); /* varint */
    assert_false(is_accepted(TEXT("\x80\x00\x01")));                            /* of field 0 */
    assert_false(is_accepted(TEXT("\x0b\x0c")));                                /* a group */
    assert_false(is_accepted(TEXT("\x0e")));                                    /* no wire type */
    assert_false(is_accepted(TEXT("\x22\x02\x0a\x05")));                        /* within */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_is_unpacked_as_it_was_packed),
        cmocka_unit_test(test_is_refused_when_it_nests_too_deep),
        cmocka_unit_test(test_is_refused_when_it_grows_too_large),
        cmocka_unit_test(test_is_refused_when_a_string_is_no_text),
        cmocka_unit_test(test_is_refused_when_it_is_malformed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
