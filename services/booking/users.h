/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* CreateUser and GetUser. */

#include <stdint.h>

#include "myevents/v1/booking_service.pb-c.h"

struct call;
struct desk;
struct user;

uint64_t user_fingerprint(const struct user *user);

void handle_create_user(
    struct call *call, const Myevents__V1__CreateUserRequest *request, void *desk);
void handle_get_user(struct call *call, const Myevents__V1__GetUserRequest *request, void *desk);
