/* SPDX-License-Identifier: Apache-2.0 */
#include "stand.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* "0a 04 'text'": hexadecimal digits, and characters in quotes. */
static struct text wire_of(struct arena *arena, const char *source) {
    char *bytes = arena_alloc(arena, strlen(source) + 1), *end = bytes;
    while (*source) {
        if (*source == '\'') {
            for (source++; *source != '\''; source++)
                *end++ = *source;
            source++;
        } else if (*source == ' ') {
            source++;
        } else {
            char pair[3] = {source[0], source[1], '\0'};
            *end++ = (char)strtol(pair, NULL, 16);
            source += 2;
        }
    }
    return (struct text){bytes, (size_t)(end - bytes)};
}

struct sample {
    const char *message, *wire, *json;
};

static void assert_printed(
    struct stand *stand, const struct sample *rows, size_t count, enum json_zeros zeros) {
    for (size_t i = 0; i < count; i++) {
        stand_clear(stand);
        struct text wire = wire_of(&stand->arena, rows[i].wire);
        if (stand_print(stand, rows[i].message, wire, zeros) != 0)
            fail_msg("%s: %s: %s", rows[i].wire, stand->error.path, stand->error.message);
        assert_text_equal(buffer_text(&stand->json), rows[i].json);
    }
}

static void unset_fields_show_their_zero(void **state) {
    static const struct sample rows[] = {
        {"Thing", "",
            "{\"id\":\"\",\"displayName\":\"\",\"labels\":[],\"colour\":\"COLOUR_UNSPECIFIED\"}"},
        {"Thing", "1a00 2801",
            "{\"id\":\"\",\"displayName\":\"\",\"kinds\":{\"fDouble\":0,\"fFloat\":0,"
            "\"fInt64\":\"0\",\"fUint64\":\"0\",\"fInt32\":0,\"fFixed64\":\"0\",\"fFixed32\":0,"
            "\"fBool\":false,\"fString\":\"\",\"fBytes\":\"\",\"fUint32\":0,"
            "\"fEnum\":\"COLOUR_UNSPECIFIED\",\"fSfixed32\":0,\"fSfixed64\":\"0\",\"fSint32\":0,"
            "\"fSint64\":\"0\",\"fFar\":\"\"},\"labels\":[],\"colour\":\"COLOUR_RED\"}"},
        {"Maps", "",
            "{\"byString\":{},\"byInt32\":{},\"byBool\":{},\"byUint64\":{},\"bySint64\":{}}"},
        {"Choice", "", "{\"beside\":\"\"}"},
        {"Choice", "1000", "{\"number\":0,\"beside\":\"\"}"},
        {"WellKnown", "", "{\"nothing\":null,\"times\":[],\"values\":[],\"wList\":[]}"},
    };
    assert_printed(*state, rows, COUNT(rows), JSON_ZEROS_LISTED);
    static const struct sample all[] = {
        {"Thing", "",
            "{\"id\":\"\",\"displayName\":\"\",\"kinds\":null,\"labels\":[],"
            "\"colour\":\"COLOUR_UNSPECIFIED\"}"},
        {"Choice", "", "{\"beside\":\"\"}"},
    };
    assert_printed(*state, all, COUNT(all), JSON_ZEROS_ALL);
}

static void fields_may_stand_in_any_order(void **state) {
    static const struct sample rows[] = {
        {"Thing", "2801 0a01'a' 22 01'x'",
            "{\"id\":\"a\",\"labels\":[\"x\"],\"colour\":\"COLOUR_RED\"}"},
        {"Thing", "0a01'a' 0a01'b'", "{\"id\":\"b\"}"},
        {"Thing", "22 01'x' 0a01'a' 22 01'y'", "{\"id\":\"a\",\"labels\":[\"x\",\"y\"]}"},
        {"Thing", "1a02 2801 1a02 4001", "{\"kinds\":{\"fInt32\":1,\"fBool\":true}}"},
        {"Thing", "1a02 2801 0a01'a' 1a02 2802", "{\"id\":\"a\",\"kinds\":{\"fInt32\":2}}"},
        {"Lists", "2a02 0102 2803 2a01 04", "{\"fInt32\":[1,2,3,4]}"},
        {"Lists", "a001 01 a201 02 0203 2a01 09", "{\"fInt32\":[9],\"fUnpacked\":[1,2,3]}"},
        {"Lists", "2a00", "{\"fInt32\":[]}"},
        {"Unordered", "0a01'a' 2807 4a01'z'", "{\"first\":\"a\",\"middle\":7,\"last\":\"z\"}"},
        {"Unordered", "4a01'z' 0a01'a'", "{\"first\":\"a\",\"last\":\"z\"}"},
        {"Choice", "0a01'a' 1005", "{\"number\":5}"},
        {"Choice", "1005 0a01'a'", "{\"text\":\"a\"}"},
        {"Choice", "1a02 2801 1005 1a02 4001", "{\"kinds\":{\"fBool\":true}}"},
        {"Choice", "1a02 2801 1a02 4001", "{\"kinds\":{\"fInt32\":1,\"fBool\":true}}"},
        {"Node", "1a01'n' 1203 1a01'c'", "{\"children\":[{\"name\":\"c\"}],\"name\":\"n\"}"},
    };
    assert_printed(*state, rows, COUNT(rows), JSON_ZEROS_OMITTED);
}

static void maps_keep_the_last_of_each_key(void **state) {
    static const struct sample rows[] = {
        {"Maps", "0a06 0a01'a' 1201'1' 0a06 0a01'b' 1201'2' 0a06 0a01'a' 1201'3'",
            "{\"byString\":{\"b\":\"2\",\"a\":\"3\"}}"},
        {"Maps", "0a00", "{\"byString\":{\"\":\"\"}}"},
        {"Maps", "0a06 1201'1' 0a01'a'", "{\"byString\":{\"a\":\"1\"}}"},
        {"Maps", "0a09 0a01'a' 0a01'b' 1201'1'", "{\"byString\":{\"b\":\"1\"}}"},
        {"Maps", "1200", "{\"byInt32\":{\"0\":{}}}"},
        {"Maps", "1208 1202 2801 1202 4001", "{\"byInt32\":{\"0\":{\"fInt32\":1,\"fBool\":true}}}"},
        {"Maps", "1a00 1a02 0801",
            "{\"byBool\":{\"false\":\"COLOUR_UNSPECIFIED\",\"true\":\"COLOUR_UNSPECIFIED\"}}"},
        {"Maps", "1a04 0801 1001 1a04 0858 1007", "{\"byBool\":{\"true\":\"COLOUR_BLUE\"}}"},
        {"Maps", "1206 08ffffffff0f 120b 08ffffffffffffffffff01", "{\"byInt32\":{\"-1\":{}}}"},
        {"Maps", "1a02 1007", "{\"byBool\":{\"false\":\"COLOUR_BLUE\"}}"},
    };
    assert_printed(*state, rows, COUNT(rows), JSON_ZEROS_OMITTED);
}

static void unknown_fields_are_left_out(void **state) {
    static const struct sample rows[] = {
        {"Thing", "9001 05 0a01'a' fa01 02 0000 fd01 00000000 f901 0000000000000000",
            "{\"id\":\"a\"}"},
        {"Thing", "f301 0801 13 0801 14 f401 0a01'a'", "{\"id\":\"a\"}"},
        {"Thing", "0801 0a01'a'", "{\"id\":\"a\"}"}, /* id as a varint is none of ours */
        {"Thing", "0d 00000000 2d 00000000", "{}"},
        {"Kinds", "2a00", "{}"}, /* packed, but no list */
    };
    assert_printed(*state, rows, COUNT(rows), JSON_ZEROS_OMITTED);
}

static void numbers_are_cut_to_their_size(void **state) {
    static const struct sample rows[] = {
        {"Kinds", "28 ffffffffffffffffff01", "{\"fInt32\":-1}"},
        {"Kinds", "28 ffffffff0f", "{\"fInt32\":-1}"},
        {"Kinds", "68 ffffffffffffffffff01", "{\"fUint32\":4294967295}"},
        {"Kinds", "40 8080808010", "{\"fBool\":true}"},
        {"Kinds", "8801 ffffffff0f", "{\"fSint32\":-2147483648}"},
        {"Kinds", "70 ffffffff0f", "{\"fEnum\":-1}"},
        {"Kinds", "18 8000", "{\"fInt64\":\"0\"}"},
    };
    assert_printed(*state, rows, COUNT(rows), JSON_ZEROS_OMITTED);
}

static void any_of_an_unknown_type_keeps_its_bytes(void **state) {
    static const struct sample rows[] = {
        {"WellKnown", "3a0c 0a06'x/no.T' 1202 0801",
            "{\"any\":{\"@type\":\"x/no.T\",\"value\":\"CAE=\"}}"},
        {"WellKnown", "3a00", "{\"any\":{}}"},
        {"WellKnown", "3a16 0a10'x/sample.v1.Node' 1202 1a00",
            "{\"any\":{\"@type\":\"x/sample.v1.Node\",\"name\":\"\"}}"},
        {"WellKnown", "3a12 0a10'x/sample.v1.Node'", "{\"any\":{\"@type\":\"x/sample.v1.Node\"}}"},
        {"WellKnown", "2a00", "{\"value\":null}"},
        {"WellKnown", "2a0b 11 0000000000001440 2001", "{\"value\":true}"},
    };
    assert_printed(*state, rows, COUNT(rows), JSON_ZEROS_OMITTED);
}

struct failure {
    const char *message, *wire, *path, *sentence;
};

static void bytes_that_are_no_message_are_refused(void **state) {
    static const char bad[] = "is no valid protobuf message";
    static const struct failure rows[] = {
        {"Thing", "0a", "", bad},
        {"Thing", "0a05'abc'", "", bad},
        {"Thing", "0a ffffffffffffffffff01", "", bad},
        {"Thing", "28", "", bad},
        {"Thing", "28 ffffffffffffffffffff01", "", bad},
        {"Thing", "00", "", bad},
        {"Thing", "0001", "", bad},
        {"Thing", "0200", "", bad},
        {"Thing", "07", "", bad},
        {"Thing", "0e", "", bad},
        {"Thing", "0c", "", bad},
        {"Thing", "f301", "", bad},
        {"Thing", "f301 fc01", "", bad},
        {"Thing", "1a01 28", "kinds", bad},
        {"Kinds", "09 00", "", bad},
        {"Kinds", "3d 000000", "", bad},
        {"Lists", "2a01 80", "fInt32[0]", bad},
        {"Lists", "2a02 0180", "fInt32[1]", bad},
        {"Lists", "0a03 000000", "fDouble[0]", bad},
        {"Lists", "9a0100 9a01 01 28", "fMessage[1]", bad},
        {"Maps", "0a01 0a", "byString", bad},
        {"Maps", "12041202 28", "", bad},
        {"Maps", "1207 0805 1203 3202'a'", "byInt32", bad},
        {"Kinds", "4a01 ff", "fString", "is no valid UTF-8"},
        {"Maps", "0a06 0a01'k' 1201 ff", "byString[\"k\"]", "is no valid UTF-8"},
        {"WellKnown", "0a0b 08 ffffffffffffffff7f", "", bad},
        {"WellKnown", "0a0a 08 ffffffffffffffff7f", "time", "is out of range for a time"},
        {"WellKnown", "0a06 1080a8d6b907", "time", "is out of range for a time"},
        {"WellKnown", "120d 0801 10 ffffffffffffffffff01", "duration",
            "is out of range for a duration"},
        {"WellKnown", "1a05 0a03'a_1'", "mask", "has the path \"a_1\", which JSON cannot carry"},
        {"WellKnown", "2a09 11 000000000000f87f", "value", "is a number that JSON cannot carry"},
        {"WellKnown", "3a15 0a10'x/sample.v1.Node' 1201 1a", "any", bad},
    };
    struct stand *stand = *state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        stand_clear(stand);
        struct text wire = wire_of(&stand->arena, rows[i].wire);
        if (stand_print(stand, rows[i].message, wire, JSON_ZEROS_LISTED) == 0)
            fail_msg("%s was not refused", rows[i].wire);
        assert_error(stand, rows[i].path, rows[i].sentence);
    }
}

/* Messages within messages, innermost first. */
static struct text nested(struct arena *arena, size_t depth) {
    struct buffer wire = {0};
    for (size_t i = 0; i < depth; i++) {
        struct buffer outer = {0};
        wire_append_bytes(&outer, 1, buffer_text(&wire));
        buffer_deinit(&wire);
        wire = outer;
    }
    struct text copy = {arena_copy(arena, wire.data, wire.size), wire.size};
    buffer_deinit(&wire);
    return copy;
}

static void depth_is_bounded(void **state) {
    struct stand *stand = *state;
    stand_clear(stand);
    struct text most = nested(&stand->arena, 99), more = nested(&stand->arena, 100);
    assert_int_equal(stand_print(stand, "Node", most, JSON_ZEROS_OMITTED), 0);
    assert_int_equal(stand_print(stand, "Node", more, JSON_ZEROS_OMITTED), TRANSCODE_INVALID);
    assert_string_equal(stand->error.message, "is nested more than 100 levels deep");

    struct buffer groups = {0};
    for (int i = 0; i < 100000; i++)
        buffer_append_char(&groups, 0x7b);
    assert_int_equal(
        stand_print(stand, "Node", buffer_text(&groups), JSON_ZEROS_OMITTED), TRANSCODE_INVALID);
    buffer_deinit(&groups);
}

/* Each level learns behind the inner one that it is out of order; work must not double. */
static void disorder_at_every_level_costs_no_more(void **state) {
    struct stand *stand = *state;
    struct buffer wire = {0};
    stand_clear(stand);
    for (int i = 0; i < 90; i++) {
        struct buffer outer = {0};
        wire_append_bytes(&outer, 2, buffer_text(&wire));
        wire_append_bytes(&outer, 1, TEXT(""));
        buffer_deinit(&wire);
        wire = outer;
    }
    assert_int_equal(stand_print(stand, "Node", buffer_text(&wire), JSON_ZEROS_OMITTED), 0);
    assert_int_equal(strncmp(stand->json.data, "{\"child\":{},\"children\":[{", 25), 0);
    buffer_deinit(&wire);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unset_fields_show_their_zero),
        cmocka_unit_test(fields_may_stand_in_any_order),
        cmocka_unit_test(maps_keep_the_last_of_each_key),
        cmocka_unit_test(unknown_fields_are_left_out),
        cmocka_unit_test(numbers_are_cut_to_their_size),
        cmocka_unit_test(any_of_an_unknown_type_keeps_its_bytes),
        cmocka_unit_test(bytes_that_are_no_message_are_refused),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(disorder_at_every_level_costs_no_more),
    };
    return cmocka_run_group_tests(tests, stand_setup, stand_teardown);
}
