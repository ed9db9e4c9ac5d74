/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Rules of users: who is complete, and what their details may be. Pure. */

#include <stdbool.h>
#include <stdint.h>

#include "myevents/v1/booking_service.pb-c.h"

struct check;
struct user;

/* Somebody who has told none of them is a guest. */
enum user_detail {
    USER_FIRST_NAME = 1 << 0,
    USER_LAST_NAME = 1 << 1,
    USER_EMAIL = 1 << 2,
    USER_DETAILS = USER_FIRST_NAME | USER_LAST_NAME | USER_EMAIL,
};

/* The details that have not been told, as a set. */
uint8_t user_missing(const struct user *user);

/* The one of this name in the API, 0 when there is none. */
uint8_t user_detail(const char *name);
/* "first_name, email" */
enum { USER_DETAILS_SIZE = 40 };
void user_details_format(uint8_t details, char ret_text[static USER_DETAILS_SIZE]);

/* What the idempotency key of its creation stands for. */
uint64_t user_fingerprint(const struct user *user);
/* The same of a stored user, whose details may have been changed since. */
uint64_t user_create_fingerprint(const struct user *user);

/* Notes what is wrong with those of the details that are in the set. */
void user_check(struct check *check, const Myevents__V1__User *user, uint8_t details);
