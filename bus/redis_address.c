/* SPDX-License-Identifier: Apache-2.0 */
#include "bus/redis_address.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"

enum { REDIS_PORT = 6379, DATABASE_MAX = 65535 };

static int hex_value(char c) {
    static const char digits[] = "0123456789abcdef";
    const char *digit = c ? strchr(digits, c | (c >= 'A' ? 0x20 : 0)) : NULL;
    return digit ? (int)(digit - digits) : -1;
}

/* One decoded byte from the front of *text, or negative when it is a broken escape. */
static int take_byte(struct text *text) {
    char c = text->data[0];
    int high, low;
    size_t size = c == '%' ? 3 : 1;
    if (text->size < size)
        return -1;
    high = size == 3 ? hex_value(text->data[1]) : 0;
    low = size == 3 ? hex_value(text->data[2]) : 0;
    text->data += size;
    text->size -= size;
    if (size == 1)
        return (unsigned char)c;
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static int decode(struct text text, char *ret_string, size_t room) {
    size_t size = 0;
    while (text.size > 0) {
        int byte = take_byte(&text);
        if (byte <= 0 || size + 1 >= room)
            return -EINVAL;
        ret_string[size++] = (char)byte;
    }
    ret_string[size] = 0;
    return 0;
}

static bool find_last(struct text text, char c, size_t *ret_at) {
    for (size_t i = text.size; i > 0; i--)
        if (text.data[i - 1] == c) {
            *ret_at = i - 1;
            return true;
        }
    return false;
}

/* "user:password", ":password" or, as some write it, "password". */
static int parse_login(struct text login, struct redis_address *address) {
    bool has_colon = memchr(login.data, ':', login.size) != NULL;
    struct text user = has_colon ? text_cut(&login, ':') : TEXT("");
    int r = decode(user, address->user, sizeof(address->user));
    return r < 0 ? r : decode(login, address->password, sizeof(address->password));
}

/* Leaves what is behind the login in *text. */
static int take_login(struct text *text, struct redis_address *address) {
    size_t at;
    if (!find_last(*text, '@', &at))
        return 0;
    struct text login = {text->data, at};
    *text = (struct text){text->data + at + 1, text->size - at - 1};
    return parse_login(login, address);
}

static int parse_number(struct text text, uint64_t max, uint64_t *ret_number) {
    uint64_t number;
    int r = text_to_u64(text, &number);
    if (r < 0 || number > max)
        return -EINVAL;
    *ret_number = number;
    return 0;
}

/* "host", "host:port" or "[ipv6]:port". */
static int parse_host(struct text authority, struct redis_address *address, const char **ret_why) {
    struct text host = authority, port = {0};
    size_t colon;
    uint64_t number = REDIS_PORT;
    bool is_bracketed = text_starts_with(authority, TEXT("["));
    bool has_colon = find_last(authority, ':', &colon) && authority.data[authority.size - 1] != ']';
    if (has_colon) {
        host.size = colon;
        port = (struct text){authority.data + colon + 1, authority.size - colon - 1};
    }
    if (is_bracketed && text_ends_with(host, TEXT("]")))
        host = (struct text){host.data + 1, host.size - 2};
    *ret_why = "the host is missing or too long";
    if (host.size == 0 || decode(host, address->host, sizeof(address->host)) < 0)
        return -EINVAL;
    *ret_why = "the port is not a number from 1 to 65535";
    if (has_colon && (parse_number(port, UINT16_MAX, &number) < 0 || number == 0))
        return -EINVAL;
    address->port = (uint16_t)number;
    return 0;
}

static int parse_tcp(struct text rest, struct redis_address *address, const char **ret_why) {
    struct text authority = text_cut(&rest, '/');
    uint64_t database = 0;
    *ret_why = "the user or password is too long or has a broken escape";
    if (take_login(&authority, address) < 0)
        return -EINVAL;
    if (parse_host(authority, address, ret_why) < 0)
        return -EINVAL;
    *ret_why = "behind the slash stands the number of a database";
    if (rest.size > 0 && parse_number(rest, DATABASE_MAX, &database) < 0)
        return -EINVAL;
    address->database = (uint32_t)database;
    return 0;
}

static int parse_unix(struct text rest, struct redis_address *address, const char **ret_why) {
    *ret_why = "the user or password is too long or has a broken escape";
    if (take_login(&rest, address) < 0)
        return -EINVAL;
    *ret_why = "the path of the socket is not absolute or too long";
    if (!text_starts_with(rest, TEXT("/")))
        return -EINVAL;
    return decode(rest, address->path, sizeof(address->path));
}

int redis_address_parse(const char *url, struct redis_address *ret_address, const char **ret_why) {
    struct text text = text_from(url), tcp = TEXT("redis://"), local = TEXT("redis+unix://");
    bool is_local = text_starts_with(text, local);
    struct redis_address address = {0};
    size_t skip = is_local ? local.size : tcp.size;
    int r;
    *ret_why = "the scheme is neither redis:// nor redis+unix://";
    if (!is_local && !text_starts_with(text, tcp))
        return -EINVAL;
    text = (struct text){text.data + skip, text.size - skip};
    r = is_local ? parse_unix(text, &address, ret_why) : parse_tcp(text, &address, ret_why);
    if (r < 0)
        return r;
    *ret_address = address;
    return 0;
}
