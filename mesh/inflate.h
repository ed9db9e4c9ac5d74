/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "mesh/core.h"

/*
 * Unpacks a message that its sender compressed by gzip or deflate. Core would do it too, but
 * without a limit: a kilobyte can stand for a gigabyte. -EMSGSIZE: more than size_max comes out.
 * -EBADMSG: damaged, or something follows its end.
 */
_must_check_ int inflate_text(struct text packed, size_t size_max, grpc_slice *ret_slice);
