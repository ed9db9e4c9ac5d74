/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Can we do our work? Asks every peer once a second by grpc.health.v1 and remembers the answer, so
 * that nobody who wants to know it waits for a network. A connection that is lost counts at once.
 */

#include <stdbool.h>

struct gateway;
struct readiness;

/* After the peers are known. */
struct readiness *readiness_new(struct gateway *gateway);
void readiness_free(struct readiness *readiness); /* when all is idle, before the server */

void readiness_start(struct readiness *readiness); /* before the server is started */
void readiness_stop(struct readiness *readiness);  /* never ready again, asks no more; any thread */
bool readiness_get(const struct readiness *readiness); /* any thread */
