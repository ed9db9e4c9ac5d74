/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What calls and messages cost through our runtime, grpc-go and gRPC C++, in one run on one
 * machine: every server with every client, each a process of its own with one connection between
 * them. Texts have 64 bytes. Rounds go through all rows one after the other, so that what else the
 * machine does hits them alike; each number is the median of its rounds.
 *
 *     mesh_echo [milliseconds per measurement [rounds]]
 *
 * A peer is a program with two commands:
 *  1. `server` says its address in one line and serves BenchService until its stdin ends.
 *  2. `client TARGET KIND WIDTH MILLISECONDS` warms up for a quarter of that time, measures, and
 *     says in one line: how many calls or messages, in how many microseconds, its CPU time in
 *     microseconds, how many with those of the warm-up. KINDs: "unary": WIDTH calls at any time;
 *     "stream": WIDTH streams from the server at any time, each of 1,000 messages; "chat": one
 *     stream in both directions with WIDTH messages under way.
 *
 * A server's cost is the CPU time of its process over the whole visit of a client, which has a
 * share of connecting in it.
 */

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/attr.h"

enum { ROUNDS_MAX = 100, LINE_SIZE = 256 };

struct load {
    const char *kind;
    int width;
};

static const struct load loads[] = {
    {"unary", 1},
    {"unary", 10},
    {"unary", 100}, /**/
    {"stream", 1},
    {"stream", 10}, /**/
    {"chat", 1},
    {"chat", 10},
};

struct server {
    const char *name;
    const char *program;
    const char *address, *streams;
    bool only_ours; /* no other client calls it */
    pid_t pid;      /* 0: its program is not there */
    int order;      /* it stops when this pipe ends */
    char target[LINE_SIZE];
};

struct client {
    const char *name;
    const char *program;
};

enum number { CALLS_PER_SECOND, SERVER_US, CLIENT_US, NUMBERS };

struct row {
    double numbers[NUMBERS][ROUNDS_MAX];
};

static char ours[LINE_SIZE], unix_address[LINE_SIZE];
static const char go_program[] = "bench/peers/go/gen/peer";
static const char cpp_program[] = "bench/peers/cpp/gen/peer";

static struct server servers[] = {
    {"ours", ours},
    {"grpc-go", go_program},
    {"grpc-c++", cpp_program},
    {"ours, streams apart", ours, "127.0.0.1:0", "streams", .only_ours = true},
    {"ours, unix socket", ours, unix_address, .only_ours = true},
};
static const struct client clients[] = {
    {"ours", ours},
    {"grpc-go", go_program},
    {"grpc-c++", cpp_program},
};

enum { SERVERS = ARRAY_SIZE(servers), CLIENTS = ARRAY_SIZE(clients), LOADS = ARRAY_SIZE(loads) };
static struct row rows[LOADS][SERVERS][CLIENTS];

_Noreturn static void give_up(const char *what) {
    perror(what);
    exit(1);
}

static void start_server(struct server *server) {
    int order[2], answer[2];
    if (access(server->program, X_OK) != 0) {
        fprintf(stderr, "%s is not built: nothing of %s\n", server->program, server->name);
        return;
    }
    if (pipe2(order, O_CLOEXEC) < 0 || pipe2(answer, O_CLOEXEC) < 0)
        give_up("pipe");
    server->pid = fork();
    if (server->pid == 0) {
        dup2(order[0], 0);
        dup2(answer[1], 1);
        execl(server->program, server->program, "server", server->address, server->streams, NULL);
        _exit(127);
    }
    close(order[0]);
    close(answer[1]);
    server->order = order[1];
    FILE *said = fdopen(answer[0], "r");
    if (!said || !fgets(server->target, sizeof(server->target), said))
        give_up(server->program);
    fclose(said);
    server->target[strcspn(server->target, "\n")] = '\0';
}

static double cpu_us(pid_t process) {
    clockid_t clock;
    struct timespec now;
    if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &now) != 0)
        give_up("a server has died");
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void measure(const struct load *load, const struct server *server,
    const struct client *client, int milliseconds, int round, struct row *row) {
    char command[3 * LINE_SIZE], line[LINE_SIZE];
    double count, elapsed_us, client_us, count_in_all;
    snprintf(command, sizeof(command), "%s client %s %s %d %d", client->program, server->target,
        load->kind, load->width, milliseconds);
    double before_us = cpu_us(server->pid);
    FILE *said = popen(command, "r");
    bool is_said = said && fgets(line, sizeof(line), said) &&
                   sscanf(line, "%lf %lf %lf %lf", &count, &elapsed_us, &client_us,
                       &count_in_all) == 4;
    int status = said ? pclose(said) : -1;
    if (status != 0 || !is_said || count < 1) {
        fprintf(stderr, "this has failed with %s %d: %s\n",
            WIFSIGNALED(status) ? "signal" : "status",
            WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), command);
        exit(1);
    }
    row->numbers[CALLS_PER_SECOND][round] = count / elapsed_us * 1e6;
    row->numbers[SERVER_US][round] = (cpu_us(server->pid) - before_us) / count_in_all;
    row->numbers[CLIENT_US][round] = client_us / count;
}

static bool is_measured(const struct server *server, const struct client *client) {
    return server->pid && access(client->program, X_OK) == 0 &&
           (!server->only_ours || client->program == ours);
}

static void measure_all(int milliseconds, int rounds) {
    for (int round = 0; round < rounds; round++)
        for (size_t i = 0; i < LOADS; i++)
            for (size_t s = 0; s < SERVERS; s++)
                for (size_t c = 0; c < CLIENTS; c++)
                    if (is_measured(&servers[s], &clients[c]))
                        measure(&loads[i], &servers[s], &clients[c], milliseconds, round,
                            &rows[i][s][c]);
}

static int compare(const void *left, const void *right) {
    double difference = *(const double *)left - *(const double *)right;
    return (difference > 0) - (difference < 0);
}

static double median(double *numbers, int count) {
    qsort(numbers, (size_t)count, sizeof(*numbers), compare);
    return (numbers[(count - 1) / 2] + numbers[count / 2]) / 2;
}

static void print_all(int rounds) {
    printf("%-7s %5s  %-20s %-9s %10s %10s %10s\n", "kind", "width", "server", "client",
        "per second", "server us", "client us");
    for (size_t i = 0; i < LOADS; i++)
        for (size_t s = 0; s < SERVERS; s++)
            for (size_t c = 0; c < CLIENTS; c++) {
                if (!is_measured(&servers[s], &clients[c]))
                    continue;
                struct row *row = &rows[i][s][c];
                printf("%-7s %5d  %-20s %-9s %10.0f %10.1f %10.1f\n", loads[i].kind, loads[i].width,
                    servers[s].name, clients[c].name,
                    median(row->numbers[CALLS_PER_SECOND], rounds),
                    median(row->numbers[SERVER_US], rounds),
                    median(row->numbers[CLIENT_US], rounds));
            }
}

static int number_of(char **argv, int argc, int index, int otherwise) {
    return argc > index ? atoi(argv[index]) : otherwise;
}

int main(int argc, char **argv) {
    char folder[] = "/tmp/mesh_echo.XXXXXX";
    int milliseconds = number_of(argv, argc, 1, 400), rounds = number_of(argv, argc, 2, 5);
    if (milliseconds < 4 || rounds < 1 || rounds > ROUNDS_MAX) {
        fprintf(
            stderr, "usage: mesh_echo [milliseconds from 4 [rounds from 1 to %d]]\n", ROUNDS_MAX);
        return 2;
    }
    if (!mkdtemp(folder))
        give_up(folder);
    snprintf(unix_address, sizeof(unix_address), "unix:%s/socket", folder);
    const char *slash = strrchr(argv[0], '/');
    snprintf(ours, sizeof(ours), "%.*smesh_peer", slash ? (int)(slash + 1 - argv[0]) : 0, argv[0]);
    signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < SERVERS; i++)
        start_server(&servers[i]);
    measure_all(milliseconds, rounds);
    print_all(rounds);
    for (size_t i = 0; i < SERVERS; i++)
        if (servers[i].pid) {
            close(servers[i].order);
            waitpid(servers[i].pid, NULL, 0);
        }
    rmdir(folder);
    return 0;
}
