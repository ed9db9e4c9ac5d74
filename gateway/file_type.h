/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/text.h"

/* By the ending of the name; application/octet-stream when it is unknown. */
const char *file_type(struct text name);
