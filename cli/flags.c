/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/flags.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* A variable that is set to nothing counts as not set. */
static const char *fallback_of(const struct flag *flag) {
    const char *value = flag->variable ? getenv(flag->variable) : NULL;
    return value && value[0] ? value : flag->fallback;
}

static void print_default(const struct flag *flag) {
    if (flag->variable)
        printf(" (default %s, or what $%s says)", flag->fallback, flag->variable);
    else if (flag->fallback && flag->fallback[0])
        printf(" (default %s)", flag->fallback);
    else if (!flag->fallback && flag->kind != FLAG_SWITCH)
        printf(" (required)");
}

static void print_help(const struct flag_table *table) {
    printf("%s: %s\n\n", table->command, table->summary);
    for (size_t i = 0; i < table->count; i++) {
        const struct flag *flag = &table->flags[i];
        printf("  --%-18s %s", flag->name, flag->help);
        if (flag->kind == FLAG_CHOICE)
            printf(": %s", flag->choices);
        print_default(flag);
        printf("\n");
    }
}

static int parse_duration(struct text text, int64_t *ret_ms) {
    static const struct {
        const char *suffix;
        int64_t ms;
    } units[] = {
        {"ms", 1}, {"s", 1000}, {"m", 60 * 1000}, {"h", 3600 * 1000}, {"d", 24 * 3600 * 1000}};

    for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
        struct text suffix = text_from(units[i].suffix);
        int64_t number;
        if (!text_ends_with(text, suffix) ||
            text_to_i64((struct text){text.data, text.size - suffix.size}, &number) < 0)
            continue;
        return __builtin_mul_overflow(number, units[i].ms, ret_ms) ? -ERANGE : 0;
    }
    return -EINVAL;
}

static int refuse(
    const struct flag_table *table, const char *name, const char *value, const char *allowed) {
    fprintf(stderr, "%s: --%s: \"%s\" is not %s\n", table->command, name, value, allowed);
    return FLAGS_REFUSED;
}

static int set_number(
    const struct flag_table *table, const struct flag *flag, const char *value, void *place) {
    bool is_duration = flag->kind == FLAG_DURATION_MS;
    int64_t number;
    int r = is_duration ? parse_duration(text_from(value), &number)
                        : text_to_i64(text_from(value), &number);
    if (r < 0)
        return refuse(table, flag->name, value,
            is_duration ? "a duration like 250ms, 2s, 10m, 24h or 7d" : "a number");
    if ((flag->min || flag->max) && (number < flag->min || number > flag->max)) {
        char allowed[80];
        snprintf(allowed, sizeof allowed, "%lld to %lld%s", (long long)flag->min,
            (long long)flag->max, is_duration ? " ms" : "");
        return refuse(table, flag->name, value, allowed);
    }
    *(int64_t *)place = number;
    return 0;
}

static bool is_choice(const struct flag *flag, const char *value) {
    struct text choices = text_from(flag->choices);
    while (choices.size)
        if (text_equal(text_cut(&choices, '|'), text_from(value)))
            return true;
    return false;
}

static int set_text(
    const struct flag_table *table, const struct flag *flag, const char *value, void *place) {
    if (flag->kind == FLAG_CHOICE && !is_choice(flag, value)) {
        char allowed[80];
        snprintf(allowed, sizeof allowed, "one of %s", flag->choices);
        return refuse(table, flag->name, value, allowed);
    }
    *(const char **)place = value;
    return 0;
}

static int set_value(
    const struct flag_table *table, const struct flag *flag, const char *value, void *values) {
    void *place = (char *)values + flag->offset;
    bool is_text = flag->kind == FLAG_TEXT || flag->kind == FLAG_CHOICE;
    return is_text ? set_text(table, flag, value, place) : set_number(table, flag, value, place);
}

static const struct flag *find_flag(const struct flag_table *table, struct text name) {
    for (size_t i = 0; i < table->count; i++)
        if (text_equal(text_from(table->flags[i].name), name))
            return &table->flags[i];
    return NULL;
}

static int set_fallbacks(const struct flag_table *table, void *values) {
    for (size_t i = 0; i < table->count; i++) {
        const struct flag *flag = &table->flags[i];
        if (!flag->fallback || flag->kind == FLAG_SWITCH)
            continue;
        int r = set_value(table, flag, fallback_of(flag), values);
        if (r != 0)
            return r;
    }
    return 0;
}

/* Takes one flag at argv[*index], moves *index behind it. */
static int take_flag(const struct flag_table *table, int argc, char **argv, int *index,
    void *values, uint64_t *seen) {
    struct text value = text_from(argv[*index]);
    if (!text_starts_with(value, TEXT("--"))) {
        fprintf(
            stderr, "%s: \"%s\" is not a flag; --help lists them\n", table->command, argv[*index]);
        return FLAGS_REFUSED;
    }
    bool has_value = strchr(argv[*index], '=') != NULL;
    struct text name = text_cut(&value, '=');
    name = (struct text){name.data + 2, name.size - 2};
    const struct flag *flag = find_flag(table, name);
    if (!flag) {
        fprintf(stderr, "%s: --%.*s is unknown; --help lists the flags\n", table->command,
            TEXT_ARG(name));
        return FLAGS_REFUSED;
    }
    *seen |= UINT64_C(1) << (flag - table->flags);
    *index += 1;
    if (flag->kind == FLAG_SWITCH) {
        if (has_value)
            return refuse(table, flag->name, value.data, "allowed: it is a switch without a value");
        *(bool *)((char *)values + flag->offset) = true;
        return 0;
    }
    if (!has_value && *index >= argc)
        return refuse(table, flag->name, "", "complete: it needs a value");
    const char *given = has_value ? value.data : argv[(*index)++];
    return set_value(table, flag, given, values);
}

static int require_all(const struct flag_table *table, uint64_t seen) {
    for (size_t i = 0; i < table->count; i++) {
        const struct flag *flag = &table->flags[i];
        if (flag->fallback || flag->kind == FLAG_SWITCH || seen & UINT64_C(1) << i)
            continue;
        fprintf(stderr, "%s: --%s is required: %s\n", table->command, flag->name, flag->help);
        return FLAGS_REFUSED;
    }
    return 0;
}

int flags_parse(const struct flag_table *table, int argc, char **argv, void *ret_values) {
    uint64_t seen = 0;
    int r = set_fallbacks(table, ret_values);
    for (int i = 0; r == 0 && i < argc;) {
        if (strcmp(argv[i], "--help") == 0) {
            print_help(table);
            return FLAGS_HELP;
        }
        r = take_flag(table, argc, argv, &i, ret_values, &seen);
    }
    return r != 0 ? r : require_all(table, seen);
}
