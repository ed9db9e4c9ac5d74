/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The files of a request, and who imports whom. */

#include <google/protobuf/compiler/plugin.pb-c.h>

struct arena;

/* Never NULL: protoc sends what it names. */
Google__Protobuf__FileDescriptorProto *imports_find(
    const Google__Protobuf__Compiler__CodeGeneratorRequest *request, const char *name);

/* The file after everything that it imports, also indirectly. The set lives in the arena, its files
 * are the request's. */
Google__Protobuf__FileDescriptorSet *imports_of(struct arena *arena,
    const Google__Protobuf__Compiler__CodeGeneratorRequest *request, const char *name);
