/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

struct metric_series;

struct relay_meters {
    struct metric_series *pending, *oldest_seconds, *published, *refilled, *errors;
};

void relay_meters_init(struct relay_meters *meters, const char *stream);
