/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* CreateUser, GetUser and BatchGetUsers. */

#include "myevents/v1/booking_service.pb-c.h"

struct call;

void handle_create_user(
    struct call *call, const Myevents__V1__CreateUserRequest *request, void *desk);
void handle_get_user(struct call *call, const Myevents__V1__GetUserRequest *request, void *desk);
void handle_batch_get_users(
    struct call *call, const Myevents__V1__BatchGetUsersRequest *request, void *desk);
