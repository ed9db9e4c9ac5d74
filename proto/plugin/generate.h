/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * From what protoc asks to what it gets:
 *  - no parameter: FILE.mesh.h and FILE.mesh.c for every FILE.proto that has services;
 *  - "descriptor_set=NAME": NAME.h and NAME.c, the descriptors of all files as one constant.
 */

#include <google/protobuf/compiler/plugin.pb-c.h>

struct arena;

/* The response lives in the arena; comments and positions are taken out of the request's files. */
Google__Protobuf__Compiler__CodeGeneratorResponse *generate(
    struct arena *arena, Google__Protobuf__Compiler__CodeGeneratorRequest *request);
