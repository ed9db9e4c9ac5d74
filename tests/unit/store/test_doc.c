/* SPDX-License-Identifier: Apache-2.0 */
#include "store/doc.h"

#include "fixture.h"

#include <bson/bson.h>

static const uint8_t bytes[] = {0, 1, 0xff};

static void write_sample(struct buffer *buffer) {
    size_t start = doc_begin(buffer);
    doc_add_int32(buffer, "seats", -2);
    doc_add_int64(buffer, "time", INT64_C(1795377600123));
    doc_add_bool(buffer, "on", true);
    doc_add_bool(buffer, "off", false);
    doc_add_text(buffer, "name", TEXT("Ad\xc3\xa9le\0x"));
    doc_add_text(buffer, "none", TEXT(""));
    doc_add_bytes(buffer, "bytes", bytes, sizeof(bytes));
    size_t array = doc_begin_array(buffer, "items");
    for (uint32_t i = 0; i < 12; i++) {
        size_t item = doc_begin_item(buffer, i);
        doc_add_int32(buffer, "n", (int32_t)i);
        doc_end(buffer, item);
    }
    doc_end(buffer, array);
    size_t inner = doc_begin_document(buffer, "inner");
    doc_end(buffer, inner);
    doc_end(buffer, start);
}

static bson_t *sample_of_libbson(void) {
    bson_t *bson = bson_new(), array, item, inner;
    const char *key;
    char digits[16];
    bson_append_int32(bson, "seats", -1, -2);
    bson_append_int64(bson, "time", -1, INT64_C(1795377600123));
    bson_append_bool(bson, "on", -1, true);
    bson_append_bool(bson, "off", -1, false);
    bson_append_utf8(bson, "name", -1, "Ad\xc3\xa9le\0x", 8);
    bson_append_utf8(bson, "none", -1, "", 0);
    bson_append_binary(bson, "bytes", -1, BSON_SUBTYPE_BINARY, bytes, sizeof(bytes));
    bson_append_array_begin(bson, "items", -1, &array);
    for (uint32_t i = 0; i < 12; i++) {
        bson_uint32_to_string(i, &key, digits, sizeof(digits));
        bson_append_document_begin(&array, key, -1, &item);
        bson_append_int32(&item, "n", -1, (int32_t)i);
        bson_append_document_end(&array, &item);
    }
    bson_append_array_end(bson, &array);
    bson_append_document_begin(bson, "inner", -1, &inner);
    bson_append_document_end(bson, &inner);
    return bson;
}

static void the_bytes_are_those_of_libbson(void **state) {
    _cleanup_(buffer_deinit) struct buffer buffer = {0};
    bson_t *expected = sample_of_libbson();
    buffer_append_string(&buffer, "in front"); /* a document may follow other bytes */
    write_sample(&buffer);
    assert_int_equal(buffer.size - 8, expected->len);
    assert_memory_equal(buffer.data + 8, bson_get_data(expected), expected->len);
    bson_destroy(expected);
}

static void fields_are_read_by_name(void **state) {
    _cleanup_(buffer_deinit) struct buffer buffer = {0};
    write_sample(&buffer);
    struct text doc = buffer_text(&buffer), text;
    int32_t i32 = 0;
    int64_t i64 = 0;
    bool on = false, off = true;
    assert_int_equal(doc_get_int32(doc, "seats", &i32), 0);
    assert_int_equal(i32, -2);
    assert_int_equal(doc_get_int64(doc, "time", &i64), 0);
    assert_int_equal(i64, INT64_C(1795377600123));
    assert_int_equal(doc_get_bool(doc, "on", &on), 0);
    assert_int_equal(doc_get_bool(doc, "off", &off), 0);
    assert_true(on && !off);
    assert_int_equal(doc_get_text(doc, "name", &text), 0);
    assert_int_equal(text.size, 8);
    assert_memory_equal(text.data, "Ad\xc3\xa9le\0x", 8);
    assert_int_equal(doc_get_text(doc, "none", &text), 0);
    assert_int_equal(text.size, 0);
    assert_int_equal(doc_get_bytes(doc, "bytes", &text), 0);
    assert_int_equal(text.size, sizeof(bytes));
    assert_memory_equal(text.data, bytes, sizeof(bytes));
}

static void absent_and_wrong_are_told_apart(void **state) {
    _cleanup_(buffer_deinit) struct buffer buffer = {0};
    write_sample(&buffer);
    struct text doc = buffer_text(&buffer), text;
    int32_t i32;
    int64_t i64;
    bool b;
    assert_int_equal(doc_get_int32(doc, "seat", &i32), DOC_ABSENT);
    assert_int_equal(doc_get_int32(doc, "n", &i32), DOC_ABSENT); /* only in the items */
    assert_int_equal(doc_get_int32(doc, "time", &i32), -EBADMSG);
    assert_int_equal(doc_get_int64(doc, "seats", &i64), -EBADMSG);
    assert_int_equal(doc_get_bool(doc, "seats", &b), -EBADMSG);
    assert_int_equal(doc_get_text(doc, "bytes", &text), -EBADMSG);
    assert_int_equal(doc_get_bytes(doc, "name", &text), -EBADMSG);
    assert_int_equal(doc_get_int32(TEXT(""), "n", &i32), -EBADMSG);
    assert_int_equal(doc_get_int32(TEXT("not BSON at all"), "n", &i32), -EBADMSG);
}

static void no_part_of_a_document_is_a_document(void **state) {
    _cleanup_(buffer_deinit) struct buffer buffer = {0};
    write_sample(&buffer);
    for (size_t size = 0; size < buffer.size; size++) {
        char *part = malloc(size + 1); /* its own, so that an overrun is seen */
        int32_t value;
        memcpy(part, buffer.data, size);
        assert_int_equal(doc_get_int32((struct text){part, size}, "x", &value), -EBADMSG);
        free(part);
    }
}

static void people_read_json(void **state) {
    _cleanup_(buffer_deinit) struct buffer buffer = {0}, json = {0};
    size_t start = doc_begin(&buffer);
    doc_add_int32(&buffer, "seats", 2);
    doc_add_text(&buffer, "name", TEXT("\"Ada\""));
    doc_end(&buffer, start);
    assert_int_equal(doc_to_json(buffer_text(&buffer), &json), 0);
    assert_text(buffer_text(&json), "{ \"seats\" : 2, \"name\" : \"\\\"Ada\\\"\" }");
    assert_int_equal(doc_to_json(TEXT("nothing"), &json), -EBADMSG);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bytes_are_those_of_libbson),
        cmocka_unit_test(fields_are_read_by_name),
        cmocka_unit_test(absent_and_wrong_are_told_apart),
        cmocka_unit_test(no_part_of_a_document_is_a_document),
        cmocka_unit_test(people_read_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
