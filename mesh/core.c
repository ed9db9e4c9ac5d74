/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/core.h"

#include <assert.h>
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>

#include "base/log.h"
#include "base/task.h"
#include "mesh/inflate.h"

enum { CORE_LINES_PER_SECOND = 20 };

static const struct log_scope scope = {.component = "grpc"};
static struct log_budget budget = {.per_second = CORE_LINES_PER_SECOND};

static pthread_mutex_t users_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned users;

static void log_line(gpr_log_func_args *line) {
    if (!log_budget_take(&budget, "grpc"))
        return;
    log_warn(
        &scope, "core reported file=%s line=%d message=%s", line->file, line->line, line->message);
}

/*
 * Debian builds absl with the checks of a debug build. The dearest one keeps a graph of the order
 * in which the process's mutexes are taken, under one lock for all: 8 % of a busy server's
 * instructions, to find mistakes that would be core's. The switch is C++; its name stands for
 * exactly this build of absl, and where that is another one nothing is switched.
 */
static void stop_lock_order_checks(void) {
    enum { ON_DEADLOCK_CYCLE_IGNORE = 0 };
    void (*set_mode)(int mode);
    *(void **)&set_mode = dlsym(
        RTLD_DEFAULT, "_ZN4absl7debian329SetMutexDeadlockDetectionModeENS0_15OnDeadlockCycleE");
    if (set_mode)
        set_mode(ON_DEADLOCK_CYCLE_IGNORE);
}

void core_ref(void) {
    MUTEX_GUARD(&users_lock);
    if (users++ > 0)
        return;
    stop_lock_order_checks();
    grpc_init();
    gpr_set_log_verbosity(GPR_LOG_SEVERITY_ERROR);
    gpr_set_log_function(log_line);
}

void core_unref(void) {
    MUTEX_GUARD(&users_lock);
    assert(users > 0);
    if (--users == 0)
        grpc_shutdown_blocking();
}

gpr_timespec core_deadline(int64_t monotonic_ms) {
    if (monotonic_ms == INT64_MAX)
        return gpr_inf_future(GPR_CLOCK_MONOTONIC);
    return (gpr_timespec){
        .tv_sec = monotonic_ms / 1000,
        .tv_nsec = (int32_t)(monotonic_ms % 1000) * 1000000,
        .clock_type = GPR_CLOCK_MONOTONIC,
    };
}

int64_t core_deadline_ms(gpr_timespec deadline) {
    deadline = gpr_convert_clock_type(deadline, GPR_CLOCK_MONOTONIC);
    if (deadline.tv_sec >= INT64_MAX / 1000)
        return INT64_MAX;
    if (deadline.tv_sec <= 0)
        return 0;
    return deadline.tv_sec * 1000 + deadline.tv_nsec / 1000000;
}

struct text metadata_find(const grpc_metadata_array *metadata, struct text key) {
    for (size_t i = 0; i < metadata->count; i++)
        if (text_equal(slice_text(&metadata->metadata[i].key), key))
            return slice_text(&metadata->metadata[i].value);
    return (struct text){"", 0};
}

int metadata_make(struct text key, struct text value, grpc_metadata *ret_entry) {
    grpc_metadata entry = {.key = slice_copy_text(key), .value = slice_copy_text(value)};
    bool is_legal = grpc_header_key_is_legal(entry.key) && !text_starts_with(key, TEXT("grpc-")) &&
                    (grpc_is_binary_header(entry.key) ||
                        grpc_header_nonbin_value_is_legal(entry.value));
    if (is_legal) {
        *ret_entry = entry;
        return 0;
    }
    metadata_drop(&entry);
    return -EINVAL;
}

void metadata_drop(grpc_metadata *entry) {
    grpc_slice_unref(entry->key);
    grpc_slice_unref(entry->value);
}

static grpc_byte_buffer *bytes_from_slice(grpc_slice slice) {
    grpc_byte_buffer *bytes = grpc_raw_byte_buffer_create(&slice, 1);
    grpc_slice_unref(slice);
    return bytes;
}

grpc_byte_buffer *bytes_from_message(const ProtobufCMessage *message) {
    grpc_slice slice = grpc_slice_malloc(protobuf_c_message_get_packed_size(message));
    protobuf_c_message_pack(message, GRPC_SLICE_START_PTR(slice));
    return bytes_from_slice(slice);
}

grpc_byte_buffer *bytes_from_text(struct text text) {
    return bytes_from_slice(slice_copy_text(text));
}

static grpc_slice bytes_join(grpc_byte_buffer *bytes) {
    grpc_byte_buffer_reader reader;
    if (!grpc_byte_buffer_reader_init(&reader, bytes))
        return grpc_empty_slice();
    grpc_slice all = grpc_byte_buffer_reader_readall(&reader);
    grpc_byte_buffer_reader_destroy(&reader);
    return all;
}

bool bytes_are_compressed(const grpc_byte_buffer *bytes) {
    return bytes->data.raw.compression != GRPC_COMPRESS_NONE;
}

int bytes_flatten(
    grpc_byte_buffer *bytes, size_t size_max, grpc_slice *ret_flat, struct text *ret_text) {
    grpc_slice_buffer *slices = &bytes->data.raw.slice_buffer;
    if (slices->count == 1) {
        *ret_flat = grpc_empty_slice();
        *ret_text = slice_text(&slices->slices[0]);
    } else {
        *ret_flat = bytes_join(bytes);
        *ret_text = slice_text(ret_flat);
    }
    if (!bytes_are_compressed(bytes))
        return 0;
    grpc_slice packed = *ret_flat;
    int r = inflate_text(*ret_text, size_max, ret_flat);
    if (r < 0)
        *ret_flat = grpc_empty_slice();
    *ret_text = slice_text(ret_flat);
    grpc_slice_unref(packed);
    return r;
}

static grpc_arg *core_args_next(struct core_args *args, grpc_arg_type type, const char *key) {
    assert(args->count < CORE_ARGS_MAX);
    grpc_arg *arg = &args->slots[args->count++];
    *arg = (grpc_arg){.type = type, .key = (char *)key};
    return arg;
}

void core_args_int(struct core_args *args, const char *key, int64_t value) {
    int bounded = value > INT_MAX ? INT_MAX : (int)value;
    core_args_next(args, GRPC_ARG_INTEGER, key)->value.integer = bounded;
}

void core_args_string(struct core_args *args, const char *key, const char *value) {
    core_args_next(args, GRPC_ARG_STRING, key)->value.string = (char *)value;
}

void core_args_pointer(
    struct core_args *args, const char *key, void *value, const grpc_arg_pointer_vtable *methods) {
    grpc_arg *arg = core_args_next(args, GRPC_ARG_POINTER, key);
    arg->value.pointer.p = value;
    arg->value.pointer.vtable = methods;
}

grpc_channel_args core_args_list(struct core_args *args) {
    return (grpc_channel_args){.num_args = args->count, .args = args->slots};
}
