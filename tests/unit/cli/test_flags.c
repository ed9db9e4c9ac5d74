/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/flags.h"

enum { ARGUMENTS_MAX = 8 };

struct values {
    const char *name, *form, *place;
    int64_t count, wait_ms;
    bool fast;
};

static const struct flag flags[] = {
    {"name", FLAG_TEXT, offsetof(struct values, name), .help = "who"},
    {"count", FLAG_INT, offsetof(struct values, count), "7", 1, 10, "how many"},
    {"wait", FLAG_DURATION_MS, offsetof(struct values, wait_ms), "2s", 100, 60000, "how long"},
    {"form", FLAG_CHOICE, offsetof(struct values, form), "text", .choices = "text|json",
        .help = "which form"},
    {"place", FLAG_TEXT, offsetof(struct values, place), "here", .help = "where",
        .variable = "TEST_PLACE"},
    {"fast", FLAG_SWITCH, offsetof(struct values, fast), .help = "no pause"},
};
static const struct flag_table table = {"tool act", "does it", flags, ARRAY_SIZE(flags)};

/* Arguments are separated by one space. What is said on stderr or stdout goes to `said`. */
static char said[4096];

static int parse(const char *line, struct values *values) {
    static char words[512];
    char *arguments[ARGUMENTS_MAX], *rest = words;
    int count = 0;
    snprintf(words, sizeof words, "%s", line);
    for (char *word; (word = strtok_r(rest, " ", &rest));)
        arguments[count++] = word;

    FILE *file = tmpfile();
    int out = dup(1), err = dup(2);
    fflush(stdout);
    dup2(fileno(file), 1);
    dup2(fileno(file), 2);
    *values = (struct values){0};
    int r = flags_parse(&table, count, arguments, values);
    fflush(stdout);
    dup2(out, 1);
    dup2(err, 2);
    close(out);
    close(err);
    rewind(file);
    said[fread(said, 1, sizeof said - 1, file)] = '\0';
    fclose(file);
    return r;
}

static void assert_refused(const char *line, const char *words) {
    struct values values;
    assert_int_equal(parse(line, &values), FLAGS_REFUSED);
    if (!strstr(said, words))
        fail_msg("for \"%s\" it says \"%s\", not \"%s\"", line, said, words);
}

static void what_is_not_given_has_its_default(void **state) {
    struct values values;
    assert_int_equal(parse("--name Ada", &values), 0);
    assert_string_equal(values.name, "Ada");
    assert_int_equal(values.count, 7);
    assert_int_equal(values.wait_ms, 2000);
    assert_string_equal(values.form, "text");
    assert_false(values.fast);
    assert_string_equal(said, "");
}

static void a_value_follows_a_space_or_an_equal_sign(void **state) {
    struct values values;
    assert_int_equal(parse("--fast --count=10 --name a=b --wait 250ms --form json", &values), 0);
    assert_string_equal(values.name, "a=b");
    assert_int_equal(values.count, 10);
    assert_int_equal(values.wait_ms, 250);
    assert_string_equal(values.form, "json");
    assert_true(values.fast);
}

static void a_variable_stands_for_the_default(void **state) {
    struct values values;
    assert_int_equal(setenv("TEST_PLACE", "there", 1), 0);
    assert_int_equal(parse("--name Ada", &values), 0);
    assert_string_equal(values.place, "there");
    assert_int_equal(parse("--name Ada --place elsewhere", &values), 0);
    assert_string_equal(values.place, "elsewhere");
    assert_int_equal(setenv("TEST_PLACE", "", 1), 0);
    assert_int_equal(parse("--name Ada", &values), 0);
    assert_string_equal(values.place, "here");
    unsetenv("TEST_PLACE");
}

static void the_last_one_counts(void **state) {
    struct values values;
    assert_int_equal(parse("--name a --name b", &values), 0);
    assert_string_equal(values.name, "b");
}

static void durations_have_a_unit(void **state) {
    struct values values;
    assert_int_equal(parse("--name a --wait 1m", &values), 0);
    assert_int_equal(values.wait_ms, 60000);
    assert_refused("--name a --wait 500", "a duration like");
    assert_refused("--name a --wait s", "a duration like");
    assert_refused("--name a --wait 1d", "100 to 60000 ms");
    assert_refused("--name a --wait 2h", "100 to 60000 ms");
    assert_refused("--name a --wait 9223372036854775807h", "a duration like");
}

static void bad_values_are_refused_in_a_sentence(void **state) {
    assert_refused("--name a --count 11", "--count: \"11\" is not 1 to 10");
    assert_refused("--name a --count 0", "is not 1 to 10");
    assert_refused("--name a --count x", "is not a number");
    assert_refused("--name a --form xml", "is not one of text|json");
    assert_refused("--name a --form tex", "is not one of text|json");
    assert_refused("--name a --fast=yes", "is a switch");
    assert_refused("--name a --nme b", "--nme is unknown");
    assert_refused("--name a b", "\"b\" is not a flag");
    assert_refused("--name", "it needs a value");
    assert_refused("--count 3", "--name is required: who");
}

static void help_names_every_flag(void **state) {
    struct values values;
    assert_int_equal(parse("--help", &values), FLAGS_HELP);
    for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
        assert_non_null(strstr(said, flags[i].name));
        assert_non_null(strstr(said, flags[i].help));
    }
    assert_non_null(strstr(said, "(default 2s)"));
    assert_non_null(strstr(said, "(required)"));
    assert_non_null(strstr(said, "(default here, or what $TEST_PLACE says)"));
    assert_non_null(strstr(said, "text|json"));
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_given_has_its_default),
        cmocka_unit_test(a_value_follows_a_space_or_an_equal_sign),
        cmocka_unit_test(a_variable_stands_for_the_default),
        cmocka_unit_test(the_last_one_counts),
        cmocka_unit_test(durations_have_a_unit),
        cmocka_unit_test(bad_values_are_refused_in_a_sentence),
        cmocka_unit_test(help_names_every_flag),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
