/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"
#include "proto/plugin/emit.h"
#include "proto/plugin/template.h"

enum { BYTES_PER_LINE = 24 };

static const char header[] =
    "/* Written by protoc-gen-mesh. */\n"
    "#pragma once\n"
    "\n"
    "/* A serialized google.protobuf.FileDescriptorSet; a file stands after its imports. */\n"
    "\n"
    "#include \"base/text.h\"\n"
    "\n"
    "extern const struct text $name$;\n";

static const char source_top[] = "/* Written by protoc-gen-mesh. */\n"
                                 "#include \"$name$.h\"\n"
                                 "\n";

static const char source_bottom[] =
    "\n"
    "const struct text $name$ = {(const char *)$name$_bytes, sizeof($name$_bytes)};\n";

/* Numbers, because the standard promises only 4,095 characters of a string literal. */
static void append_bytes(struct buffer *out, const unsigned char *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) {
        buffer_append_string(out, i % BYTES_PER_LINE == 0 ? "\n    " : " ");
        buffer_append_u64(out, bytes[i]);
        buffer_append_char(out, ',');
    }
}

void emit_descriptor_set_bytes(
    struct buffer *out, const char *name, const Google__Protobuf__FileDescriptorSet *set) {
    _cleanup_(buffer_deinit) struct buffer packed = {0};
    size_t size = protobuf_c_message_get_packed_size(&set->base);
    unsigned char *bytes = (unsigned char *)buffer_reserve(&packed, size);
    protobuf_c_message_pack(&set->base, bytes);
    buffer_printf(out, "static const unsigned char %s_bytes[] = {", name);
    append_bytes(out, bytes, size);
    buffer_append_string(out, "\n};\n");
}

void emit_descriptor_set_header(struct buffer *out, const char *name) {
    template_append(out, header, (struct template_value[]){{"name", name}, {NULL}});
}

void emit_descriptor_set_source(
    struct buffer *out, const char *name, const Google__Protobuf__FileDescriptorSet *set) {
    const struct template_value values[] = {{"name", name}, {NULL}};
    template_append(out, source_top, values);
    emit_descriptor_set_bytes(out, name, set);
    template_append(out, source_bottom, values);
}
