/* SPDX-License-Identifier: Apache-2.0 */
#include "http/head.h"

#include <errno.h>
#include <string.h>

#include "http/syntax.h"

enum { SEEN_HOST = 1, SEEN_LENGTH = 2, SEEN_CODING = 4 };
enum { PORT_SIZE_MAX = 5, PORT_MAX = 65535 };

static const struct http_refusal accepted = {0};

static bool is_first(struct http_head *head, uint8_t field) {
    bool is_first = !(head->seen & field);
    head->seen |= field;
    return is_first;
}

static bool is_port(struct text text) {
    uint64_t port;
    return text.size == 0 ||
           (text.size <= PORT_SIZE_MAX && text_to_u64(text, &port) == 0 && port <= PORT_MAX);
}

/* "]" is cut off already. */
static bool is_ipv6_literal(struct text text) {
    bool has_colon = false;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (http_hex_digit(c) < 0 && c != ':' && c != '.')
            return false;
        has_colon |= c == ':';
    }
    return has_colon;
}

static bool is_host_name(struct text text) {
    for (size_t i = 0; i < text.size; i++)
        if (!http_char_is(text.data[i], HTTP_CHAR_HOST))
            return false;
    return text.size > 0;
}

static bool is_host(struct text text) {
    if (!text_starts_with(text, TEXT("["))) {
        struct text name = text_cut(&text, ':');
        return is_host_name(name) && is_port(text);
    }
    text = (struct text){text.data + 1, text.size - 1};
    const char *end = memchr(text.data, ']', text.size);
    if (!end)
        return false;
    struct text literal = text_cut(&text, ']');
    return is_ipv6_literal(literal) &&
           (text.size == 0 ||
               (text.data[0] == ':' && is_port((struct text){text.data + 1, text.size - 1})));
}

static struct http_refusal read_host(struct http_head *head, struct text value) {
    if (!is_first(head, SEEN_HOST))
        return (struct http_refusal){400, "The Host header stands more than once."};
    if (!is_host(value))
        return (struct http_refusal){400, "The Host header is not valid."};
    head->host = value;
    return accepted;
}

static struct http_refusal read_content_length(struct http_head *head, struct text value) {
    uint64_t size;
    if (!is_first(head, SEEN_LENGTH))
        return (struct http_refusal){400, "The Content-Length header stands more than once."};
    int r = text_to_u64(value, &size);
    if (r == -ERANGE || (r == 0 && size > INT64_MAX))
        return (struct http_refusal){413, "The body is too large."};
    if (r < 0)
        return (struct http_refusal){400, "The Content-Length header is not a number."};
    head->body_size = (int64_t)size;
    return accepted;
}

static struct http_refusal read_transfer_encoding(struct http_head *head, struct text value) {
    if (!is_first(head, SEEN_CODING))
        return (struct http_refusal){400, "The Transfer-Encoding header stands more than once."};
    if (!text_equal_ignore_case(value, TEXT("chunked")))
        return (struct http_refusal){501, "The only Transfer-Encoding understood here is chunked."};
    head->body_size = -1;
    return accepted;
}

static struct http_refusal read_connection(struct http_head *head, struct text value) {
    while (value.size > 0)
        if (text_equal_ignore_case(text_trim(text_cut(&value, ',')), TEXT("close")))
            head->keeps_alive = false;
    return accepted;
}

static struct http_refusal read_expect(struct http_head *head, struct text value) {
    if (!text_equal_ignore_case(value, TEXT("100-continue")))
        return (struct http_refusal){417, "The only Expect understood here is 100-continue."};
    head->expects_continue = true;
    return accepted;
}

static const struct {
    struct text name;
    struct http_refusal (*read)(struct http_head *head, struct text value);
} rules[] = {
    {{"Host", 4}, read_host},
    {{"Expect", 6}, read_expect},
    {{"Connection", 10}, read_connection},
    {{"Content-Length", 14}, read_content_length},
    {{"Transfer-Encoding", 17}, read_transfer_encoding},
};

static struct http_refusal read_header(struct http_head *head, const struct http_header *header) {
    for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
        if (text_equal_ignore_case(header->name, rules[i].name))
            return rules[i].read(head, header->value);
    return accepted;
}

static struct http_refusal read_headers(
    struct http_head *head, const struct http_request *request) {
    for (size_t i = 0; i < request->header_count; i++) {
        struct http_refusal refusal = read_header(head, &request->headers[i]);
        if (refusal.status)
            return refusal;
    }
    return accepted;
}

/* What no header can tell alone. */
static struct http_refusal check_whole(
    struct http_head *head, int minor_version, int64_t body_size_max) {
    if (!(head->seen & SEEN_HOST) && minor_version > 0)
        return (struct http_refusal){400, "The Host header is missing."};
    if ((head->seen & SEEN_CODING) && (head->seen & SEEN_LENGTH))
        return (struct http_refusal){
            400, "Content-Length and Transfer-Encoding exclude each other."};
    if ((head->seen & SEEN_CODING) && minor_version == 0)
        return (struct http_refusal){400, "HTTP/1.0 knows no Transfer-Encoding."};
    if (head->body_size > body_size_max)
        return (struct http_refusal){413, "The body is too large."};
    return accepted;
}

static void set_path(struct http_request *request, struct text rest) {
    request->path = text_cut(&rest, '?');
    request->query = rest;
}

/* "http://authority/path": `rest` begins behind the scheme. */
static struct http_refusal read_absolute_target(
    struct http_head *head, struct http_request *request, struct text rest) {
    size_t size = 0;
    while (size < rest.size && rest.data[size] != '/' && rest.data[size] != '?')
        size++;
    struct text authority = {rest.data, size};
    if (!text_equal_ignore_case(authority, head->host))
        return (struct http_refusal){
            400, "The request target names another host than the Host header."};
    set_path(request, (struct text){rest.data + size, rest.size - size});
    if (request->path.size == 0)
        request->path = TEXT("/");
    return accepted;
}

static struct http_refusal read_target(struct http_head *head, struct http_request *request) {
    static const struct text scheme = {"http://", 7};
    struct text target = request->target;
    if (text_equal(request->method, TEXT("CONNECT")))
        return (struct http_refusal){501, "This is no proxy."};
    if (text_starts_with(target, TEXT("/")) ||
        (text_equal(target, TEXT("*")) && text_equal(request->method, TEXT("OPTIONS")))) {
        set_path(request, target);
        return accepted;
    }
    struct text start = {target.data, target.size < scheme.size ? target.size : scheme.size};
    if (!text_equal_ignore_case(start, scheme))
        return (struct http_refusal){400, "The request target must begin with a slash."};
    return read_absolute_target(
        head, request, (struct text){target.data + scheme.size, target.size - scheme.size});
}

int http_head_read(struct http_head *head, struct http_request *request, int minor_version,
    int64_t body_size_max, struct http_refusal *ret_refusal) {
    *head = (struct http_head){.keeps_alive = minor_version > 0};
    struct http_refusal refusal = read_headers(head, request);
    if (!refusal.status)
        refusal = check_whole(head, minor_version, body_size_max);
    if (!refusal.status)
        refusal = read_target(head, request);
    if (minor_version == 0)
        head->expects_continue = false;
    *ret_refusal = refusal;
    return refusal.status ? HTTP_READ_REFUSED : 0;
}
