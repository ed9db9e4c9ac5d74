/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "echo.pb-c.h"
#include "mesh/method.h"
#include "mesh/server.h"

extern const struct service echo_service;

enum echo_service_method {
    ECHO_SERVICE_ECHO,
    ECHO_SERVICE_HOLD,
    ECHO_SERVICE_FAIL,
    ECHO_SERVICE_COUNT,
    ECHO_SERVICE_WATCH,
    ECHO_SERVICE_MISSING,
    ECHO_SERVICE_METHOD_COUNT,
};
