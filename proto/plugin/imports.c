/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/plugin/imports.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "base/arena.h"

static size_t index_of(
    const Google__Protobuf__Compiler__CodeGeneratorRequest *request, const char *name) {
    size_t i = 0;
    while (i < request->n_proto_file && strcmp(request->proto_file[i]->name, name) != 0)
        i++;
    assert(i < request->n_proto_file);
    return i;
}

Google__Protobuf__FileDescriptorProto *imports_find(
    const Google__Protobuf__Compiler__CodeGeneratorRequest *request, const char *name) {
    return request->proto_file[index_of(request, name)];
}

/* protoc sends imports before their importers, so one pass from the back reaches everything. */
static void mark_imports(
    const Google__Protobuf__Compiler__CodeGeneratorRequest *request, size_t last, bool *is_needed) {
    is_needed[last] = true;
    for (size_t i = last + 1; i-- > 0;) {
        const Google__Protobuf__FileDescriptorProto *file = request->proto_file[i];
        for (size_t j = 0; is_needed[i] && j < file->n_dependency; j++)
            is_needed[index_of(request, file->dependency[j])] = true;
    }
}

Google__Protobuf__FileDescriptorSet *imports_of(struct arena *arena,
    const Google__Protobuf__Compiler__CodeGeneratorRequest *request, const char *name) {
    size_t last = index_of(request, name);
    bool *is_needed = arena_zalloc(arena, request->n_proto_file * sizeof(*is_needed));
    mark_imports(request, last, is_needed);

    Google__Protobuf__FileDescriptorSet *set = arena_alloc(arena, sizeof(*set));
    google__protobuf__file_descriptor_set__init(set);
    set->file = arena_alloc(arena, (last + 1) * sizeof(*set->file));
    for (size_t i = 0; i <= last; i++) {
        if (is_needed[i])
            set->file[set->n_file++] = request->proto_file[i];
    }
    return set;
}
