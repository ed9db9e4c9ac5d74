/* SPDX-License-Identifier: Apache-2.0 */
#include "http/address.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"

enum {
    HOST_SIZE_MAX = 255,
    PORT_MAX = 65535,
    /* In the kernel, not yet sent: more would only make a slow client look fast. */
    UNSENT_SIZE_MAX = 128 * 1024,
};

struct endpoint {
    char host[HOST_SIZE_MAX + 1];
    uint16_t port;
};

static int parse_host(struct text host, struct endpoint *endpoint) {
    if (text_starts_with(host, TEXT("[")) && text_ends_with(host, TEXT("]")))
        host = (struct text){host.data + 1, host.size - 2};
    else if (memchr(host.data, ':', host.size))
        return -EINVAL;
    if (host.size > HOST_SIZE_MAX)
        return -EINVAL;
    memcpy(endpoint->host, host.data, host.size);
    endpoint->host[host.size] = '\0';
    return 0;
}

static int parse(const char *address, struct endpoint *endpoint) {
    const char *colon = strrchr(address, ':');
    uint64_t port;
    if (!colon)
        return -EINVAL;
    int r = text_to_u64(text_from(colon + 1), &port);
    if (r < 0 || port > PORT_MAX)
        return -EINVAL;
    endpoint->port = (uint16_t)port;
    return parse_host((struct text){address, (size_t)(colon - address)}, endpoint);
}

static void freeaddrinfop(struct addrinfo **list) {
    if (*list)
        freeaddrinfo(*list);
}

static const struct addrinfo *prefer_ipv4(const struct addrinfo *list) {
    for (const struct addrinfo *info = list; info; info = info->ai_next)
        if (info->ai_family == AF_INET)
            return info;
    return list;
}

static int resolve(const struct endpoint *endpoint, struct sockaddr_storage *ret_address) {
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    _cleanup_(freeaddrinfop) struct addrinfo *list = NULL;
    if (getaddrinfo(endpoint->host, NULL, &hints, &list) != 0)
        return -EADDRNOTAVAIL;
    const struct addrinfo *info = prefer_ipv4(list);
    memcpy(ret_address, info->ai_addr, info->ai_addrlen);
    return 0;
}

static void set_port(struct sockaddr_storage *address, uint16_t port) {
    if (address->ss_family == AF_INET6)
        ((struct sockaddr_in6 *)address)->sin6_port = htons(port);
    else
        ((struct sockaddr_in *)address)->sin_port = htons(port);
}

static int get_port(int fd) {
    struct sockaddr_storage address;
    socklen_t size = sizeof(address);
    getsockname(fd, (struct sockaddr *)&address, &size);
    return ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                                               : ((struct sockaddr_in *)&address)->sin_port);
}

/* Accepted sockets inherit what is set here, which spares a call each. */
static void set_options(int fd, int family) {
    int on = 1, off = 0, unsent = UNSENT_SIZE_MAX;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof(unsent));
    if (family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
}

static int listen_on(const struct sockaddr_storage *address, int *ret_fd) {
    int fd = socket(address->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    set_options(fd, address->ss_family);
    socklen_t size = address->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6)
                                                    : sizeof(struct sockaddr_in);
    if (bind(fd, (const struct sockaddr *)address, size) < 0 || listen(fd, SOMAXCONN) < 0) {
        int r = -errno;
        close(fd);
        return r;
    }
    *ret_fd = fd;
    return 0;
}

static int listen_on_all(uint16_t port, int *ret_fd) {
    struct sockaddr_storage address = {.ss_family = AF_INET6}; /* serves both families */
    set_port(&address, port);
    int r = listen_on(&address, ret_fd);
    if (r != -EAFNOSUPPORT && r != -EADDRNOTAVAIL)
        return r;
    address = (struct sockaddr_storage){.ss_family = AF_INET}; /* the kernel has no IPv6 */
    set_port(&address, port);
    return listen_on(&address, ret_fd);
}

static int listen_on_host(const struct endpoint *endpoint, int *ret_fd) {
    struct sockaddr_storage address = {0};
    int r = resolve(endpoint, &address);
    if (r < 0)
        return r;
    set_port(&address, endpoint->port);
    return listen_on(&address, ret_fd);
}

int http_address_listen(const char *address, int *ret_fd, int *ret_port) {
    struct endpoint endpoint;
    int r = parse(address, &endpoint);
    if (r < 0)
        return r;
    r = endpoint.host[0] ? listen_on_host(&endpoint, ret_fd) : listen_on_all(endpoint.port, ret_fd);
    if (r < 0)
        return r;
    *ret_port = get_port(*ret_fd);
    return 0;
}
