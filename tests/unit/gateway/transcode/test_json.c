/* SPDX-License-Identifier: Apache-2.0 */
#include "stand.h"

struct pair {
    const char *message, *json, *expected; /* NULL: the same as json */
};

static void assert_pairs(struct stand *stand, const struct pair *pairs, size_t count) {
    for (size_t i = 0; i < count; i++)
        assert_round_trip(stand, pairs[i].message, pairs[i].json,
            pairs[i].expected ? pairs[i].expected : pairs[i].json);
}

static void numbers_keep_their_value(void **state) {
    static const struct pair pairs[] = {
        {"Kinds", "{\"fInt32\":2147483647}", NULL},
        {"Kinds", "{\"fInt32\":-2147483648}", NULL},
        {"Kinds", "{\"fInt32\":\"12\"}", "{\"fInt32\":12}"},
        {"Kinds", "{\"fInt32\":1e2}", "{\"fInt32\":100}"},
        {"Kinds", "{\"fInt32\":1.0}", "{\"fInt32\":1}"},
        {"Kinds", "{\"fInt32\":1200e-2}", "{\"fInt32\":12}"},
        {"Kinds", "{\"fInt32\":0.00012E5}", "{\"fInt32\":12}"},
        {"Kinds", "{\"fInt32\":-0}", "{}"},
        {"Kinds", "{\"fInt32\":0e99999999999}", "{}"},
        {"Kinds", "{\"fInt32\":3.0000000000000000000000000000}", "{\"fInt32\":3}"},
        {"Kinds", "{\"fUint32\":4294967295}", NULL},
        {"Kinds", "{\"fInt64\":\"9223372036854775807\"}", NULL},
        {"Kinds", "{\"fInt64\":-9223372036854775808}", "{\"fInt64\":\"-9223372036854775808\"}"},
        {"Kinds", "{\"fUint64\":18446744073709551615}", "{\"fUint64\":\"18446744073709551615\"}"},
        {"Kinds", "{\"fUint64\":\"1.8446744073709551615e19\"}",
            "{\"fUint64\":\"18446744073709551615\"}"},
        {"Kinds", "{\"fSint32\":-2147483648}", NULL},
        {"Kinds", "{\"fSint64\":\"-9223372036854775808\"}", NULL},
        {"Kinds", "{\"fFixed32\":4294967295}", NULL},
        {"Kinds", "{\"fFixed64\":\"18446744073709551615\"}", NULL},
        {"Kinds", "{\"fSfixed32\":-1}", NULL},
        {"Kinds", "{\"fSfixed64\":\"-1\"}", NULL},
        {"Kinds", "{\"fDouble\":1.7976931348623157e+308}", NULL},
        {"Kinds", "{\"fDouble\":5e-324}", NULL},
        {"Kinds", "{\"fDouble\":19.99}", NULL},
        {"Kinds", "{\"fDouble\":-0.001}", NULL},
        {"Kinds", "{\"fDouble\":0.1}", NULL},
        {"Kinds", "{\"fDouble\":0.30000000000000004}", NULL},
        {"Kinds", "{\"fDouble\":123456789012345678}", "{\"fDouble\":1.2345678901234568e+17}"},
        {"Kinds", "{\"fDouble\":-0.0}", "{\"fDouble\":-0}"},
        {"Kinds", "{\"fDouble\":\"-1.5e3\"}", "{\"fDouble\":-1500}"},
        {"Kinds", "{\"fDouble\":\"NaN\"}", NULL},
        {"Kinds", "{\"fDouble\":\"Infinity\"}", NULL},
        {"Kinds", "{\"fDouble\":\"-Infinity\"}", NULL},
        {"Kinds", "{\"fFloat\":3.4028235e+38}", NULL},
        {"Kinds", "{\"fFloat\":0.1}", NULL},
        {"Kinds", "{\"fFloat\":1e-46}", "{}"},
        {"Kinds", "{\"fFloat\":\"-Infinity\"}", NULL},
    };
    assert_pairs(*state, pairs, sizeof(pairs) / sizeof(pairs[0]));
}

static void texts_keep_every_character(void **state) {
    static const struct pair pairs[] = {
        {"Kinds", "{\"fString\":\"plain\"}", NULL},
        {"Kinds", "{\"fString\":\"\"}", "{}"},
        {"Kinds", "{\"fString\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}",
            "{\"fString\":\"\\\"\\\\/\\b\\f\\n\\r\\t\"}"},
        {"Kinds", "{\"fString\":\"\\u00e4\\u20AC\\ud83c\\udf9f\\u0001\"}",
            "{\"fString\":\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x8e\x9f\\u0001\"}"},
        {"Kinds", "{\"fString\":\"\xc3\xa4 z \xf0\x9f\x8e\x9f end\"}", NULL},
        {"Kinds", "{\"\\u0066String\":\"by its escaped name\"}",
            "{\"fString\":\"by its escaped name\"}"},
        {"Kinds", "{\"f_string\":\"by its proto name\"}", "{\"fString\":\"by its proto name\"}"},
        {"Kinds", " {\t\"fString\"\r\n:\"spaced\" } ", "{\"fString\":\"spaced\"}"},
        {"Kinds", "{\"fBytes\":\"AAECAw==\"}", NULL},
        {"Kinds", "{\"fBytes\":\"AAECAw\"}", "{\"fBytes\":\"AAECAw==\"}"},
        {"Kinds", "{\"fBytes\":\"-_-_\"}", "{\"fBytes\":\"+/+/\"}"},
        {"Kinds", "{\"fBytes\":\"-_\"}", "{\"fBytes\":\"+w==\"}"},
        {"Kinds", "{\"fBytes\":\"AA\\u0045=\"}", "{\"fBytes\":\"AAE=\"}"},
    };
    assert_pairs(*state, pairs, sizeof(pairs) / sizeof(pairs[0]));
}

/* Strings are looked at eight bytes at a time; what is special may stand at any of them. */
static void special_characters_may_stand_anywhere(void **state) {
    static const struct {
        const char *escaped, *printed;
    } parts[] = {{"\\\"", "\\\""}, {"\\\\", "\\\\"}, {"\\n", "\\n"}, {"\\u001f", "\\u001f"},
        {"\xc3\xa4", "\xc3\xa4"}, {"\x7f", "\x7f"}, {" !#[]~", " !#[]~"}};
    char json[128], expected[128];
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        for (int before = 0; before < 20; before++) {
            snprintf(json, sizeof(json), "{\"fString\":\"%.*s%sxxxxxxxxx\"}", before,
                "aaaaaaaaaaaaaaaaaaaa", parts[i].escaped);
            snprintf(expected, sizeof(expected), "{\"fString\":\"%.*s%sxxxxxxxxx\"}", before,
                "aaaaaaaaaaaaaaaaaaaa", parts[i].printed);
            assert_round_trip(*state, "Kinds", json, expected);
        }
}

static void bad_characters_are_seen_anywhere(void **state) {
    struct stand *stand = *state;
    static const char bad[] = {'\x01', '\x1f', '\xff', '\xc3', '\x80'};
    char json[64];
    for (size_t i = 0; i < sizeof(bad); i++)
        for (int before = 0; before < 20; before++) {
            snprintf(json, sizeof(json), "{\"fString\":\"%.*s%cxxxxxxxxx\"}", before,
                "aaaaaaaaaaaaaaaaaaaa", bad[i]);
            assert_int_equal(stand_read(stand, "Kinds", json), TRANSCODE_INVALID);
            assert_int_equal(stand->error.offset, 12 + before);
        }
}

static void a_map_may_have_many_keys(void **state) {
    struct buffer json = {0};
    buffer_append_string(&json, "{\"byString\":{\"\":\"\"");
    for (int i = 0; i < 1000; i++)
        buffer_printf(&json, ",\"key %d\":\"%d\"", i, i);
    buffer_append_string(&json, "}}");
    buffer_append_char(&json, '\0');
    assert_round_trip(*state, "Maps", json.data, json.data);
    buffer_deinit(&json);
}

static void enums_go_by_name_or_number(void **state) {
    static const struct pair pairs[] = {
        {"Kinds", "{\"fEnum\":\"COLOUR_BLUE\"}", NULL},
        {"Kinds", "{\"fEnum\":\"COLOUR_BELOW\"}", NULL},
        {"Kinds", "{\"fEnum\":7}", "{\"fEnum\":\"COLOUR_BLUE\"}"},
        {"Kinds", "{\"fEnum\":1.0}", "{\"fEnum\":\"COLOUR_RED\"}"},
        {"Kinds", "{\"fEnum\":99}", NULL},
        {"Kinds", "{\"fEnum\":0}", "{}"},
        {"Kinds", "{\"fBool\":true,\"fFar\":\"x\"}", NULL},
    };
    assert_pairs(*state, pairs, sizeof(pairs) / sizeof(pairs[0]));
}

static void lists_and_maps_keep_their_members(void **state) {
    static const struct pair pairs[] = {
        {"Lists", "{\"fInt32\":[1,-1,300],\"fString\":[\"a\",\"\"],\"fUnpacked\":[0,1]}", NULL},
        {"Lists", "{\"fInt32\":[]}", "{}"},
        {"Lists", "{\"fInt32\":null}", "{}"},
        {"Lists", "{\"fMessage\":[{},{\"fInt32\":1}]}", NULL},
        {"Lists", "{\"fEnum\":[0,\"COLOUR_RED\",9]}",
            "{\"fEnum\":[\"COLOUR_UNSPECIFIED\",\"COLOUR_RED\",9]}"},
        {"Lists",
            "{\"fDouble\":[0,0.5],\"fFloat\":[1],\"fBool\":[true,false],\"fBytes\":[\"AA==\"]}",
            NULL},
        {"Lists", "{\"fFixed64\":[\"0\"],\"fFixed32\":[0],\"fSint64\":[\"-1\"]}", NULL},
        {"Maps", "{\"byString\":{\"a\":\"1\",\"\":\"2\"}}", NULL},
        {"Maps", "{\"byString\":{}}", "{}"},
        {"Maps", "{\"byInt32\":{\"-5\":{\"fBool\":true},\"0\":{}}}", NULL},
        {"Maps", "{\"byBool\":{\"true\":\"COLOUR_RED\",\"false\":\"COLOUR_UNSPECIFIED\"}}", NULL},
        {"Maps", "{\"byUint64\":{\"18446744073709551615\":0.5}}", NULL},
        {"Maps", "{\"bySint64\":{\"-1\":\"AA==\"}}", NULL},
    };
    assert_pairs(*state, pairs, sizeof(pairs) / sizeof(pairs[0]));
}

static void null_means_unset(void **state) {
    static const struct pair pairs[] = {
        {"Kinds", "{\"fInt32\":null,\"fString\":null,\"fMessage\":null}", "{}"},
        {"Choice", "{\"text\":null,\"number\":0}", "{\"number\":0}"},
        {"Choice", "{\"text\":\"\"}", NULL},
        {"Choice", "{\"nothing\":null}", NULL},
        {"Choice", "{\"kinds\":{}}", NULL},
        {"WellKnown", "{\"value\":null}", NULL},
        {"WellKnown", "{\"values\":[null,1,null]}", NULL},
        {"WellKnown", "{\"wInt32\":null,\"time\":null,\"nothing\":null}", "{}"},
    };
    assert_pairs(*state, pairs, sizeof(pairs) / sizeof(pairs[0]));
}

static void well_known_types_have_their_own_json(void **state) {
    static const struct pair pairs[] = {
        {"WellKnown", "{\"time\":\"1970-01-01T00:00:00Z\"}", NULL},
        {"WellKnown", "{\"time\":\"0001-01-01T00:00:00Z\"}", NULL},
        {"WellKnown", "{\"time\":\"9999-12-31T23:59:59.999999999Z\"}", NULL},
        {"WellKnown", "{\"time\":\"2024-02-29T12:00:00.5Z\"}",
            "{\"time\":\"2024-02-29T12:00:00.500Z\"}"},
        {"WellKnown", "{\"time\":\"2026-11-22T20:15:00.000001+02:00\"}",
            "{\"time\":\"2026-11-22T18:15:00.000001Z\"}"},
        {"WellKnown", "{\"time\":\"1969-12-31T19:00:00-05:00\"}",
            "{\"time\":\"1970-01-01T00:00:00Z\"}"},
        {"WellKnown", "{\"duration\":\"1.5s\"}", "{\"duration\":\"1.500s\"}"},
        {"WellKnown", "{\"duration\":\"-0.000000001s\"}", NULL},
        {"WellKnown", "{\"duration\":\"315576000000s\"}", NULL},
        {"WellKnown", "{\"duration\":\"0s\"}", NULL},
        {"WellKnown", "{\"mask\":\"name,startTime,a.bC\"}", NULL},
        {"WellKnown", "{\"mask\":\"\"}", NULL},
        {"WellKnown", "{\"object\":{\"a\":[1,\"x\",null,true,{\"b\":{}}],\"\":-0.5}}", NULL},
        {"WellKnown", "{\"value\":[[],{}]}", NULL},
        {"WellKnown", "{\"value\":\"text\"}", NULL},
        {"WellKnown", "{\"list\":[null]}", NULL},
        {"WellKnown", "{\"empty\":{}}", NULL},
        {"WellKnown",
            "{\"wDouble\":1.5,\"wFloat\":0.5,\"wInt64\":\"1\",\"wUint64\":\"2\",\"wInt32\":0}",
            NULL},
        {"WellKnown", "{\"wUint32\":7,\"wBool\":false,\"wString\":\"\",\"wBytes\":\"AA==\"}", NULL},
        {"WellKnown", "{\"times\":[\"1970-01-01T00:00:01Z\"],\"wList\":[0,1]}", NULL},
        {"WellKnown", "{\"x-other\":true}", NULL},
        {"WellKnown", "{\"any\":{\"@type\":\"type.googleapis.com/sample.v1.Kinds\",\"fInt32\":1}}",
            NULL},
        {"WellKnown", "{\"any\":{\"fInt32\":1,\"@type\":\"x/sample.v1.Kinds\"}}",
            "{\"any\":{\"@type\":\"x/sample.v1.Kinds\",\"fInt32\":1}}"},
        {"WellKnown", "{\"any\":{\"@type\":\"x/google.protobuf.Duration\",\"value\":\"1s\"}}",
            NULL},
        {"WellKnown", "{\"any\":{\"value\":5,\"@type\":\"x/google.protobuf.Int32Value\"}}",
            "{\"any\":{\"@type\":\"x/google.protobuf.Int32Value\",\"value\":5}}"},
        {"WellKnown",
            "{\"any\":{\"@type\":\"x/google.protobuf.Any\",\"value\":{\"@type\":\"x/"
            "sample.v1.Kinds\"}}}",
            NULL},
        {"WellKnown", "{\"any\":{}}", NULL},
    };
    assert_pairs(*state, pairs, sizeof(pairs) / sizeof(pairs[0]));
}

static void whole_messages_of_a_special_shape_are_read(void **state) {
    static const struct pair pairs[] = {
        {"google.protobuf.Timestamp", "\"1970-01-01T00:00:01Z\"", NULL},
        {"google.protobuf.Value", "[1]", NULL},
        {"google.protobuf.Empty", "{}", NULL},
    };
    assert_pairs(*state, pairs, sizeof(pairs) / sizeof(pairs[0]));
}

static void the_wire_is_canonical(void **state) {
    static const struct {
        const char *message, *json, *hex;
    } rows[] = {
        {"Kinds", "{\"fInt32\":-1}", "28ffffffffffffffffff01"},
        {"Kinds", "{\"fSint32\":-1}", "880101"},
        {"Kinds", "{\"fFixed32\":1}", "3d01000000"},
        {"Kinds", "{\"fDouble\":1}", "09000000000000f03f"},
        {"Kinds", "{\"fEnum\":\"COLOUR_BELOW\"}", "70fdffffffffffffffff01"},
        {"Kinds", "{\"fString\":\"ab\",\"fInt32\":1}", "4a0261622801"},
        {"Kinds", "{\"fMessage\":{\"fMessage\":{}}}", "9a01039a0100"},
        {"Lists", "{\"fInt32\":[1,2],\"fUnpacked\":[1,2]}", "2a020102a00101a00102"},
        {"Maps", "{\"byString\":{\"\":\"\"}}", "0a040a001200"},
        {"Choice", "{\"number\":0}", "1000"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct stand *stand = *state;
        assert_int_equal(stand_read(stand, rows[i].message, rows[i].json), 0);
        assert_hex_equal(buffer_text(&stand->wire), rows[i].hex);
    }
}

static void long_messages_get_long_lengths(void **state) {
    struct stand *stand = *state;
    static const size_t sizes[] = {0, 1, 119, 120, 127, 128, 129, 16379, 16383, 16384, 70000};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct buffer json = {0};
        buffer_append_string(&json, "{\"child\":{\"child\":{\"name\":\"");
        for (size_t j = 0; j < sizes[i]; j++)
            buffer_append_char(&json, (char)('a' + j % 26));
        buffer_append_string(&json, "x\\n\"}}}");
        buffer_append_char(&json, '\0');
        assert_round_trip(stand, "Node", json.data, json.data);
        buffer_deinit(&json);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_keep_their_value),
        cmocka_unit_test(texts_keep_every_character),
        cmocka_unit_test(special_characters_may_stand_anywhere),
        cmocka_unit_test(bad_characters_are_seen_anywhere),
        cmocka_unit_test(a_map_may_have_many_keys),
        cmocka_unit_test(enums_go_by_name_or_number),
        cmocka_unit_test(lists_and_maps_keep_their_members),
        cmocka_unit_test(null_means_unset),
        cmocka_unit_test(well_known_types_have_their_own_json),
        cmocka_unit_test(whole_messages_of_a_special_shape_are_read),
        cmocka_unit_test(the_wire_is_canonical),
        cmocka_unit_test(long_messages_get_long_lengths),
    };
    return cmocka_run_group_tests(tests, stand_setup, stand_teardown);
}
