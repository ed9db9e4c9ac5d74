/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/address.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"

enum {
    HOST_SIZE = 256,
    UNANSWERED_MS = 10 * 1000, /* a peer that acknowledges nothing for so long is gone */
};

static void closep(int *fd) {
    if (*fd >= 0)
        close(*fd);
}

static int socket_new(int family) {
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return fd < 0 ? -errno : fd;
}

/* Takes over `fd` when it listens. */
static int listen_with(
    struct address *address, int *fd, const struct sockaddr *place, socklen_t size) {
    if (bind(*fd, place, size) < 0 || listen(*fd, SOMAXCONN) < 0)
        return -errno;
    address->sockets[address->count++] = *fd;
    *fd = -1;
    return 0;
}

static bool is_listened_at(const struct sockaddr_un *place) {
    _cleanup_(closep) int fd = socket_new(AF_UNIX);
    int r = fd < 0 ? fd : connect(fd, (const struct sockaddr *)place, sizeof(*place));
    return r == 0 || errno == EAGAIN;
}

static int listen_unix(struct address *address, const char *path) {
    struct sockaddr_un place = {.sun_family = AF_UNIX};
    struct stat file;
    if (strlen(path) == 0 || strlen(path) >= sizeof(place.sun_path))
        return -EINVAL;
    memcpy(place.sun_path, path, strlen(path) + 1);
    if (is_listened_at(&place))
        return -EADDRINUSE;
    if (stat(path, &file) == 0 && S_ISSOCK(file.st_mode))
        unlink(path);
    _cleanup_(closep) int fd = socket_new(AF_UNIX);
    if (fd < 0)
        return fd;
    int r = listen_with(address, &fd, (struct sockaddr *)&place, sizeof(place));
    if (r == 0)
        address->path = memory_copy_string(path);
    return r;
}

/* Sockets that are accepted inherit what is set here. */
static void set_options(int fd, int family) {
    int one = 1, zero = 0, unanswered_ms = UNANSWERED_MS;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unanswered_ms, sizeof(unanswered_ms));
    if (family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero));
}

static int bound_port(int fd) {
    struct sockaddr_storage place;
    socklen_t size = sizeof(place);
    if (getsockname(fd, (struct sockaddr *)&place, &size) < 0)
        return -errno;
    return ntohs(place.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&place)->sin6_port
                                             : ((struct sockaddr_in *)&place)->sin_port);
}

static void set_port(struct sockaddr *place, int port) {
    if (place->sa_family == AF_INET6)
        ((struct sockaddr_in6 *)place)->sin6_port = htons((uint16_t)port);
    else
        ((struct sockaddr_in *)place)->sin_port = htons((uint16_t)port);
}

static int listen_at(struct address *address, struct sockaddr *place, socklen_t size) {
    _cleanup_(closep) int fd = socket_new(place->sa_family);
    if (fd < 0)
        return fd;
    set_options(fd, place->sa_family);
    set_port(place, address->port);
    int r = listen_with(address, &fd, place, size);
    if (r < 0)
        return r;
    address->port = bound_port(address->sockets[address->count - 1]);
    return 0;
}

static bool is_every_address(const struct addrinfo *info) {
    return info->ai_family == AF_INET &&
           ((struct sockaddr_in *)info->ai_addr)->sin_addr.s_addr == htonl(INADDR_ANY);
}

static int listen_at_every_address(struct address *address) {
    struct sockaddr_in6 place = {.sin6_family = AF_INET6, .sin6_addr = in6addr_any};
    return listen_at(address, (struct sockaddr *)&place, sizeof(place));
}

/* A host may have an address that this machine has not; one that is taken is never passed over. */
static int listen_at_all(struct address *address, const struct addrinfo *found) {
    int worst = 0;
    for (const struct addrinfo *info = found; info; info = info->ai_next) {
        if (address->count == ADDRESS_SOCKETS_MAX)
            break;
        if (is_every_address(info) && listen_at_every_address(address) == 0)
            continue;
        int r = listen_at(address, info->ai_addr, info->ai_addrlen);
        if (r == -EADDRINUSE)
            return r;
        if (r < 0)
            worst = r;
    }
    return address->count > 0 ? 0 : worst;
}

static int listen_host(struct address *address, const char *host, const char *port) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found;
    uint64_t number;
    if (text_to_u64(text_from(port), &number) < 0 || number > 65535)
        return -EINVAL;
    if (getaddrinfo(*host ? host : NULL, port, &hints, &found) != 0)
        return -EADDRNOTAVAIL;
    address->port = (int)number;
    int r = listen_at_all(address, found);
    freeaddrinfo(found);
    return r;
}

static int listen_name(struct address *address, const char *name) {
    char host[HOST_SIZE];
    if (strncmp(name, "unix:", 5) == 0)
        return listen_unix(address, name + 5);
    const char *colon = strrchr(name, ':');
    if (!colon || (size_t)(colon - name) >= sizeof(host))
        return -EINVAL;
    bool is_bracketed = name[0] == '[' && colon > name && colon[-1] == ']';
    snprintf(
        host, sizeof(host), "%.*s", (int)(colon - name) - 2 * is_bracketed, name + is_bracketed);
    return listen_host(address, host, colon + 1);
}

int address_listen(struct address *address, const char *name) {
    *address = (struct address){0};
    int r = listen_name(address, name);
    if (r < 0)
        address_close(address);
    return r;
}

void address_close(struct address *address) {
    for (unsigned i = 0; i < address->count; i++)
        close(address->sockets[i]);
    if (address->path)
        unlink(address->path);
    free(address->path);
    *address = (struct address){0};
}
