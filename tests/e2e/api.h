/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Short ways to say things over REST. What a test does not expect fails it with the answer. */

#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"
#include "cli/rest.h"
#include "tests/e2e/stand.h"

struct api {
    struct rest rest;
    struct rest_answer answer; /* the last one */
};

void api_init(struct api *api, const struct stand *stand);
void api_deinit(struct api *api);

/* The answer's HTTP status; body "" sends none. */
int api_ask(struct api *api, const char *method, const char *target, const char *body);
void api_expect(
    struct api *api, const char *method, const char *target, const char *body, int status);
/* A number of the last answer; 0 when absent, as in canonical JSON. */
int64_t api_number(const struct api *api, const char *key);
struct id api_id(const struct api *api, const char *key);
bool api_says(const struct api *api, const char *words);

struct id api_some_event(struct api *api);              /* of the demo data, with seats */
struct id api_new_event(struct api *api, int capacity); /* published */
struct id api_new_user(struct api *api);
struct id api_book(struct api *api, struct id event, struct id user, int seats, bool hold);
/* Free seats as the event service shows them. */
int64_t api_seats_shown(struct api *api, struct id event);
/* Waits until it shows so many. */
void api_wait_seats_shown(struct api *api, struct id event, int64_t seats);
/* Until the gateway says that it reaches the services behind it. */
void api_wait_ready(struct api *api, struct stand *stand);
