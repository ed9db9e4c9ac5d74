/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a booking may have gone through, stated once more and in another form than the rules, so
 * that they can be checked against it. */

#include <stdbool.h>

struct booking;

/* Every state follows from the one before for its reason, holds and only holds have a deadline,
 * none expired before it, and none was extended twice. */
bool history_is_allowed(const struct booking *booking);
