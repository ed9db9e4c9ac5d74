/* SPDX-License-Identifier: Apache-2.0 */
#include "base/config.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/config_value.h"
#include "base/text.h"

/* Variables that carry this prefix are ours alone, so one that nobody knows is a mistake. */
static const char own_prefix[] = "MYEVENTS_";

/* NULL when it is not set. Set to nothing counts as not set: that is how deployment files write it.
 */
static const char *environment_find(char **environment, const char *name) {
    size_t size = strlen(name);
    for (; *environment; environment++)
        if (strncmp(*environment, name, size) == 0 && (*environment)[size] == '=')
            return (*environment)[size + 1] ? *environment + size + 1 : NULL;
    return NULL;
}

static void *config_member(const struct config_entry *entry, void *config) {
    return (char *)config + entry->offset;
}

static void use_fallback(const struct config_entry *entry, void *config) {
    if (!entry->fallback[0] && config_kind_is_text(entry->kind)) {
        *(const char **)config_member(entry, config) = entry->fallback;
        return;
    }
    int r = config_value_parse(entry, entry->fallback, config_member(entry, config));
    assert(r == 0 && "the table's own fallback is valid");
}

static void refuse_value(
    const struct config_entry *entry, const char *value, struct buffer *messages) {
    buffer_printf(messages, "%s: ", entry->name);
    config_value_quote(entry, value, messages);
    buffer_append_string(messages, " is not ");
    config_value_describe(entry, messages);
    buffer_append_char(messages, '\n');
}

static void refuse_missing(const struct config_entry *entry, struct buffer *messages) {
    buffer_printf(messages, "%s is not set, but required: ", entry->name);
    config_value_describe(entry, messages);
    if (entry->help)
        buffer_printf(messages, ", %s", entry->help);
    buffer_append_char(messages, '\n');
}

static void load_entry(
    const struct config_entry *entry, char **environment, void *config, struct buffer *messages) {
    const char *value = environment_find(environment, entry->name);
    if (entry->fallback)
        use_fallback(entry, config);
    if (!value && !entry->fallback)
        refuse_missing(entry, messages);
    if (value && config_value_parse(entry, value, config_member(entry, config)) < 0)
        refuse_value(entry, value, messages);
}

static size_t smallest(size_t a, size_t b, size_t c) {
    size_t least = a < b ? a : b;
    return least < c ? least : c;
}

enum { NAME_SIZE_MAX = 64, NAME_DISTANCE_MAX = 3 };

/* How many letters must be put in, left out or changed to make one of the other. */
static size_t name_distance(struct text a, struct text b) {
    size_t row[NAME_SIZE_MAX + 1];
    if (a.size > NAME_SIZE_MAX || b.size > NAME_SIZE_MAX)
        return NAME_SIZE_MAX;
    for (size_t j = 0; j <= b.size; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.size; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.size; j++) {
            size_t changed = diagonal + (a.data[i - 1] != b.data[j - 1]);
            diagonal = row[j];
            row[j] = smallest(changed, row[j] + 1, row[j - 1] + 1);
        }
    }
    return row[b.size];
}

/* NULL when none is close. */
static const char *nearest_name(const struct config_table *table, struct text name) {
    const char *nearest = NULL;
    size_t least = NAME_DISTANCE_MAX + 1;
    for (size_t i = 0; i < table->count; i++) {
        size_t distance = name_distance(name, text_from(table->entries[i].name));
        if (distance < least) {
            least = distance;
            nearest = table->entries[i].name;
        }
    }
    return nearest;
}

static bool is_known(const struct config_table *table, struct text name) {
    for (size_t i = 0; i < table->count; i++)
        if (text_equal(name, text_from(table->entries[i].name)))
            return true;
    return false;
}

static void refuse_unknown(
    const struct config_table *table, struct text name, struct buffer *messages) {
    buffer_printf(messages, "%.*s is not a variable of %s", TEXT_ARG(name), table->program);
    const char *nearest = nearest_name(table, name);
    if (nearest)
        buffer_printf(messages, "; did you mean %s?", nearest);
    else
        buffer_append_string(messages, "; see --help");
    buffer_append_char(messages, '\n');
}

static void check_names(
    const struct config_table *table, char **environment, struct buffer *messages) {
    for (; *environment; environment++) {
        struct text rest = text_from(*environment), name = text_cut(&rest, '=');
        if (text_starts_with(name, text_from(own_prefix)) && !is_known(table, name))
            refuse_unknown(table, name, messages);
    }
}

/* True when there is nothing to say. */
static bool config_check(
    const struct config_table *table, char **environment, void *config, struct buffer *messages) {
    for (size_t i = 0; i < table->count; i++)
        load_entry(&table->entries[i], environment, config, messages);
    check_names(table, environment, messages);
    return messages->size == 0;
}

int config_parse(const struct config_table *table, char **environment, void *ret_config,
    char *ret_message, size_t message_size) {
    _cleanup_(buffer_deinit) struct buffer messages = {0};
    bool is_good = config_check(table, environment, ret_config, &messages);
    snprintf(ret_message, message_size, "%.*s", TEXT_ARG(buffer_text(&messages)));
    return is_good ? 0 : CONFIG_REFUSED;
}

static void append_help(const struct config_table *table, struct buffer *help) {
    buffer_printf(help, "%s %s: %s\n\n", table->program, MYEVENTS_VERSION, table->summary);
    buffer_printf(help, "Usage: %s [--help | --version]\n\n", table->program);
    buffer_append_string(help, "Configured by the environment:\n");
    for (size_t i = 0; i < table->count; i++) {
        const struct config_entry *entry = &table->entries[i];
        buffer_printf(help, "\n  %s\n      ", entry->name);
        if (entry->help)
            buffer_printf(help, "%s\n      ", entry->help);
        config_value_describe(entry, help);
        if (!entry->fallback)
            buffer_append_string(help, "; required\n");
        else if (entry->fallback[0])
            buffer_printf(help, "; default %s\n", entry->fallback);
        else
            buffer_append_string(help, "; default none\n");
    }
}

static int handle_argument(const struct config_table *table, const char *argument) {
    _cleanup_(buffer_deinit) struct buffer output = {0};
    if (strcmp(argument, "--help") == 0) {
        append_help(table, &output);
    } else if (strcmp(argument, "--version") == 0) {
        buffer_printf(&output, "%s %s\n", table->program, MYEVENTS_VERSION);
    } else {
        fprintf(stderr, "%s: \"%s\" is not an argument; see --help\n", table->program, argument);
        return CONFIG_REFUSED;
    }
    fwrite(output.data, 1, output.size, stdout);
    fflush(stdout);
    return CONFIG_DONE;
}

int config_load(const struct config_table *table, int argc, char **argv, void *ret_config) {
    if (argc > 1)
        return handle_argument(table, argv[1]);
    _cleanup_(buffer_deinit) struct buffer messages = {0};
    if (config_check(table, environ, ret_config, &messages))
        return 0;
    for (struct text rest = buffer_text(&messages); rest.size > 0;) {
        struct text sentence = text_cut(&rest, '\n');
        fprintf(stderr, "%s: %.*s\n", table->program, TEXT_ARG(sentence));
    }
    return CONFIG_REFUSED;
}
