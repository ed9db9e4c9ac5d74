/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/redis_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/clock.h"
#include "tests/support/ports.h"

enum { READY_MS = 60 * 1000, POLL_MS = 5 };

_noreturn_ static void give_up(const char *what) {
    fprintf(stderr, "redis_server: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void wait_a_little(void) {
    nanosleep(&(struct timespec){.tv_nsec = POLL_MS * 1000 * 1000}, NULL);
}

bool redis_server_is_installed(void) {
    return system("redis-server --version >/dev/null 2>&1") == 0;
}

static struct sockaddr_in loopback(int port) {
    return (struct sockaddr_in){.sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

/* Asks in the protocol's plainest form, so that this needs no client library. */
static bool answers(int port) {
    static const char question[] = "PING\r\n", answer[] = "+PONG";
    struct sockaddr_in address = loopback(port);
    struct timeval timeout = {.tv_sec = 1};
    char got[sizeof(answer) - 1] = {0};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
    bool is_up = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
                 send(fd, question, sizeof(question) - 1, MSG_NOSIGNAL) > 0 &&
                 recv(fd, got, sizeof(got), MSG_WAITALL) == (ssize_t)sizeof(got) &&
                 memcmp(got, answer, sizeof(got)) == 0;
    close(fd);
    return is_up;
}

static void become_server(const struct redis_server *server, pid_t parent) {
    char port[16], socket_path[96], log_path[96];
    snprintf(port, sizeof(port), "%d", server->port);
    snprintf(socket_path, sizeof(socket_path), "%s/socket", server->folder);
    snprintf(log_path, sizeof(log_path), "%s/log", server->folder);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    execlp("redis-server", "redis-server", "--port", port, "--bind", "127.0.0.1", "--unixsocket",
        socket_path, "--dir", server->folder, "--logfile", log_path, "--appendonly", "yes",
        "--appendfsync", "always", "--save", "", "--enable-debug-command", "yes", NULL);
    _exit(127);
}

static void run(struct redis_server *server) {
    int64_t until_ms = clock_monotonic_ms() + READY_MS;
    pid_t parent = getpid();
    server->pid = fork();
    if (server->pid < 0)
        give_up("fork");
    if (server->pid == 0)
        become_server(server, parent);
    while (!answers(server->port)) {
        if (waitpid(server->pid, NULL, WNOHANG) != 0 || clock_monotonic_ms() > until_ms)
            give_up("it does not answer");
        wait_a_little();
    }
}

void redis_server_start(struct redis_server *server) {
    const char *base = getenv("TMPDIR");
    *server = (struct redis_server){.port = ports_find()};
    snprintf(server->folder, sizeof(server->folder), "%s/redis-XXXXXX", base ? base : "/tmp");
    if (!mkdtemp(server->folder))
        give_up("no folder");
    snprintf(server->url, sizeof(server->url), "redis://127.0.0.1:%d", server->port);
    snprintf(server->unix_url, sizeof(server->unix_url), "redis+unix://%s/socket", server->folder);
    run(server);
}

static void end(struct redis_server *server, int number) {
    if (server->pid <= 0)
        return;
    kill(server->pid, SIGCONT);
    kill(server->pid, number);
    waitpid(server->pid, NULL, 0);
    server->pid = 0;
}

void redis_server_kill(struct redis_server *server) {
    end(server, SIGKILL);
}

void redis_server_restart(struct redis_server *server) {
    run(server);
}

void redis_server_freeze(struct redis_server *server) {
    kill(server->pid, SIGSTOP);
}

void redis_server_thaw(struct redis_server *server) {
    kill(server->pid, SIGCONT);
}

static int remove_one(const char *path, const struct stat *stat _unused_, int kind _unused_,
    struct FTW *ftw _unused_) {
    return remove(path);
}

void redis_server_stop(struct redis_server *server) {
    end(server, SIGKILL); /* its data goes anyway */
    if (server->folder[0])
        nftw(server->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    *server = (struct redis_server){0};
}

int64_t redis_server_cpu_us(const struct redis_server *server) {
    unsigned long user = 0, system = 0;
    char path[32];
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)server->pid);
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    int got = fscanf(
        file, "%*d %*s %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
    fclose(file);
    return got == 2 ? (int64_t)(user + system) * 1000 * 1000 / sysconf(_SC_CLK_TCK) : 0;
}
