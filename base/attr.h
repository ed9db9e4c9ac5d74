/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The GNU attributes this project uses; they are spelled nowhere else. */

#include <stddef.h>

#define _cleanup_(f)        __attribute__((cleanup(f)))
#define _printf_(fmt, args) __attribute__((format(printf, fmt, args)))
#define _must_check_        __attribute__((warn_unused_result))
#define _noreturn_          __attribute__((noreturn))
#define _unused_            __attribute__((unused))

#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))
#define ARRAY_SIZE(array)               (sizeof(array) / sizeof((array)[0]))
