/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A redis-server of the test's own: on a free loopback port and a unix socket in a temporary
 * folder, every write on disk before it is answered. It dies with the thread that started it. What
 * goes wrong here ends the test program with a sentence.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct redis_server {
    pid_t pid; /* 0: not running */
    int port;
    char folder[64];
    char url[64];      /* redis://127.0.0.1:port */
    char unix_url[96]; /* redis+unix:///folder/socket */
};

bool redis_server_is_installed(void);
/* Makes the folder, starts the server and waits until it answers. */
void redis_server_start(struct redis_server *server);
void redis_server_stop(struct redis_server *server); /* and removes the folder */

void redis_server_kill(struct redis_server *server);    /* as a power cut would */
void redis_server_restart(struct redis_server *server); /* with the data and the port it had */
void redis_server_freeze(struct redis_server *server);
void redis_server_thaw(struct redis_server *server);
int64_t redis_server_cpu_us(const struct redis_server *server);
