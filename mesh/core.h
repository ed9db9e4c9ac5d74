/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * gRPC core, as the rest of this folder uses it. No other header includes grpc/: above mesh/ nobody
 * sees a grpc_* type.
 */

#include <grpc/byte_buffer.h>
#include <grpc/byte_buffer_reader.h>
#include <grpc/compression.h>
#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpc/impl/codegen/propagation_bits.h>
#include <grpc/slice.h>
#include <grpc/support/alloc.h>
#include <grpc/support/log.h>
#include <grpc/support/time.h>
#include <protobuf-c/protobuf-c.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/text.h"

/* Counted: the first initializes core, the last shuts it down and waits for its threads. */
void core_ref(void);
void core_unref(void);

/* INT64_MAX: never. */
gpr_timespec core_deadline(int64_t monotonic_ms);
int64_t core_deadline_ms(gpr_timespec deadline);

static inline struct text slice_text(const grpc_slice *slice) {
    return (struct text){(const char *)GRPC_SLICE_START_PTR(*slice), GRPC_SLICE_LENGTH(*slice)};
}
static inline grpc_slice slice_copy_text(struct text text) {
    return grpc_slice_from_copied_buffer(text.data, text.size);
}

/* The first value of a key; empty when absent. Lives as long as the call it came with. */
struct text metadata_find(const grpc_metadata_array *metadata, struct text key);

/* Copies. -EINVAL: core would refuse it, or the key belongs to gRPC itself. */
_must_check_ int metadata_make(struct text key, struct text value, grpc_metadata *ret_entry);
void metadata_drop(grpc_metadata *entry);

/* Both copy; the caller destroys the buffer. */
grpc_byte_buffer *bytes_from_message(const ProtobufCMessage *message);
grpc_byte_buffer *bytes_from_text(struct text text);
/*
 * The contents in one piece: in place when they are one slice, otherwise a copy. *ret_flat holds
 * what is not in place and is to be unreffed, also after an error. Compressed contents are
 * unpacked. -EMSGSIZE: they would be larger than size_max. -EBADMSG: what is compressed is damaged.
 */
_must_check_ int bytes_flatten(
    grpc_byte_buffer *bytes, size_t size_max, grpc_slice *ret_flat, struct text *ret_text);
bool bytes_are_compressed(const grpc_byte_buffer *bytes);

/* Channel arguments: a list that is filled and forgotten. */
enum { CORE_ARGS_MAX = 40 };
struct core_args {
    grpc_arg slots[CORE_ARGS_MAX];
    size_t count;
};
void core_args_int(struct core_args *args, const char *key, int64_t value);
void core_args_string(struct core_args *args, const char *key, const char *value);
void core_args_pointer(
    struct core_args *args, const char *key, void *value, const grpc_arg_pointer_vtable *methods);
grpc_channel_args core_args_list(struct core_args *args);
