/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/interop/peer.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "tests/support/ports.h"

enum {
    START_TIMEOUT_MS = 60000,
    CASE_TIMEOUT_MS = 120000,
    STOP_TIMEOUT_MS = 60000,
    POLL_MS = 5,
    SHOWN_BYTES_MAX = 4000,
};

/* Java starts in half the time without its optimizing compiler. */
#define JAVA_PROGRAM                                                                               \
    "/usr/bin/env", "java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp",                  \
        "{root}/.cache/interop/java/*"
#define CLIENT_FLAGS "--server_host=127.0.0.1", "--server_port={port}", "--test_case={case}"

static const struct peer peers[] = {
    {
        .name = "ours",
        .bit = OURS,
        .server = {"{server}", "--port={port}"},
        .client = {"{client}", CLIENT_FLAGS},
    },
    {
        .name = "go",
        .bit = GO,
        .needs = ".cache/interop/go/client",
        .server = {"{root}/.cache/interop/go/server", "--port={port}"},
        .client = {"{root}/.cache/interop/go/client", CLIENT_FLAGS},
    },
    {
        .name = "java",
        .bit = JAVA,
        .needs = ".cache/interop/java/installed",
        .server = {JAVA_PROGRAM, "io.grpc.testing.integration.TestServiceServer", "--port={port}",
            "--use_tls=false"},
        .client = {JAVA_PROGRAM, "io.grpc.testing.integration.TestServiceClient", CLIENT_FLAGS,
            "--use_tls=false"},
    },
    {
        .name = "ruby",
        .bit = RUBY,
        .needs = ".cache/interop/ruby/pb/test/client.rb",
        .server = {"/usr/bin/ruby", "{root}/.cache/interop/ruby/pb/test/server.rb",
            "--port={port}"},
        .client = {"/usr/bin/ruby", "{root}/.cache/interop/ruby/pb/test/client.rb", CLIENT_FLAGS},
    },
};

const struct peer *peer_find(const char *name) {
    for (size_t i = 0; i < ARRAY_SIZE(peers); i++)
        if (strcmp(peers[i].name, name) == 0)
            return &peers[i];
    return NULL;
}

static const char *variable(const char *name) {
    const char *value = getenv(name);
    if (!value) {
        fprintf(stderr, "%s is not set; run these tests by meson test\n", name);
        exit(1);
    }
    return value;
}

bool peer_is_here(const struct peer *peer) {
    char path[512];
    if (!peer->needs)
        return true;
    snprintf(path, sizeof(path), "%s/%s", variable("SOURCE_ROOT"), peer->needs);
    if (access(path, F_OK) == 0)
        return true;
    fprintf(stderr, "%s is missing; tests/interop/install gets it\n", peer->needs);
    return false;
}

/* --- arguments --- */

static const char *value_of(struct arena *arena, struct text name, int port, const char *what) {
    if (text_equal(name, TEXT("root")))
        return variable("SOURCE_ROOT");
    if (text_equal(name, TEXT("server")))
        return variable("INTEROP_SERVER");
    if (text_equal(name, TEXT("client")))
        return variable("INTEROP_CLIENT");
    if (text_equal(name, TEXT("port")))
        return arena_printf(arena, "%d", port);
    return what;
}

/* An argument has one name in braces at most. */
static const char *fill_in(struct arena *arena, const char *argument, int port, const char *what) {
    struct text rest = text_from(argument);
    struct text head = text_cut(&rest, '{');
    if (head.size == strlen(argument))
        return argument;
    const char *value = value_of(arena, text_cut(&rest, '}'), port, what);
    return arena_printf(arena, "%.*s%s%.*s", TEXT_ARG(head), value, TEXT_ARG(rest));
}

static void start(struct command *command, struct peer_server *server, const char *const *arguments,
    const char *what, const char *const *flags) {
    const char *filled[COMMAND_ARGUMENTS_MAX] = {NULL};
    size_t count = 0;
    struct arena arena;
    arena_init(&arena, 0);
    for (; *arguments; arguments++)
        filled[count++] = fill_in(&arena, *arguments, server->port, what);
    for (; flags && *flags; flags++)
        filled[count++] = *flags;
    assert_true(count < COMMAND_ARGUMENTS_MAX);
    command_start(command, server->folder, filled, NULL);
    arena_deinit(&arena);
}

/* --- processes --- */

static void show(const char *who, const struct command *command) {
    _cleanup_(buffer_deinit) struct buffer said = {0};
    const char *text = command_output(command, &said);
    if (said.size > SHOWN_BYTES_MAX)
        text += said.size - SHOWN_BYTES_MAX;
    fprintf(stderr, "--- %s has said:\n%s\n---\n", who, text);
}

static bool accepts(int port) {
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool ok = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
    close(fd);
    return ok;
}

static bool is_over(const struct command *command) {
    siginfo_t info = {0};
    return waitid(P_PID, (id_t)command->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
           info.si_pid != 0;
}

void peer_start(struct peer_server *server, const struct peer *peer) {
    int64_t deadline_ms = clock_monotonic_ms() + START_TIMEOUT_MS;
    *server = (struct peer_server){.peer = peer, .port = ports_find()};
    snprintf(server->folder, sizeof(server->folder), "/tmp/myevents-interop-XXXXXX");
    if (!mkdtemp(server->folder))
        fail_msg("no folder can be made in /tmp");
    start(&server->command, server, peer->server, "", NULL);
    while (!accepts(server->port)) {
        if (is_over(&server->command) || clock_monotonic_ms() > deadline_ms) {
            show("the server", &server->command);
            fail_msg("the server of %s accepts no connection", peer->name);
        }
        pause_ms(POLL_MS);
    }
}

int peer_stop(struct peer_server *server) {
    if (server->command.pid == 0)
        return 0;
    kill(server->command.pid, SIGTERM);
    int status = command_wait(&server->command, STOP_TIMEOUT_MS);
    if (status != 0 && server->peer->bit == OURS)
        show("the server", &server->command);
    unlink(server->command.output_path);
    rmdir(server->folder);
    return status;
}

int64_t peer_resident_kib(const struct peer_server *server) {
    char path[64];
    long long pages = 0;
    snprintf(path, sizeof(path), "/proc/%d/statm", (int)server->command.pid);
    FILE *file = fopen(path, "re");
    if (!file || fscanf(file, "%*d %lld", &pages) != 1)
        fail_msg("%s cannot be read", path);
    fclose(file);
    return pages * sysconf(_SC_PAGESIZE) / 1024;
}

void peer_pass(struct peer_server *server, const struct peer *client, const char *name,
    const char *const *flags, struct buffer *ret_said) {
    struct command command;
    start(&command, server, client->client, name, flags);
    int status = command_wait(&command, CASE_TIMEOUT_MS);
    if (ret_said)
        command_output(&command, ret_said);
    if (status != 0) {
        show("the client", &command);
        show("the server", &server->command);
    }
    unlink(command.output_path);
    if (status != 0)
        fail_msg("%s: the client of %s has ended with %d", name, client->name, status);
}
