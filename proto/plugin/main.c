/* SPDX-License-Identifier: Apache-2.0 */

/*
 * protoc-gen-mesh: writes the tables, typed handlers and typed clients of services for the runtime
 * in mesh/. protoc runs it, with a CodeGeneratorRequest on stdin and a CodeGeneratorResponse wanted
 * on stdout:
 *
 *     protoc --plugin=PATH/protoc-gen-mesh --mesh_out=FOLDER FILE.proto
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "proto/plugin/generate.h"

enum { CHUNK_SIZE = 64 * 1024 };

static int read_all(FILE *in, struct buffer *ret_bytes) {
    size_t size;
    do {
        size = fread(buffer_reserve(ret_bytes, CHUNK_SIZE), 1, CHUNK_SIZE, in);
        ret_bytes->size += size;
    } while (size == CHUNK_SIZE);
    return ferror(in) ? -EIO : 0;
}

static int write_message(FILE *out, const ProtobufCMessage *message) {
    _cleanup_(buffer_deinit) struct buffer bytes = {0};
    size_t size = protobuf_c_message_get_packed_size(message);
    protobuf_c_message_pack(message, (uint8_t *)buffer_reserve(&bytes, size));
    if (fwrite(bytes.data, 1, size, out) != size || fflush(out) != 0)
        return -EIO;
    return 0;
}

static int answer(Google__Protobuf__Compiler__CodeGeneratorRequest *request) {
    struct arena arena;
    arena_init(&arena, 0);
    int r = write_message(stdout, &generate(&arena, request)->base);
    arena_deinit(&arena);
    return r;
}

static int fail(const char *what) {
    fprintf(stderr, "protoc-gen-mesh: %s\n", what);
    return EXIT_FAILURE;
}

int main(void) {
    _cleanup_(buffer_deinit) struct buffer bytes = {0};
    if (read_all(stdin, &bytes) < 0)
        return fail("cannot read stdin");
    Google__Protobuf__Compiler__CodeGeneratorRequest *request =
        google__protobuf__compiler__code_generator_request__unpack(
            NULL, bytes.size, (const uint8_t *)bytes.data);
    if (request == NULL)
        return fail("stdin is no CodeGeneratorRequest; protoc runs this program");
    int r = answer(request);
    google__protobuf__compiler__code_generator_request__free_unpacked(request, NULL);
    return r < 0 ? fail("cannot write stdout") : EXIT_SUCCESS;
}
