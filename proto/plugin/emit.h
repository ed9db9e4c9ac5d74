/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The text of the generated files. */

#include <google/protobuf/descriptor.pb-c.h>
#include <stddef.h>

struct buffer;
struct file_model;
struct method_model;
struct service_model;
struct template_value;

/* FILE.mesh.h and FILE.mesh.c of a proto; `set` is the proto with all its imports. */
void emit_header(struct buffer *out, const struct file_model *file);
void emit_source(struct buffer *out, const struct file_model *file,
    const Google__Protobuf__FileDescriptorSet *set);

/* NAME.h and NAME.c of a descriptor set alone. */
void emit_descriptor_set_header(struct buffer *out, const char *name);
void emit_descriptor_set_source(
    struct buffer *out, const char *name, const Google__Protobuf__FileDescriptorSet *set);

/* static const unsigned char NAME_bytes[] with the serialized set. */
void emit_descriptor_set_bytes(
    struct buffer *out, const char *name, const Google__Protobuf__FileDescriptorSet *set);

/* Appends the template with the names of the service, and of the method unless it is NULL. */
void emit_service(struct buffer *out, const char *template, const struct service_model *service);
void emit_method(struct buffer *out, const char *template, const struct service_model *service,
    const struct method_model *method);
