/* SPDX-License-Identifier: Apache-2.0 */
#include "services/booking/user.h"

#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "mesh/check.h"
#include "services/booking/docs.h"

enum { NAME_LENGTH_MAX = 80, EMAIL_LENGTH_MAX = 254 };

uint8_t user_missing(const struct user *user) {
    return (user->first_name.size ? 0 : USER_FIRST_NAME) |
           (user->last_name.size ? 0 : USER_LAST_NAME) | (user->email.size ? 0 : USER_EMAIL);
}

/* In the order of their bits. */
static const char *const names[] = {"first_name", "last_name", "email"};

uint8_t user_detail(const char *name) {
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (strcmp(names[i], name) == 0)
            return (uint8_t)(1 << i);
    return 0;
}

void user_details_format(uint8_t details, char ret_text[static USER_DETAILS_SIZE]) {
    size_t size = 0;
    ret_text[0] = '\0';
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (details & 1 << i)
            size += (size_t)snprintf(
                ret_text + size, USER_DETAILS_SIZE - size, "%s%s", size ? ", " : "", names[i]);
}

static uint64_t hash_text(struct text text) {
    return hash_stable(text.data, text.size);
}

uint64_t user_fingerprint(const struct user *user) {
    const uint64_t parts[] = {
        hash_text(user->first_name), hash_text(user->last_name), hash_text(user->email)};
    return hash_stable(parts, sizeof(parts));
}

uint64_t user_create_fingerprint(const struct user *user) {
    return user->create_print ? user->create_print : user_fingerprint(user);
}

static bool is_email(const char *email) {
    const char *at = strchr(email, '@');
    return at && at != email && at[1] != '\0' && !strchr(at + 1, '@') && !strpbrk(email, " \t");
}

void user_check(struct check *check, const Myevents__V1__User *user, uint8_t details) {
    if (details & USER_FIRST_NAME)
        check_string(check, user->first_name, "user.first_name", 1, NAME_LENGTH_MAX, false);
    if (details & USER_LAST_NAME)
        check_string(check, user->last_name, "user.last_name", 1, NAME_LENGTH_MAX, false);
    if (details & USER_EMAIL &&
        check_string(check, user->email, "user.email", 3, EMAIL_LENGTH_MAX, false))
        check_field(check, is_email(user->email), "user.email", "must be an e-mail address");
}
