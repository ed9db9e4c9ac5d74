/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * UpdateUser: read, decide, write under the version that was read. Who comes second finds the
 * version changed and decides anew on what the first has written, so that two updates of different
 * fields both last.
 */

#include "myevents/v1/booking_service.pb-c.h"

struct call;

void handle_update_user(
    struct call *call, const Myevents__V1__UpdateUserRequest *request, void *desk);
