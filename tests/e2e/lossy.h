/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A relay between clients and the booking service that loses one answer: it passes bytes on both
 * ways until a client sends the first booking of two seats of an event. That request still reaches
 * the service, but from then on nothing comes back on its connection. Later connections lose
 * nothing. When one side of a connection ends, the other is ended too.
 */

#include <pthread.h>
#include <stdatomic.h>

#include "base/id.h"

enum { LOSSY_LINKS_MAX = 32, LOSSY_TAIL_SIZE = 512 };

struct lossy_link {
    int client, service; /* -1: none */
    bool is_mute;
    char tail[LOSSY_TAIL_SIZE]; /* the last bytes from the client: a booking may come in pieces */
    size_t tail_size;
};

struct lossy {
    int port; /* clients connect here */
    int service_port;
    int listener;
    int order, order_end; /* a pipe: the thread stops when it ends */
    struct id event;
    pthread_t thread;
    struct lossy_link links[LOSSY_LINKS_MAX];
    atomic_int bookings; /* sent by clients, of two seats of the event */
};

void lossy_start(struct lossy *lossy, int service_port, struct id event);
void lossy_stop(struct lossy *lossy);
