/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * From FileDescriptorSets to tables, in two walks over all files: the first gives every message and
 * enum its place, so that the second can let fields and methods point at them.
 */

#include "base/arena.h"
#include "base/buffer.h"
#include "gateway/transcode/comments.h"
#include "gateway/transcode/schema_private.h"
#include "google/protobuf/descriptor.pb-c.h"

typedef Google__Protobuf__FileDescriptorSet file_set;
typedef Google__Protobuf__FileDescriptorProto file_proto;
typedef Google__Protobuf__DescriptorProto message_proto;
typedef Google__Protobuf__FieldDescriptorProto field_proto;
typedef Google__Protobuf__EnumDescriptorProto enum_proto;
typedef Google__Protobuf__ServiceDescriptorProto service_proto;
typedef Google__Protobuf__MethodDescriptorProto method_proto;
/* A field that another place declares for a message; its JSON name is "[full.name]". */
struct extension {
    const field_proto *proto;
    struct text name;
};

struct loader {
    struct schema_tables *tables;
    struct arena *arena; /* of the tables */
    struct buffer *error;
    file_set **sets;
    size_t set_count;
    const file_proto **files; /* each name once */
    size_t file_count;
    size_t message_count; /* upper bounds, for the tables of names */
    size_t enum_count;
    size_t method_count;
    struct extension *extensions;
    size_t extension_count;
    /* While a file is walked: */
    struct text package;
    bool is_proto3;
    struct comments comments;
};

/* Appends the sentence; returns false. */
_printf_(2, 3) bool loader_refuse(struct loader *loader, const char *format, ...);
struct text loader_keep(struct loader *loader, const char *string);
/* "scope.name" */
struct text loader_join(struct loader *loader, struct text scope, const char *name);
/* protoc writes full names with a dot in front. */
struct text loader_type_name(const char *name);
/* What the first walk declared, to be written by the second; NULL when there is none. */
struct schema_message *loader_message(struct loader *loader, struct text full_name);
struct schema_enum *loader_enum(struct loader *loader, struct text full_name);

/* schema_declare.c: the first walk. Counting comes before, so that the tables have room. */
void schema_count_file(struct loader *loader, const file_proto *file);
bool schema_declare_file(struct loader *loader, const file_proto *file);

/* schema_fill.c: the second walk. */
bool schema_fill_file(struct loader *loader, const file_proto *file);

/* schema_field.c */
bool schema_fill_field(struct loader *loader, const struct schema_message *message,
    struct schema_field *field, const field_proto *proto);
/* Of its JSON name. */
void schema_fill_texts(struct loader *loader, struct schema_field *field);
