/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/ports.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { PORT_MIN = 20000, SLOTS = 2000 };

int port_take(int port) {
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 1) == 0)
        return fd;
    close(fd);
    return -1;
}

bool port_is_free(int port) {
    int fd = port_take(port);
    if (fd < 0)
        return false;
    close(fd);
    return true;
}

/* A name among sockets that lasts as long as this process: whoever binds it first has the slot. */
static bool claim(int slot) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int size = snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "myevents-e2e-%d", slot);
    socklen_t address_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)size);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(fd, (struct sockaddr *)&address, address_size) == 0)
        return true; /* the descriptor stays open */
    close(fd);
    return false;
}

int ports_find(void) {
    for (;;) {
        unsigned random;
        if (getrandom(&random, sizeof random, 0) != sizeof random)
            abort();
        int slot = (int)(random % SLOTS), first = PORT_MIN + slot * PORTS_COUNT, count = 0;
        if (!claim(slot))
            continue;
        while (count < PORTS_COUNT && port_is_free(first + count))
            count++;
        if (count == PORTS_COUNT)
            return first;
    }
}
