/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/up/plan.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/up/folder.h"

void plan_find_program(const char *name, const char *folder, char *ret_path, size_t size) {
    char self[4096] = {0};
    if (readlink("/proc/self/exe", self, sizeof self - 1) < 0)
        self[0] = '\0';
    const char *here = dirname(self);
    snprintf(ret_path, size, "%s/%s", here, name);
    if (access(ret_path, X_OK) < 0)
        snprintf(ret_path, size, "%s/../%s/%s", here, folder, name);
}

static int check_port(int64_t port, const char *what, const char *flag) {
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    int r = bind(fd, (struct sockaddr *)&address, sizeof address) < 0 ? -errno : 0;
    close(fd);
    if (r == 0)
        return 0;
    fprintf(stderr, "myeventsctl up: port %d (%s) cannot be used: %s; choose another with --%s\n",
        (int)port, what, strerror(-r), flag);
    return -1;
}

/* Empty when PATH has none. */
static void find_redis(char *ret_path, size_t size) {
    struct text places = text_from(getenv("PATH"));
    while (places.size) {
        struct text place = text_cut(&places, ':');
        snprintf(ret_path, size, "%.*s/redis-server", TEXT_ARG(place));
        if (access(ret_path, X_OK) == 0)
            return;
    }
    ret_path[0] = '\0';
}

static int check_redis(void) {
    char path[PATH_MAX];
    find_redis(path, sizeof path);
    if (path[0])
        return 0;
    fprintf(stderr, "myeventsctl up: redis-server is not on the PATH; install Redis (Debian: "
                    "apt-get install redis-server)\n");
    return -1;
}

int plan_check(const struct plan_options *options) {
    const struct {
        int64_t port;
        const char *what, *flag;
    } ports[] = {
        {options->port, "REST and web UI", "port"},
        {options->grpc_port, "event service", "grpc-port"},
        {options->grpc_port + 1, "booking service", "grpc-port"},
        {options->metrics_port, "metrics of the event service", "metrics-port"},
        {options->metrics_port + 1, "metrics of the booking service", "metrics-port"},
        {options->metrics_port + 2, "metrics of the gateway", "metrics-port"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(ports); i++)
        if (check_port(ports[i].port, ports[i].what, ports[i].flag) < 0)
            return -1;
    return check_redis();
}

static void plan_redis(struct child *child, const struct folder *folder) {
    char path[PATH_MAX];
    find_redis(path, sizeof path);
    child_init(child, "redis");
    const char *const fixed[] = {"--port", "0", "--appendonly", "yes", "--appendfsync", "always",
        "--save", "", "--maxmemory-policy", "noeviction", "--loglevel", "warning", "--daemonize",
        "no"};
    child_add_argument(child, "%s", path);
    for (size_t i = 0; i < ARRAY_SIZE(fixed); i++)
        child_add_argument(child, "%s", fixed[i]);
    child_add_argument(child, "--unixsocket");
    child_add_argument(child, "%s/redis.sock", folder->run_path);
    child_add_argument(child, "--dir");
    child_add_argument(child, "%s/redis", folder->path);
    if (asprintf(&child->ready_path, "%s/redis.sock", folder->run_path) < 0)
        child->ready_path = NULL;
}

static void plan_program(struct child *child, const char *name, const char *folder,
    const struct plan_options *options, int64_t metrics_port) {
    char path[8192];
    plan_find_program(name, folder, path, sizeof path);
    child_init(child, name);
    child_add_argument(child, "%s", path);
    child_add_variable(child, "METRICS_ADDR=127.0.0.1:%d", (int)metrics_port);
    child_add_variable(child, "LOG_FORMAT=%s", options->log_format);
    child_add_variable(child, "LOG_LEVEL=%s", options->log_level);
    /* Set to nothing, it is not set: one name for three programs would make one of them. */
    child_add_variable(child, "OTEL_SERVICE_NAME=");
    child->ready_port = (int)metrics_port;
}

static void plan_store_and_bus(
    struct child *child, const struct folder *folder, const char *store, int64_t grpc_port) {
    child_add_variable(
        child, "LISTEN_ADDR=127.0.0.1:%d,unix:%s/%s.sock", (int)grpc_port, folder->run_path, store);
    child_add_variable(child, "DATABASE_URL=lmdb://%s/%s", folder->path, store);
    child_add_variable(child, "BROKER_URL=redis+unix://%s/redis.sock", folder->run_path);
    child_add_variable(child, "INSTANCE_NAME=local");
}

void plan_make(const struct plan_options *options, const struct folder *folder,
    struct child children[static PLAN_COUNT]) {
    plan_redis(&children[PLAN_REDIS], folder);

    struct child *event = &children[PLAN_EVENT];
    plan_program(event, "event-service", "services/event", options, options->metrics_port);
    plan_store_and_bus(event, folder, "event", options->grpc_port);
    child_add_variable(event, "BOOKING_SERVICE_ADDR=unix:%s/booking.sock", folder->run_path);

    struct child *booking = &children[PLAN_BOOKING];
    plan_program(
        booking, "booking-service", "services/booking", options, options->metrics_port + 1);
    plan_store_and_bus(booking, folder, "booking", options->grpc_port + 1);
    child_add_variable(booking, "EVENT_SERVICE_ADDR=unix:%s/event.sock", folder->run_path);
    child_add_variable(booking, "HOLD_DURATION=%s", options->hold_duration);

    struct child *gateway = &children[PLAN_GATEWAY];
    plan_program(gateway, "gateway", "gateway", options, options->metrics_port + 2);
    child_add_variable(gateway, "LISTEN_ADDR=127.0.0.1:%d", (int)options->port);
    child_add_variable(gateway, "EVENT_SERVICE_ADDR=unix:%s/event.sock", folder->run_path);
    child_add_variable(gateway, "BOOKING_SERVICE_ADDR=unix:%s/booking.sock", folder->run_path);
    child_add_variable(gateway, "STATIC_DIR=%s", options->web);
}
