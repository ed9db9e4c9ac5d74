/* SPDX-License-Identifier: Apache-2.0 */
#include "stand.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define INT32    "must be a whole number from -2147483648 to 2147483647, not "
#define UINT32   "must be a whole number from 0 to 4294967295, not "
#define INT64    "must be a whole number from -9223372036854775808 to 9223372036854775807, not "
#define UINT64   "must be a whole number from 0 to 18446744073709551615, not "
#define FLOAT    "must be a number of at most 3.4e38, \"NaN\", \"Infinity\" or \"-Infinity\", not "
#define DOUBLE   "must be a number of at most 1.8e308, \"NaN\", \"Infinity\" or \"-Infinity\", not "
#define COLOUR   "must be one of COLOUR_UNSPECIFIED, COLOUR_RED, COLOUR_BLUE, COLOUR_BELOW, not "
#define TIME     "must be a time like \"2026-11-22T20:15:00Z\", not "
#define DURATION "must be a duration in seconds like \"1.5s\", not "
#define MASK     "must be field names with commas between like \"name,startTime\", not "

struct refusal {
    const char *message, *json, *path, *sentence;
};

static void assert_refusals(struct stand *stand, const struct refusal *rows, size_t count) {
    for (size_t i = 0; i < count; i++)
        assert_refused(stand, rows[i].message, rows[i].json, rows[i].path, rows[i].sentence);
}

static void numbers_that_do_not_fit_are_refused(void **state) {
    static const struct refusal rows[] = {
        {"Kinds", "{\"fInt32\":2147483648}", "fInt32", INT32 "2147483648"},
        {"Kinds", "{\"fInt32\":-2147483649}", "fInt32", INT32 "-2147483649"},
        {"Kinds", "{\"fInt32\":1.5}", "fInt32", INT32 "1.5"},
        {"Kinds", "{\"fInt32\":1e-1}", "fInt32", INT32 "1e-1"},
        {"Kinds", "{\"fInt32\":1e400}", "fInt32", INT32 "1e400"},
        {"Kinds", "{\"fInt32\":\"\"}", "fInt32", INT32 "\"\""},
        {"Kinds", "{\"fInt32\":\" 1\"}", "fInt32", INT32 "\" 1\""},
        {"Kinds", "{\"fInt32\":\"1 \"}", "fInt32", INT32 "\"1 \""},
        {"Kinds", "{\"fInt32\":\"+1\"}", "fInt32", INT32 "\"+1\""},
        {"Kinds", "{\"fInt32\":\"0x1\"}", "fInt32", INT32 "\"0x1\""},
        {"Kinds", "{\"fInt32\":true}", "fInt32", INT32 "true"},
        {"Kinds", "{\"fInt32\":[1]}", "fInt32", INT32 "[1]"},
        {"Kinds", "{\"fInt32\":{}}", "fInt32", INT32 "{}"},
        {"Kinds", "{\"fUint32\":-1}", "fUint32", UINT32 "-1"},
        {"Kinds", "{\"fUint32\":4294967296}", "fUint32", UINT32 "4294967296"},
        {"Kinds", "{\"fInt64\":9223372036854775808}", "fInt64", INT64 "9223372036854775808"},
        {"Kinds", "{\"fInt64\":\"1.5\"}", "fInt64", INT64 "\"1.5\""},
        {"Kinds", "{\"fUint64\":18446744073709551616}", "fUint64", UINT64 "18446744073709551616"},
        {"Kinds", "{\"fUint64\":\"-1\"}", "fUint64", UINT64 "\"-1\""},
        {"Kinds", "{\"fSint32\":2147483648}", "fSint32", INT32 "2147483648"},
        {"Kinds", "{\"fFixed32\":-1}", "fFixed32", UINT32 "-1"},
        {"Kinds", "{\"fFloat\":3.5e38}", "fFloat", FLOAT "3.5e38"},
        {"Kinds", "{\"fFloat\":\"nan\"}", "fFloat", FLOAT "\"nan\""},
        {"Kinds", "{\"fDouble\":1e309}", "fDouble", DOUBLE "1e309"},
        {"Kinds", "{\"fDouble\":\"\"}", "fDouble", DOUBLE "\"\""},
        {"Kinds", "{\"fDouble\":\"1,5\"}", "fDouble", DOUBLE "\"1,5\""},
    };
    assert_refusals(*state, rows, COUNT(rows));
}

static void values_of_another_type_are_refused(void **state) {
    static const struct refusal rows[] = {
        {"Kinds", "{\"fBool\":1}", "fBool", "must be true or false, not 1"},
        {"Kinds", "{\"fBool\":\"true\"}", "fBool", "must be true or false, not \"true\""},
        {"Kinds", "{\"fString\":1}", "fString", "must be a string, not 1"},
        {"Kinds", "{\"fString\":[]}", "fString", "must be a string, not []"},
        {"Kinds", "{\"fBytes\":5}", "fBytes", "must be a string in base64, not 5"},
        {"Kinds", "{\"fBytes\":\"A\"}", "fBytes", "must be a string in base64, not \"A\""},
        {"Kinds", "{\"fBytes\":\"A===\"}", "fBytes", "must be a string in base64, not \"A===\""},
        {"Kinds", "{\"fBytes\":\"AA=\"}", "fBytes", "must be a string in base64, not \"AA=\""},
        {"Kinds", "{\"fBytes\":\"A A=\"}", "fBytes", "must be a string in base64, not \"A A=\""},
        {"Kinds", "{\"fEnum\":\"PINK\"}", "fEnum", COLOUR "\"PINK\""},
        {"Kinds", "{\"fEnum\":\"7\"}", "fEnum", COLOUR "\"7\""},
        {"Kinds", "{\"fEnum\":true}", "fEnum", COLOUR "true"},
        {"Kinds", "{\"fMessage\":[]}", "fMessage", "must be an object, not []"},
        {"Kinds", "{\"fMessage\":\"x\"}", "fMessage", "must be an object, not \"x\""},
        {"Lists", "{\"fInt32\":1}", "fInt32", "must be a list, not 1"},
        {"Lists", "{\"fInt32\":{}}", "fInt32", "must be a list, not {}"},
        {"Lists", "{\"fInt32\":[1,null]}", "fInt32[1]",
            "must be a whole number from -2147483648 to 2147483647, not null"},
        {"Lists", "{\"fMessage\":[{},{\"fInt32\":\"x\"}]}", "fMessage[1].fInt32", INT32 "\"x\""},
        {"Lists", "{\"fMessage\":[null]}", "fMessage[0]", "must be an object, not null"},
        {"Maps", "{\"byString\":[]}", "byString", "must be an object, not []"},
        {"Maps", "{\"byString\":{\"k\":null}}", "byString[\"k\"]", "must be a string, not null"},
        {"Maps", "{\"byInt32\":{\"x\":{}}}", "byInt32[\"x\"]", INT32 "\"x\""},
        {"Maps", "{\"byInt32\":{\"1\":{\"fMessage\":{\"fBool\":2}}}}",
            "byInt32[\"1\"].fMessage.fBool", "must be true or false, not 2"},
        {"Maps", "{\"byBool\":{\"TRUE\":1}}", "byBool[\"TRUE\"]",
            "must be true or false, not \"TRUE\""},
        {"Kinds", "[]", "", "must be an object, not []"},
        {"Kinds", "\"a text that is so long that nobody would want to read all of it\"", "",
            "must be an object, not \"a text that is so long that nobody woul..."},
    };
    assert_refusals(*state, rows, COUNT(rows));
}

static void names_are_known_and_stand_once(void **state) {
    static const struct refusal rows[] = {
        {"Thing", "{\"nme\":1}", "nme",
            "is no field of sample.v1.Thing; its fields are: id, displayName, kinds, labels, "
            "colour"},
        {"Thing", "{\"kinds\":{\"fMessage\":{\"\":1}}}", "kinds.fMessage.",
            "is no field of sample.v1.Kinds; its fields are: fDouble, fFloat, fInt64, fUint64, "
            "fInt32, fFixed64, fFixed32, fBool, fString, fBytes, fUint32, fEnum, fSfixed32, "
            "fSfixed64, fSint32, fSint64, fMessage, fFar"},
        {"google.protobuf.Empty", "{\"a\":1}", "a",
            "is no field of google.protobuf.Empty; its fields are: none"},
        {"Thing", "{\"id\":\"a\",\"id\":\"a\"}", "id", "stands in the object twice"},
        {"Thing", "{\"displayName\":\"a\",\"display_name\":\"b\"}", "displayName",
            "stands in the object twice"},
        {"Thing", "{\"id\":null,\"id\":null}", "id", "stands in the object twice"},
        {"Maps", "{\"byString\":{\"a\":\"\",\"\\u0061\":\"\"}}", "byString[\"a\"]",
            "stands in the object twice"},
        {"Maps", "{\"byInt32\":{\"1\":{},\"1.0\":{}}}", "byInt32[\"1.0\"]",
            "stands in the object twice"},
        {"WellKnown", "{\"object\":{\"a\":1,\"b\":{\"c\":1,\"c\":2}}}", "object.b.c",
            "stands in the object twice"},
        {"Choice", "{\"text\":\"a\",\"number\":1}", "number",
            "cannot be set together with text; at most one of the two"},
        {"Choice", "{\"kinds\":{},\"nothing\":null}", "nothing",
            "cannot be set together with kinds; at most one of the two"},
    };
    assert_refusals(*state, rows, COUNT(rows));
}

static void well_known_types_are_checked(void **state) {
    static const struct refusal rows[] = {
        {"WellKnown", "{\"time\":\"2026-02-29T00:00:00Z\"}", "time",
            TIME "\"2026-02-29T00:00:00Z\""},
        {"WellKnown", "{\"time\":\"2026-01-01T24:00:00Z\"}", "time",
            TIME "\"2026-01-01T24:00:00Z\""},
        {"WellKnown", "{\"time\":\"2026-01-01T00:00:60Z\"}", "time",
            TIME "\"2026-01-01T00:00:60Z\""},
        {"WellKnown", "{\"time\":\"0000-12-31T23:59:59Z\"}", "time",
            TIME "\"0000-12-31T23:59:59Z\""},
        {"WellKnown", "{\"time\":\"0001-01-01T00:00:00+01:00\"}", "time",
            TIME "\"0001-01-01T00:00:00+01:00\""},
        {"WellKnown", "{\"time\":\"2026-01-01t00:00:00Z\"}", "time",
            TIME "\"2026-01-01t00:00:00Z\""},
        {"WellKnown", "{\"time\":\"2026-01-01T00:00:00z\"}", "time",
            TIME "\"2026-01-01T00:00:00z\""},
        {"WellKnown", "{\"time\":\"2026-01-01T00:00:00\"}", "time", TIME "\"2026-01-01T00:00:00\""},
        {"WellKnown", "{\"time\":\"2026-01-01 00:00:00Z\"}", "time",
            TIME "\"2026-01-01 00:00:00Z\""},
        {"WellKnown", "{\"time\":\"2026-01-01T00:00:00.Z\"}", "time",
            TIME "\"2026-01-01T00:00:00.Z\""},
        {"WellKnown", "{\"time\":\"2026-01-01T00:00:00.0123456789Z\"}", "time",
            TIME "\"2026-01-01T00:00:00.0123456789Z\""},
        {"WellKnown", "{\"time\":1}", "time", TIME "1"},
        {"WellKnown", "{\"duration\":\"1\"}", "duration", DURATION "\"1\""},
        {"WellKnown", "{\"duration\":\"s\"}", "duration", DURATION "\"s\""},
        {"WellKnown", "{\"duration\":\"1.s\"}", "duration", DURATION "\"1.s\""},
        {"WellKnown", "{\"duration\":\"315576000001s\"}", "duration", DURATION "\"315576000001s\""},
        {"WellKnown", "{\"duration\":{\"seconds\":1}}", "duration", DURATION "{\"seconds\":1}"},
        {"WellKnown", "{\"mask\":\"a_b\"}", "mask", MASK "\"a_b\""},
        {"WellKnown", "{\"mask\":\"a,,b\"}", "mask", MASK "\"a,,b\""},
        {"WellKnown", "{\"mask\":\"a,\"}", "mask", MASK "\"a,\""},
        {"WellKnown", "{\"mask\":[\"a\"]}", "mask", MASK "[\"a\"]"},
        {"WellKnown", "{\"object\":[]}", "object", "must be an object, not []"},
        {"WellKnown", "{\"list\":{}}", "list", "must be a list, not {}"},
        {"WellKnown", "{\"value\":[1,{\"a\":1e999}]}", "value[1].a",
            "must be a number of at most 1.8e308"},
        {"WellKnown", "{\"wInt32\":\"x\"}", "wInt32", INT32 "\"x\""},
        {"WellKnown", "{\"wBool\":{\"value\":true}}", "wBool",
            "must be true or false, not {\"value\":true}"},
        {"WellKnown", "{\"wList\":[1,null]}", "wList[1]",
            "must be a whole number from -2147483648 to 2147483647, not null"},
        {"WellKnown", "{\"times\":[null]}", "times[0]",
            "must be a time like \"2026-11-22T20:15:00Z\", not null"},
        {"WellKnown", "{\"any\":{\"fInt32\":1}}", "any",
            "needs an \"@type\" like \"type.googleapis.com/package.Message\" that is known here"},
        {"WellKnown", "{\"any\":{\"@type\":\"sample.v1.Kinds\"}}", "any",
            "needs an \"@type\" like \"type.googleapis.com/package.Message\" that is known here"},
        {"WellKnown", "{\"any\":{\"@type\":\"x/no.such\"}}", "any",
            "needs an \"@type\" like \"type.googleapis.com/package.Message\" that is known here"},
        {"WellKnown", "{\"any\":{\"@type\":\"x/sample.v1.Kinds\",\"@type\":\"x/sample.v1.Kinds\"}}",
            "any", "has @type twice"},
        {"WellKnown", "{\"any\":{\"@type\":\"x/sample.v1.Kinds\",\"fInt32\":\"x\"}}", "any.fInt32",
            INT32 "\"x\""},
        {"WellKnown", "{\"any\":{\"@type\":\"x/google.protobuf.Duration\"}}", "any",
            "lacks its \"value\""},
        {"WellKnown",
            "{\"any\":{\"@type\":\"x/google.protobuf.Duration\",\"value\":\"1s\",\"v\":1}}",
            "any.v", "may not stand here; allowed are: @type, value"},
        {"WellKnown", "{\"any\":{\"@type\":\"x/google.protobuf.Duration\",\"value\":1}}",
            "any.value", DURATION "1"},
        {"WellKnown", "{\"any\":1}", "any", "must be an object, not 1"},
    };
    assert_refusals(*state, rows, COUNT(rows));
}

#define SYNTAX(problem, place) "is no valid JSON: " problem " at " place
#define END                    ", where the text ends"

static void json_is_strict(void **state) {
    static const struct refusal rows[] = {
        {"Kinds", "", "", SYNTAX("expected a value", "line 1, column 1") END},
        {"Kinds", "{", "", SYNTAX("expected a name in double quotes", "line 1, column 2") END},
        {"Kinds", "{\"fInt32\"", "", SYNTAX("expected ':'", "line 1, column 10") END},
        {"Kinds", "{\"fInt32\":", "fInt32", SYNTAX("expected a value", "line 1, column 11") END},
        {"Kinds", "{\"fInt32\":1", "", SYNTAX("expected ',' or '}'", "line 1, column 12") END},
        {"Kinds", "{\"fInt32\":1,}", "",
            SYNTAX("expected a name in double quotes", "line 1, column 13")},
        {"Kinds", "{,}", "", SYNTAX("expected a name in double quotes", "line 1, column 2")},
        {"Kinds", "{\n \"fInt32\" 1}", "", SYNTAX("expected ':'", "line 2, column 11")},
        {"Kinds", "{fInt32:1}", "", SYNTAX("expected a name in double quotes", "line 1, column 2")},
        {"Kinds", "{'fInt32':1}", "",
            SYNTAX("expected a name in double quotes", "line 1, column 2")},
        {"Kinds", "{} x", "", SYNTAX("unexpected text after the value", "line 1, column 4")},
        {"Kinds", "{}{}", "", SYNTAX("unexpected text after the value", "line 1, column 3")},
        {"Kinds", "{\"fInt32\":01}", "fInt32", SYNTAX("expected a value", "line 1, column 11")},
        {"Kinds", "{\"fInt32\":+1}", "fInt32", SYNTAX("expected a value", "line 1, column 11")},
        {"Kinds", "{\"fInt32\":.5}", "fInt32", SYNTAX("expected a value", "line 1, column 11")},
        {"Kinds", "{\"fInt32\":1.}", "fInt32", SYNTAX("expected a value", "line 1, column 11")},
        {"Kinds", "{\"fInt32\":1e}", "fInt32", SYNTAX("expected a value", "line 1, column 11")},
        {"Kinds", "{\"fInt32\":-}", "fInt32", SYNTAX("expected a value", "line 1, column 11")},
        {"Kinds", "{\"fInt32\":1x}", "", SYNTAX("expected ',' or '}'", "line 1, column 12")},
        {"Kinds", "{\"fDouble\":NaN}", "fDouble", SYNTAX("expected a value", "line 1, column 12")},
        {"Kinds", "{\"fBool\":tru}", "fBool", SYNTAX("expected a value", "line 1, column 10")},
        {"Kinds", "{\"fBool\":truex}", "", SYNTAX("expected ',' or '}'", "line 1, column 14")},
        {"Kinds", "{\"fBool\":nul}", "fBool", SYNTAX("expected a value", "line 1, column 10")},
        {"Kinds", "{\"fString\":'x'}", "fString", SYNTAX("expected a value", "line 1, column 12")},
        {"Kinds", "{\"fString\":\"x", "fString",
            SYNTAX("the string does not end", "line 1, column 14") END},
        {"Kinds", "{\"fString\":\"a\nb\"}", "fString",
            SYNTAX("unescaped control character in a string", "line 1, column 14")},
        {"Kinds", "{\"fString\":\"\\x\"}", "fString",
            SYNTAX("unsound escape in a string", "line 1, column 13")},
        {"Kinds", "{\"fString\":\"\\u12g4\"}", "fString",
            SYNTAX("unsound escape in a string", "line 1, column 13")},
        {"Kinds", "{\"fString\":\"\\ud800\"}", "fString",
            SYNTAX("unsound escape in a string", "line 1, column 13")},
        {"Kinds", "{\"fString\":\"\\ud800\\u0041\"}", "fString",
            SYNTAX("unsound escape in a string", "line 1, column 13")},
        {"Kinds", "{\"fString\":\"\\udc00\\ud800\"}", "fString",
            SYNTAX("unsound escape in a string", "line 1, column 13")},
        {"Kinds", "{\"fString\":\"\xff\"}", "fString",
            SYNTAX("a string is no valid UTF-8", "line 1, column 13")},
        {"Kinds", "{\"fString\":\"\xc0\x80\"}", "fString",
            SYNTAX("a string is no valid UTF-8", "line 1, column 13")},
        {"Kinds", "{\"fString\":\"\xed\xa0\x80\"}", "fString",
            SYNTAX("a string is no valid UTF-8", "line 1, column 13")},
        {"Kinds", "{\"\xff\":1}", "", SYNTAX("a string is no valid UTF-8", "line 1, column 3")},
        {"Kinds", "// x\n{}", "", SYNTAX("expected a value", "line 1, column 1")},
        {"Kinds", "\xef\xbb\xbf{}", "", SYNTAX("expected a value", "line 1, column 1")},
        {"Kinds", "\v{}", "", SYNTAX("expected a value", "line 1, column 1")},
        {"Lists", "{\"fInt32\":[1,]}", "fInt32[1]",
            SYNTAX("expected a value", "line 1, column 14")},
        {"Lists", "{\"fInt32\":[1 2]}", "fInt32[1]",
            SYNTAX("expected ',' or ']'", "line 1, column 14")},
        {"Lists", "{\"fInt32\":[1}", "fInt32[1]",
            SYNTAX("expected ',' or ']'", "line 1, column 13")},
        {"WellKnown", "{\"object\":{\"a\" 1}}", "object",
            SYNTAX("expected ':'", "line 1, column 16")},
    };
    assert_refusals(*state, rows, COUNT(rows));
}

/* Objects within objects, and a value in the innermost. */
static char *nested(const char *open, const char *close, size_t depth, const char *inner) {
    struct buffer json = {0};
    for (size_t i = 0; i < depth; i++)
        buffer_append_string(&json, open);
    buffer_append_string(&json, inner);
    for (size_t i = 0; i < depth; i++)
        buffer_append_string(&json, close);
    buffer_append_char(&json, '\0');
    return json.data;
}

static void depth_is_bounded(void **state) {
    static const struct {
        const char *message, *open, *close, *inner;
        size_t most;
    } rows[] = {
        {"Node", "{\"child\":", "}", "{}", 99},
        {"Node", "{\"children\":[", "]}", "{}", 49},
        {"google.protobuf.Value", "[", "]", "", 100},
        {"google.protobuf.Value", "{\"a\":", "}", "{}", 99},
    };
    struct stand *stand = *state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *fits = nested(rows[i].open, rows[i].close, rows[i].most, rows[i].inner);
        char *deep = nested(rows[i].open, rows[i].close, rows[i].most + 1, rows[i].inner);
        char *abyss = nested(rows[i].open, rows[i].close, 200000, rows[i].inner);
        assert_int_equal(stand_read(stand, rows[i].message, fits), 0);
        assert_int_equal(stand_read(stand, rows[i].message, deep), TRANSCODE_INVALID);
        assert_non_null(strstr(stand->error.message, "nested more than 100 levels deep"));
        assert_int_equal(stand_read(stand, rows[i].message, abyss), TRANSCODE_INVALID);
        assert_true(strlen(stand->error.path) < 1000);
        free(fits);
        free(deep);
        free(abyss);
    }
}

static void what_is_unknown_can_be_ignored(void **state) {
    static const struct {
        const char *message, *json, *expected;
    } rows[] = {
        {"Thing", "{\"id\":\"a\",\"x\":{\"y\":[1,{\"z\":null}]},\"colour\":1}",
            "{\"id\":\"a\",\"colour\":\"COLOUR_RED\"}"},
        {"Thing", "{\"colour\":\"PINK\"}", "{}"},
        {"Lists", "{\"fEnum\":[\"PINK\",\"COLOUR_RED\",\"PINK\"]}", "{\"fEnum\":[\"COLOUR_RED\"]}"},
        {"Lists", "{\"fEnum\":[\"PINK\"]}", "{}"},
        {"Maps", "{\"byBool\":{\"true\":\"PINK\",\"false\":1}}",
            "{\"byBool\":{\"false\":\"COLOUR_RED\"}}"},
    };
    struct stand *stand = *state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        stand_clear(stand);
        struct json_request request = {
            .schema = sample_schema(),
            .message = sample_message(rows[i].message),
            .json = text_from(rows[i].json),
            .has_json = true,
            .ignores_unknown = true,
        };
        int r = json_to_wire(&request, &stand->arena, &stand->wire, &stand->error);
        assert_int_equal(r, 0);
        r = stand_print(stand, rows[i].message, buffer_text(&stand->wire), JSON_ZEROS_OMITTED);
        assert_int_equal(r, 0);
        assert_text_equal(buffer_text(&stand->json), rows[i].expected);
    }
}

static void an_error_knows_its_offset(void **state) {
    struct stand *stand = *state;
    assert_int_equal(stand_read(stand, "Kinds", "{\"fBool\": 1}"), TRANSCODE_INVALID);
    assert_int_equal(stand->error.offset, 10);
    assert_int_equal(stand_read(stand, "Kinds", "{\"fBool\": true,}"), TRANSCODE_INVALID);
    assert_int_equal(stand->error.offset, 15);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_that_do_not_fit_are_refused),
        cmocka_unit_test(values_of_another_type_are_refused),
        cmocka_unit_test(names_are_known_and_stand_once),
        cmocka_unit_test(well_known_types_are_checked),
        cmocka_unit_test(json_is_strict),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(what_is_unknown_can_be_ignored),
        cmocka_unit_test(an_error_knows_its_offset),
    };
    return cmocka_run_group_tests(tests, stand_setup, stand_teardown);
}
