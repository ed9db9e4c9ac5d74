/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/e2e/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { READ_SIZE = 16 * 1024, SEND_TIMEOUT_S = 60 };

void wire_open(struct wire *wire, int port) {
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    struct timeval timeout = {.tv_sec = SEND_TIMEOUT_S};
    *wire = (struct wire){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    setsockopt(wire->fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
    if (connect(wire->fd, (struct sockaddr *)&address, sizeof address) < 0)
        fail_msg("nobody listens on port %d: %s", port, strerror(errno));
}

void wire_close(struct wire *wire) {
    if (wire->fd >= 0)
        close(wire->fd);
    buffer_deinit(&wire->in);
    *wire = (struct wire){.fd = -1};
}

void wire_send(struct wire *wire, struct text bytes) {
    while (bytes.size) {
        ssize_t size = send(wire->fd, bytes.data, bytes.size, MSG_NOSIGNAL);
        if (size <= 0)
            return;
        bytes = (struct text){bytes.data + size, bytes.size - (size_t)size};
    }
}

bool wire_receive(struct wire *wire, int timeout_ms) {
    struct pollfd poll_fd = {.fd = wire->fd, .events = POLLIN};
    if (wire->has_ended || poll(&poll_fd, 1, timeout_ms) <= 0)
        return false;
    char *place = buffer_reserve(&wire->in, READ_SIZE);
    ssize_t size = recv(wire->fd, place, READ_SIZE, 0);
    if (size <= 0) {
        wire->has_ended = true;
        return false;
    }
    wire->in.size += (size_t)size;
    return true;
}

int wire_exchange(struct wire *wire, int port, struct text bytes, int timeout_ms) {
    int status = 0;
    wire_open(wire, port);
    wire_send(wire, bytes);
    while (wire_receive(wire, timeout_ms))
        ;
    buffer_append_char(&wire->in, '\0');
    return sscanf(wire->in.data, "HTTP/1.1 %d", &status) == 1 ? status : 0;
}
