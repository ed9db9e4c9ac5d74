/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/e2e/ports.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PORT_MIN = 20000, PORT_MAX = 32000 };

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

int ports_find(int count) {
    for (;;) {
        unsigned random;
        if (getrandom(&random, sizeof random, 0) != sizeof random)
            abort();
        int first = PORT_MIN + (int)(random % (PORT_MAX - PORT_MIN));
        int free_count = 0;
        while (free_count < count && port_is_free(first + free_count))
            free_count++;
        if (free_count == count)
            return first;
    }
}
