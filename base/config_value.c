/* SPDX-License-Identifier: Apache-2.0 */
#include "base/config_value.h"

#include <errno.h>
#include <string.h>

#include "base/buffer.h"
#include "base/text.h"

enum { TEXT_SIZE_MAX = 4096, UNIX_PATH_SIZE_MAX = 107 };
enum { QUOTED_SIZE_MAX = 80 };

struct unit {
    struct text name;
    int64_t factor;
};

#define UNIT(name, factor)                                                                         \
    { {"" name, sizeof(name) - 1}, factor }

static const struct unit duration_units[] = {
    UNIT("ms", 1),
    UNIT("s", 1000),
    UNIT("m", 60 * 1000),
    UNIT("h", 3600 * 1000),
    UNIT("d", 24 * 3600 * 1000),
};

static const struct unit byte_units[] = {
    UNIT("", 1),
    UNIT("KiB", INT64_C(1) << 10),
    UNIT("MiB", INT64_C(1) << 20),
    UNIT("GiB", INT64_C(1) << 30),
    UNIT("TiB", INT64_C(1) << 40),
};

static bool is_in_range(const struct config_entry *entry, int64_t value) {
    return (entry->min == 0 && entry->max == 0) || (value >= entry->min && value <= entry->max);
}

static int parse_text(const struct config_entry *entry, const char *value, const char **ret_text) {
    size_t max = entry->max ? (size_t)entry->max : TEXT_SIZE_MAX;
    if (strlen(value) > max || strlen(value) < (size_t)entry->min)
        return -EINVAL;
    *ret_text = value;
    return 0;
}

static int parse_int(const struct config_entry *entry, const char *value, int64_t *ret_number) {
    int64_t number;
    if (text_to_i64(text_from(value), &number) < 0 || !is_in_range(entry, number))
        return -EINVAL;
    *ret_number = number;
    return 0;
}

static const struct unit *unit_find(const struct unit *units, size_t count, struct text name) {
    for (size_t i = 0; i < count; i++)
        if (text_equal(units[i].name, name))
            return &units[i];
    return NULL;
}

/* Digits, then one of the units. */
static int parse_quantity(const struct config_entry *entry, const char *value,
    const struct unit *units, size_t count, int64_t *ret_quantity) {
    size_t digits = strspn(value, "0123456789");
    int64_t number;
    const struct unit *unit = unit_find(units, count, text_from(value + digits));
    if (!unit || text_to_i64((struct text){value, digits}, &number) < 0 ||
        __builtin_mul_overflow(number, unit->factor, &number) || !is_in_range(entry, number))
        return -EINVAL;
    *ret_quantity = number;
    return 0;
}

static int parse_bool(const char *value, bool *ret_bool) {
    static const char *const words[] = {"false", "true", "0", "1", "no", "yes", "off", "on"};
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (text_equal_ignore_case(text_from(value), text_from(words[i]))) {
            *ret_bool = i % 2;
            return 0;
        }
    return -EINVAL;
}

/* The index among "a|b|c", or -1. */
static int64_t choice_find(const char *choices, struct text choice) {
    struct text rest = text_from(choices);
    for (int64_t i = 0; rest.size > 0; i++)
        if (text_equal(text_cut(&rest, '|'), choice))
            return i;
    return -1;
}

static int parse_choice(const struct config_entry *entry, const char *value, int64_t *ret_index) {
    int64_t index = choice_find(entry->choices, text_from(value));
    if (index < 0)
        return -EINVAL;
    *ret_index = index;
    return 0;
}

static bool is_host(struct text host) {
    bool is_bracketed = host.size > 2 && host.data[0] == '[' && host.data[host.size - 1] == ']';
    if (is_bracketed)
        host = (struct text){host.data + 1, host.size - 2};
    for (size_t i = 0; i < host.size; i++) {
        char c = host.data[i], folded = (char)(c | 0x20);
        bool is_name = (c >= '0' && c <= '9') || (folded >= 'a' && folded <= 'z') || c == '.' ||
                       c == '-' || c == '_';
        if (!is_name && !(is_bracketed && (c == ':' || c == '%')))
            return false;
    }
    return host.size > 0;
}

static bool may_be_path(const struct config_entry *entry) {
    return entry->choices && strcmp(entry->choices, "unix") == 0;
}

static bool is_address(const struct config_entry *entry, struct text value) {
    if (may_be_path(entry) && text_starts_with(value, TEXT("unix:/")))
        return value.size > strlen("unix:/") && value.size <= strlen("unix:") + UNIX_PATH_SIZE_MAX;
    const char *colon = memrchr(value.data, ':', value.size);
    if (!colon || value.size >= CONFIG_ADDRESS_SIZE)
        return false;
    struct text host = {value.data, (size_t)(colon - value.data)};
    struct text port = {colon + 1, value.size - host.size - 1};
    uint64_t number;
    return is_host(host) && text_to_u64(port, &number) == 0 && number <= 65535;
}

static int parse_address(
    const struct config_entry *entry, const char *value, const char **ret_address) {
    if (!is_address(entry, text_from(value)))
        return -EINVAL;
    *ret_address = value;
    return 0;
}

static int parse_addresses(
    const struct config_entry *entry, const char *value, const char **ret_addresses) {
    struct text rest = text_from(value);
    do {
        if (!is_address(entry, text_cut(&rest, ',')))
            return -EINVAL;
    } while (rest.size > 0);
    *ret_addresses = value;
    return 0;
}

static int parse_url(const struct config_entry *entry, const char *value, const char **ret_url) {
    const char *colon = strstr(value, "://");
    if (!colon || !colon[3] || strlen(value) > TEXT_SIZE_MAX || strpbrk(value, " \t\r\n"))
        return -EINVAL;
    if (choice_find(entry->choices, (struct text){value, (size_t)(colon - value)}) < 0)
        return -EINVAL;
    *ret_url = value;
    return 0;
}

bool config_kind_is_text(enum config_kind kind) {
    return kind == CONFIG_TEXT || kind == CONFIG_ADDRESS || kind == CONFIG_ADDRESSES ||
           kind == CONFIG_URL;
}

int config_value_parse(const struct config_entry *entry, const char *value, void *ret_member) {
    switch (entry->kind) {
    case CONFIG_TEXT:
        return parse_text(entry, value, ret_member);
    case CONFIG_INT:
        return parse_int(entry, value, ret_member);
    case CONFIG_BOOL:
        return parse_bool(value, ret_member);
    case CONFIG_CHOICE:
        return parse_choice(entry, value, ret_member);
    case CONFIG_DURATION_MS:
        return parse_quantity(entry, value, duration_units, ARRAY_SIZE(duration_units), ret_member);
    case CONFIG_BYTES:
        return parse_quantity(entry, value, byte_units, ARRAY_SIZE(byte_units), ret_member);
    case CONFIG_ADDRESS:
        return parse_address(entry, value, ret_member);
    case CONFIG_ADDRESSES:
        return parse_addresses(entry, value, ret_member);
    case CONFIG_URL:
        return parse_url(entry, value, ret_member);
    }
    return -EINVAL;
}

/* In the largest unit that divides it: 90000 ms is "90s". */
static void append_quantity(
    struct buffer *buffer, int64_t quantity, const struct unit *units, size_t count) {
    size_t i = quantity ? count - 1 : 0;
    while (quantity % units[i].factor != 0)
        i--;
    buffer_append_i64(buffer, quantity / units[i].factor);
    buffer_append_text(buffer, units[i].name);
}

static void append_range(const struct config_entry *entry, struct buffer *buffer,
    const struct unit *units, size_t count) {
    if (entry->min == 0 && entry->max == 0)
        return;
    buffer_append_string(buffer, " from ");
    append_quantity(buffer, entry->min, units, count);
    buffer_append_string(buffer, " to ");
    append_quantity(buffer, entry->max, units, count);
}

/* "a", "a or b", "a, b or c". */
static void append_choices(struct buffer *buffer, const char *choices, const char *suffix) {
    struct text rest = text_from(choices);
    while (rest.size > 0) {
        buffer_append_text(buffer, text_cut(&rest, '|'));
        buffer_append_string(buffer, suffix);
        bool is_last_but_one = rest.size > 0 && !memchr(rest.data, '|', rest.size);
        buffer_append_string(buffer, is_last_but_one ? " or " : rest.size > 0 ? ", " : "");
    }
}

static void describe_text(const struct config_entry *entry, struct buffer *buffer) {
    buffer_append_string(buffer, "a text of ");
    if (entry->min > 0)
        buffer_printf(buffer, "%lld to ", (long long)entry->min);
    else
        buffer_append_string(buffer, "at most ");
    buffer_printf(buffer, "%lld bytes", (long long)(entry->max ? entry->max : TEXT_SIZE_MAX));
}

void config_value_describe(const struct config_entry *entry, struct buffer *buffer) {
    switch (entry->kind) {
    case CONFIG_TEXT:
        describe_text(entry, buffer);
        break;
    case CONFIG_INT:
        buffer_append_string(buffer, "a whole number");
        append_range(entry, buffer, byte_units, 1);
        break;
    case CONFIG_BOOL:
        buffer_append_string(buffer, "true, false, 1, 0, yes, no, on or off");
        break;
    case CONFIG_CHOICE:
        append_choices(buffer, entry->choices, "");
        break;
    case CONFIG_DURATION_MS:
        buffer_append_string(buffer, "a duration with a unit (ms, s, m, h or d)");
        append_range(entry, buffer, duration_units, ARRAY_SIZE(duration_units));
        break;
    case CONFIG_BYTES:
        buffer_append_string(buffer, "a size in bytes, KiB, MiB, GiB or TiB");
        append_range(entry, buffer, byte_units, ARRAY_SIZE(byte_units));
        break;
    case CONFIG_ADDRESS:
        buffer_append_string(buffer, "host:port");
        buffer_append_string(buffer, may_be_path(entry) ? " or unix:/path" : "");
        break;
    case CONFIG_ADDRESSES:
        buffer_append_string(buffer, "host:port");
        buffer_append_string(buffer, may_be_path(entry) ? " or unix:/path" : "");
        buffer_append_string(buffer, ", several separated by commas");
        break;
    case CONFIG_URL:
        append_choices(buffer, entry->choices, "://...");
        break;
    }
}

/* Cuts what stands between "://" and the last "@" off `value`, up to where the host begins. */
static struct text cut_user(struct text *value) {
    const char *user = memmem(value->data, value->size, "://", 3);
    const char *at = memrchr(value->data, '@', value->size);
    if (!user || !at || at < user + 3)
        return TEXT("");
    struct text scheme = {value->data, (size_t)(user + 3 - value->data)};
    *value = (struct text){at, value->size - (size_t)(at - value->data)};
    return scheme;
}

void config_value_quote(
    const struct config_entry *entry, const char *value, struct buffer *buffer) {
    struct text rest = text_from(value), scheme = cut_user(&rest);
    char scratch[TEXT_ESCAPE_SIZE];
    buffer_append_char(buffer, '"');
    buffer_append_text(buffer, scheme);
    if (scheme.size > 0)
        buffer_append_string(buffer, "***");
    bool is_long = rest.size > QUOTED_SIZE_MAX;
    if (is_long)
        rest.size = QUOTED_SIZE_MAX;
    while (rest.size > 0)
        buffer_append_text(buffer, text_cut_escaped(&rest, scratch));
    buffer_append_string(buffer, is_long ? "...\"" : "\"");
}
