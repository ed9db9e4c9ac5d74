/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/http/client.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "tests/unit/base/check.h"

enum { PATIENCE_S = 60, READ_SIZE = 16 * 1024 };

struct client client_connect(int port) {
    return client_connect_narrow(port, 0);
}

struct client client_connect_narrow(int port, int receive_size) {
    struct client client = {.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = {htonl(0x7f000001)}};
    struct timeval patience = {.tv_sec = PATIENCE_S};
    assert_true(client.fd >= 0);
    setsockopt(client.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(client.fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    if (receive_size)
        setsockopt(client.fd, SOL_SOCKET, SO_RCVBUF, &receive_size, sizeof(receive_size));
    assert_int_equal(connect(client.fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return client;
}

void client_close(struct client *client) {
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
    buffer_deinit(&client->input);
    client->used = 0;
}

void client_reset(struct client *client) {
    struct linger linger = {.l_onoff = 1};
    setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    client_close(client);
}

void client_send_text(struct client *client, struct text bytes) {
    while (bytes.size > 0) {
        ssize_t n = send(client->fd, bytes.data, bytes.size, MSG_NOSIGNAL);
        if (n < 0)
            fail_msg("send: %s", strerror(errno));
        bytes = (struct text){bytes.data + n, bytes.size - (size_t)n};
    }
}

void client_send(struct client *client, const char *bytes) {
    client_send_text(client, text_from(bytes));
}

struct text client_unread(const struct client *client) {
    struct text all = buffer_text(&client->input);
    return (struct text){all.data + client->used, all.size - client->used};
}

bool client_read_some(struct client *client) {
    char *room = buffer_reserve(&client->input, READ_SIZE);
    ssize_t n = recv(client->fd, room, READ_SIZE, 0);
    if (n < 0 && errno == ECONNRESET)
        return false;
    if (n < 0)
        fail_msg("recv: %s, so far '%.*s'", strerror(errno), TEXT_ARG(client_unread(client)));
    client->input.size += (size_t)n;
    return n > 0;
}

static bool need(struct client *client, size_t size) {
    while (client_unread(client).size < size)
        if (!client_read_some(client))
            return false;
    return true;
}

void client_skip(struct client *client, size_t size) {
    assert_true(need(client, size));
    client->used += size;
}

/* The next line with its CR LF, taken; empty at the end of the connection. */
static struct text take_line(struct client *client) {
    for (size_t size = 2;; size++) {
        if (!need(client, size))
            return TEXT("");
        const char *line = client_unread(client).data;
        if (line[size - 2] == '\r' && line[size - 1] == '\n') {
            client->used += size;
            return (struct text){line, size};
        }
    }
}

void reply_deinit(struct reply *reply) {
    buffer_deinit(&reply->head);
    buffer_deinit(&reply->body);
}

bool reply_has(const struct reply *reply, const char *line) {
    struct text rest = buffer_text(&reply->head);
    while (rest.size > 0) {
        struct text one = text_cut(&rest, '\n');
        if (one.size > 0 && text_equal((struct text){one.data, one.size - 1}, text_from(line)))
            return true;
    }
    return false;
}

void client_read_head(struct client *client, struct reply *reply) {
    buffer_clear(&reply->head);
    buffer_clear(&reply->body);
    reply->is_complete = true;
    struct text line;
    do {
        line = take_line(client);
        if (line.size == 0)
            fail_msg("no answer but '%.*s'", TEXT_ARG(client_unread(client)));
        buffer_append_text(&reply->head, line);
    } while (line.size > 2);
    buffer_append_char(&reply->head, '\0');
    reply->head.size--;
    assert_true(text_starts_with(buffer_text(&reply->head), TEXT("HTTP/1.1 ")));
    reply->status = atoi(reply->head.data + strlen("HTTP/1.1 "));
}

static bool take_bytes(struct client *client, size_t size, struct buffer *body) {
    bool is_complete = need(client, size);
    struct text unread = client_unread(client);
    if (unread.size < size)
        size = unread.size;
    buffer_append(body, unread.data, size);
    client->used += size;
    return is_complete;
}

static bool take_chunks(struct client *client, struct buffer *body) {
    for (;;) {
        struct text line = take_line(client);
        if (line.size == 0)
            return false;
        size_t size = strtoul(line.data, NULL, 16);
        if (size > 0 && !take_bytes(client, size, body))
            return false;
        if (!need(client, 2))
            return false;
        assert_text_equal((struct text){client_unread(client).data, 2}, "\r\n");
        client->used += 2;
        if (size == 0)
            return true;
    }
}

static void take_until_end(struct client *client, struct buffer *body) {
    while (client_read_some(client))
        ;
    buffer_append_text(body, client_unread(client));
    client->used = client->input.size;
}

void client_read(struct client *client, struct reply *reply) {
    client_read_head(client, reply);
    const char *length = strstr(reply->head.data, "\r\nContent-Length: ");
    if (length)
        reply->is_complete = take_bytes(
            client, strtoul(length + strlen("\r\nContent-Length: "), NULL, 10), &reply->body);
    else if (reply_has(reply, "Transfer-Encoding: chunked"))
        reply->is_complete = take_chunks(client, &reply->body);
    else if (reply->status >= 200 && reply->status != 204 && reply->status != 304)
        take_until_end(client, &reply->body);
    if (client->used == client->input.size) {
        buffer_clear(&client->input);
        client->used = 0;
    }
}

void client_expect_end(struct client *client) {
    assert_text_equal(client_unread(client), "");
    bool has_more = client_read_some(client);
    assert_text_equal(client_unread(client), "");
    assert_false(has_more);
}

void client_expect(struct client *client, const char *request, int status, const char *body) {
    _cleanup_(reply_deinit) struct reply reply = {0};
    client_send(client, request);
    client_read(client, &reply);
    assert_int_equal(reply.status, status);
    assert_true(reply.is_complete);
    if (body)
        assert_text_equal(buffer_text(&reply.body), body);
}
