/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which file of the served protos declares what: the pure part of server reflection.
 *
 *  1. Built from the descriptor sets of services, in any number; a file that stands in several of
 *     them is kept once.
 *  2. Names are fully qualified, without a leading dot. A symbol is a message, field, oneof, enum,
 *     enum value (beside its enum, not within), extension, service or method.
 *  3. Everything handed out lives as long as the index, which does not change while it is asked.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/text.h"

struct reflection_index;

struct reflection_file {
    const char *name;
    struct text bytes; /* serialized google.protobuf.FileDescriptorProto */
    size_t number;     /* 0 to reflection_file_count() - 1 */
    const char **imports;
    size_t import_count;
};

struct reflection_index *reflection_index_new(void);
void reflection_index_free(struct reflection_index *index);

/* -EINVAL: not a google.protobuf.FileDescriptorSet. `service` is listed from now on. */
_must_check_ int reflection_index_add(
    struct reflection_index *index, const char *service, struct text descriptor_set);

/* Sorted. */
const char *const *reflection_services(const struct reflection_index *index, size_t *ret_count);
size_t reflection_file_count(const struct reflection_index *index);

/* NULL: there is none. */
const struct reflection_file *reflection_file_named(
    const struct reflection_index *index, const char *name);
const struct reflection_file *reflection_file_with_symbol(
    const struct reflection_index *index, const char *symbol);
const struct reflection_file *reflection_file_with_extension(
    const struct reflection_index *index, const char *type, int32_t number);

/* The numbers of all extensions of a message, in the order of their declaration. False: there is no
 * such message. */
bool reflection_extension_numbers(const struct reflection_index *index, const char *type,
    const int32_t **ret_numbers, size_t *ret_count);

/* The file, always, then of everything it imports, near or far, what is not yet marked in `is_sent`
 * (by number); marks what it gives. `ret_files` has room for reflection_file_count(). The count. */
size_t reflection_collect(const struct reflection_index *index, const struct reflection_file *file,
    bool *is_sent, const struct reflection_file **ret_files);
