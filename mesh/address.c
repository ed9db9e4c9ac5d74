/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/address.h"

#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"

enum { HOST_SIZE = 256 };

static void closep(int *fd) {
    if (*fd >= 0)
        close(*fd);
}

static int check_unix(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) == 0 || strlen(path) >= sizeof(address.sun_path))
        return -EINVAL;
    memcpy(address.sun_path, path, strlen(path) + 1);
    _cleanup_(closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    bool is_taken = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
    return is_taken ? -EADDRINUSE : 0;
}

static int try_bind(const struct addrinfo *info) {
    _cleanup_(closep) int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    int one = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(fd, info->ai_addr, info->ai_addrlen) < 0 || listen(fd, 1) < 0)
        return -errno;
    return 0;
}

static int check_host_port(const char *host, const char *port) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found;
    uint64_t number;
    if (text_to_u64(text_from(port), &number) < 0 || number > 65535)
        return -EINVAL;
    if (getaddrinfo(*host ? host : NULL, port, &hints, &found) != 0)
        return -EADDRNOTAVAIL;
    int r = try_bind(found);
    freeaddrinfo(found);
    return r;
}

int address_check(const char *address) {
    char host[HOST_SIZE];
    if (strncmp(address, "unix:", 5) == 0)
        return check_unix(address + 5);
    const char *colon = strrchr(address, ':');
    if (!colon || (size_t)(colon - address) >= sizeof(host))
        return -EINVAL;
    bool is_bracketed = address[0] == '[' && colon > address && colon[-1] == ']';
    snprintf(host, sizeof(host), "%.*s", (int)(colon - address) - 2 * is_bracketed,
        address + is_bracketed);
    return check_host_port(host, colon + 1);
}
