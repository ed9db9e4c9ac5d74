/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as a set of descriptors: what is accepted can be asked for, and no file comes twice. */

#include <assert.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/memory.h"
#include "google/protobuf/descriptor.pb-c.h"
#include "grpc/channelz/v1/channelz.mesh.h"
#include "grpc/health/v1/health.mesh.h"
#include "grpc/reflection/v1/reflection.pb-c.h"
#include "mesh/message.h"
#include "mesh/reflection_index.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/mesh/reflected_set.h"

const void *fuzz_seed(size_t index, size_t *ret_size) {
    const struct text *const seeds[] = {
        health.descriptor_set, channelz.descriptor_set, &reflected_set, NULL};
    if (!seeds[index])
        return NULL;
    *ret_size = seeds[index]->size;
    return seeds[index]->data;
}

static void check_file(const struct reflection_index *index, const struct reflection_file *file) {
    size_t room = reflection_file_count(index);
    const struct reflection_file **files = memory_new(room * sizeof(*files));
    bool *is_sent = memory_new(room);
    assert(file->number < room);
    size_t count = reflection_collect(index, file, is_sent, files);
    assert(count >= 1 && count <= room && files[0] == file);
    for (size_t i = 0; i < count; i++) {
        assert(is_sent[files[i]->number]);
        is_sent[files[i]->number] = false;
    }
    free(is_sent);
    free(files);
}

/* Each file of the set by its name. */
static void check_files(const struct reflection_index *index, struct text set) {
    struct arena arena;
    arena_init(&arena, 0);
    const Grpc__Reflection__V1__FileDescriptorResponse *files =
        (const Grpc__Reflection__V1__FileDescriptorResponse *)message_unpack(
            &arena, &grpc__reflection__v1__file_descriptor_response__descriptor, set);
    assert(files);
    for (size_t i = 0; i < files->n_file_descriptor_proto; i++) {
        const Google__Protobuf__FileDescriptorProto *proto =
            (const Google__Protobuf__FileDescriptorProto *)message_unpack(&arena,
                &google__protobuf__file_descriptor_proto__descriptor,
                (struct text){(const char *)files->file_descriptor_proto[i].data,
                    files->file_descriptor_proto[i].len});
        assert(proto && proto->name);
        const struct reflection_file *file = reflection_file_named(index, proto->name);
        assert(file);
        check_file(index, file);
    }
    arena_deinit(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct text set = {(const char *)data, size};
    struct reflection_index *index = reflection_index_new();
    const int32_t *numbers;
    size_t count;
    if (reflection_index_add(index, "any", set) == 0)
        check_files(index, set);
    reflection_file_with_symbol(index, "grpc.health.v1.Health");
    reflection_extension_numbers(index, "mesh.test.base.Extended", &numbers, &count);
    reflection_index_free(index);
    return 0;
}
