/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/rest.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { READ_SIZE = 16 * 1024, CHUNK_SIZE_MAX = 64 * 1024 * 1024 };

int rest_init(struct rest *rest, const char *address, int64_t timeout_ms) {
    const char *colon = strrchr(address, ':');
    *rest = (struct rest){.timeout_ms = timeout_ms, .fd = -1};
    if (!colon || colon == address || (size_t)(colon - address) >= sizeof rest->host ||
        strlen(colon + 1) >= sizeof rest->port)
        return -EINVAL;
    memcpy(rest->host, address, (size_t)(colon - address));
    strcpy(rest->port, colon + 1);
    return 0;
}

static void hang_up(struct rest *rest) {
    if (rest->fd >= 0)
        close(rest->fd);
    rest->fd = -1;
}

void rest_deinit(struct rest *rest) {
    hang_up(rest);
    buffer_deinit(&rest->in);
}

static int call(struct rest *rest) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
    if (getaddrinfo(rest->host, rest->port, &hints, &found) != 0)
        return -EHOSTUNREACH;
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval timeout = {rest->timeout_ms / 1000, rest->timeout_ms % 1000 * 1000};
    int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    int r = connect(fd, found->ai_addr, found->ai_addrlen) < 0 ? -errno : 0;
    freeaddrinfo(found);
    if (r < 0) {
        close(fd);
        return r;
    }
    rest->fd = fd;
    return 0;
}

static int send_all(struct rest *rest, struct text bytes) {
    while (bytes.size) {
        ssize_t size = send(rest->fd, bytes.data, bytes.size, MSG_NOSIGNAL);
        if (size < 0)
            return -errno;
        bytes = (struct text){bytes.data + size, bytes.size - (size_t)size};
    }
    return 0;
}

static int receive(struct rest *rest) {
    char *place = buffer_reserve(&rest->in, READ_SIZE);
    ssize_t size = recv(rest->fd, place, READ_SIZE, 0);
    if (size < 0)
        return errno == EAGAIN ? -ETIMEDOUT : -errno;
    if (size == 0)
        return -ECONNRESET;
    rest->in.size += (size_t)size;
    return 0;
}

/* Receives until `mark` stands behind `from`; its place then. */
static int receive_until(struct rest *rest, size_t from, const char *mark, size_t *ret_at) {
    for (;;) {
        void *found = rest->in.size > from
                          ? memmem(rest->in.data + from, rest->in.size - from, mark, strlen(mark))
                          : NULL;
        if (found) {
            *ret_at = (size_t)((char *)found - rest->in.data);
            return 0;
        }
        int r = receive(rest);
        if (r < 0)
            return r;
    }
}

static int receive_size(struct rest *rest, size_t size) {
    while (rest->in.size < size) {
        int r = receive(rest);
        if (r < 0)
            return r;
    }
    return 0;
}

/* Joins the chunks where they stand. */
static int receive_chunks(struct rest *rest, size_t begin, size_t *ret_size) {
    size_t at = begin, size = 0;
    for (;;) {
        size_t line_end;
        int r = receive_until(rest, at, "\r\n", &line_end);
        if (r < 0)
            return r;
        size_t chunk = strtoul(rest->in.data + at, NULL, 16);
        if (chunk > CHUNK_SIZE_MAX)
            return -EPROTO;
        r = receive_size(rest, line_end + 2 + chunk + 2);
        if (r < 0)
            return r;
        memmove(rest->in.data + begin + size, rest->in.data + line_end + 2, chunk);
        size += chunk;
        at = line_end + 2 + chunk + 2;
        if (chunk == 0) {
            *ret_size = size;
            return 0;
        }
    }
}

struct text rest_header(const struct rest_answer *answer, const char *name) {
    struct text rest = answer->head;
    while (rest.size) {
        struct text value = text_trim(text_cut(&rest, '\n'));
        if (value.size && value.data[value.size - 1] == '\r')
            value.size--;
        struct text found = text_cut(&value, ':');
        if (text_equal_ignore_case(found, text_from(name)))
            return text_trim(value);
    }
    return (struct text){0};
}

static bool has_no_body(const char *method, int status) {
    return strcmp(method, "HEAD") == 0 || status == 204 || status == 304;
}

static int receive_to_the_end(struct rest *rest, size_t begin, size_t *ret_size) {
    int r;
    while ((r = receive(rest)) == 0)
        ;
    *ret_size = rest->in.size - begin;
    return r == -ECONNRESET ? 0 : r;
}

static int receive_body(struct rest *rest, const char *method, const struct rest_answer *answer,
    size_t begin, size_t *ret_size) {
    struct text length = rest_header(answer, "content-length");
    *ret_size = 0;
    if (has_no_body(method, answer->status))
        return 0;
    if (rest_header(answer, "transfer-encoding").size)
        return receive_chunks(rest, begin, ret_size);
    if (!length.size)
        return receive_to_the_end(rest, begin, ret_size);
    uint64_t size;
    if (text_to_u64(length, &size) < 0)
        return -EPROTO;
    *ret_size = size;
    return receive_size(rest, begin + size);
}

static int read_status(struct text head, int *ret_status) {
    struct text protocol = text_cut(&head, ' ');
    uint64_t status;
    int r = text_to_u64(text_cut(&head, ' '), &status);
    if (!text_equal(protocol, TEXT("HTTP/1.1")) || r < 0 || status < 100 || status > 999)
        return -EPROTO;
    *ret_status = (int)status;
    return 0;
}

static int receive_answer(struct rest *rest, const char *method, struct rest_answer *ret_answer) {
    size_t head_end, body_size;
    int r = receive_until(rest, 0, "\r\n\r\n", &head_end);
    if (r < 0)
        return r;
    struct rest_answer answer = {.head = {rest->in.data, head_end + 2}};
    if (read_status(answer.head, &answer.status) < 0)
        return -EPROTO;
    r = receive_body(rest, method, &answer, head_end + 4, &body_size);
    if (r < 0)
        return r;
    answer.head.data = rest->in.data; /* it may have moved */
    answer.body = (struct text){rest->in.data + head_end + 4, body_size};
    if (text_equal_ignore_case(rest_header(&answer, "connection"), TEXT("close")))
        hang_up(rest);
    *ret_answer = answer;
    return 0;
}

int rest_request(struct rest *rest, const char *method, const char *target, const char *headers,
    struct text body, struct rest_answer *ret_answer) {
    int r = rest->fd >= 0 ? 0 : call(rest);
    if (r < 0)
        return r;
    struct buffer out = {0};
    buffer_printf(&out, "%s %s HTTP/1.1\r\nHost: %s:%s\r\n%s", method, target, rest->host,
        rest->port, headers);
    if (body.size)
        buffer_printf(&out, "Content-Type: application/json\r\nContent-Length: %zu\r\n", body.size);
    buffer_append_string(&out, "\r\n");
    buffer_append_text(&out, body);
    buffer_clear(&rest->in);
    r = send_all(rest, buffer_text(&out));
    buffer_deinit(&out);
    if (r == 0)
        r = receive_answer(rest, method, ret_answer);
    if (r < 0)
        hang_up(rest);
    return r;
}

bool rest_find_string(struct text json, const char *key, char *ret_value, size_t size) {
    char mark[80];
    int mark_size = snprintf(mark, sizeof mark, "\"%s\":\"", key);
    const char *found = memmem(json.data, json.size, mark, (size_t)mark_size);
    if (!found)
        return false;
    found += mark_size;
    const char *end = memchr(found, '"', (size_t)(json.data + json.size - found));
    if (!end || (size_t)(end - found) >= size)
        return false;
    memcpy(ret_value, found, (size_t)(end - found));
    ret_value[end - found] = '\0';
    return true;
}
