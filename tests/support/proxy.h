/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A TCP proxy on a free loopback port that can leave its connections half open: both ends believe
 * in them, and nothing comes through any more. New connections work. It runs on a thread of its
 * own.
 */

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

enum { PROXY_PAIRS_MAX = 32 };

struct proxy {
    int port;
    int target_port;
    int listen_fd;
    int wake_fd;
    pthread_t thread;
    atomic_bool is_over;
    atomic_bool is_severing;
    struct proxy_pair {
        int fds[2]; /* 0: free */
        bool is_dead;
    } pairs[PROXY_PAIRS_MAX];
};

void proxy_start(struct proxy *proxy, int target_port);
void proxy_stop(struct proxy *proxy);
/* From now on nothing comes through the connections of now; when it returns, they are dead. */
void proxy_sever(struct proxy *proxy);
