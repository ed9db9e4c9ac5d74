/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The program that protobuf's conformance_test_runner tests: requests on stdin, answers on stdout,
 * each with its size in front. The runner comes with protobuf's source, so this runs by hand:
 *
 *     protoc --include_imports --descriptor_set_out=messages.desc \
 *         google/protobuf/test_messages_proto2.proto google/protobuf/test_messages_proto3.proto
 *     CONFORMANCE_SET=messages.desc conformance_test_runner --enforce_recommended
 * conformance_testee
 *
 * What is neither JSON in nor JSON out is skipped: this library has no such way.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "gateway/transcode/json_to_wire.h"
#include "gateway/transcode/wire_to_json.h"

/* Field numbers of conformance.proto. */
enum {
    REQUEST_PROTOBUF = 1,
    REQUEST_JSON = 2,
    REQUEST_OUTPUT = 3,
    REQUEST_TYPE = 4,
    REQUEST_CATEGORY = 5,
    ANSWER_PARSE_ERROR = 1,
    ANSWER_SERIALIZE_ERROR = 6,
    ANSWER_PROTOBUF = 3,
    ANSWER_JSON = 4,
    ANSWER_SKIPPED = 5,
    OUTPUT_PROTOBUF = 1,
    OUTPUT_JSON = 2,
    CATEGORY_IGNORE_UNKNOWN = 3,
    REQUEST_SIZE_MAX = 64 * 1024 * 1024,
};

struct request {
    struct text payload;
    struct text type;
    uint64_t output;
    uint64_t category;
    uint32_t kind; /* REQUEST_PROTOBUF, REQUEST_JSON, 0: another */
};

static struct request read_request(struct text bytes) {
    struct request request = {0};
    struct wire_reader reader = wire_reader(bytes);
    struct wire_field field;
    while (reader.at < reader.end && wire_read_field(&reader, &field)) {
        if (field.number == REQUEST_PROTOBUF || field.number == REQUEST_JSON) {
            request.payload = field.bytes;
            request.kind = field.number;
        }
        if (field.number == REQUEST_OUTPUT)
            request.output = field.value;
        if (field.number == REQUEST_TYPE)
            request.type = field.bytes;
        if (field.number == REQUEST_CATEGORY)
            request.category = field.value;
    }
    return request;
}

static void answer_error(
    struct buffer *answer, uint32_t kind, const struct transcode_error *error) {
    struct buffer sentence = {0};
    buffer_printf(&sentence, "%s: %s", error->path, error->message);
    wire_append_bytes(answer, kind, buffer_text(&sentence));
    buffer_deinit(&sentence);
}

static void answer_json(const struct schema *schema, const struct schema_message *message,
    struct text wire, struct arena *arena, struct buffer *answer) {
    struct json_reply reply = {
        .schema = schema, .message = message, .wire = wire, .zeros = JSON_ZEROS_OMITTED};
    struct transcode_error error;
    struct buffer json = {0};
    if (wire_to_json(&reply, arena, &json, &error) == 0)
        wire_append_bytes(answer, ANSWER_JSON, buffer_text(&json));
    else if (strcmp(error.message, "is no valid protobuf message") == 0)
        answer_error(answer, ANSWER_PARSE_ERROR, &error);
    else
        answer_error(answer, ANSWER_SERIALIZE_ERROR, &error);
    buffer_deinit(&json);
}

static void answer_request(const struct schema *schema, const struct request *request,
    struct arena *arena, struct buffer *answer) {
    const struct schema_message *message = schema_message(schema, request->type);
    bool is_ours = message && (request->kind == REQUEST_JSON || request->output == OUTPUT_JSON) &&
                   request->kind &&
                   (request->output == OUTPUT_JSON || request->output == OUTPUT_PROTOBUF);
    if (!is_ours) {
        wire_append_bytes(answer, ANSWER_SKIPPED, TEXT("no JSON in it"));
        return;
    }
    if (request->kind == REQUEST_PROTOBUF) {
        answer_json(schema, message, request->payload, arena, answer);
        return;
    }
    struct json_request json = {
        .schema = schema,
        .message = message,
        .json = request->payload,
        .has_json = true,
        .ignores_unknown = request->category == CATEGORY_IGNORE_UNKNOWN,
    };
    struct transcode_error error;
    struct buffer wire = {0};
    if (json_to_wire(&json, arena, &wire, &error) != 0)
        answer_error(answer, ANSWER_PARSE_ERROR, &error);
    else if (request->output == OUTPUT_PROTOBUF)
        wire_append_bytes(answer, ANSWER_PROTOBUF, buffer_text(&wire));
    else
        answer_json(schema, message, buffer_text(&wire), arena, answer);
    buffer_deinit(&wire);
}

static bool read_sized(struct buffer *buffer) {
    unsigned char size[4];
    if (fread(size, 1, sizeof(size), stdin) != sizeof(size))
        return false;
    size_t count = size[0] | size[1] << 8 | size[2] << 16 | (size_t)size[3] << 24;
    if (count > REQUEST_SIZE_MAX)
        return false;
    buffer_clear(buffer);
    buffer->size = fread(buffer_reserve(buffer, count), 1, count, stdin);
    return buffer->size == count;
}

static void write_sized(const struct buffer *buffer) {
    char size[4];
    wire_put_fixed(size, buffer->size, sizeof(size));
    fwrite(size, 1, sizeof(size), stdout);
    fwrite(buffer->data, 1, buffer->size, stdout);
    fflush(stdout);
}

static struct schema *load(const char *path) {
    struct buffer set = {0}, error = {0};
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    for (size_t got = 1; got > 0; set.size += got)
        got = fread(buffer_reserve(&set, BUFSIZ), 1, BUFSIZ, file);
    fclose(file);
    struct text bytes = buffer_text(&set);
    struct schema *schema = schema_new(&bytes, 1, &error);
    if (!schema)
        fprintf(stderr, "%.*s\n", TEXT_ARG(buffer_text(&error)));
    buffer_deinit(&set);
    buffer_deinit(&error);
    return schema;
}

int main(void) {
    const char *path = getenv("CONFORMANCE_SET"); /* the runner passes no arguments on */
    struct schema *schema = path ? load(path) : NULL;
    struct buffer bytes = {0}, answer = {0};
    struct arena arena;
    if (!schema) {
        fprintf(stderr, "CONFORMANCE_SET must be the path of a descriptor set\n");
        return EXIT_FAILURE;
    }
    arena_init(&arena, 0);
    while (read_sized(&bytes)) {
        struct request request = read_request(buffer_text(&bytes));
        buffer_clear(&answer);
        arena_clear(&arena);
        answer_request(schema, &request, &arena, &answer);
        write_sized(&answer);
    }
    arena_deinit(&arena);
    buffer_deinit(&bytes);
    buffer_deinit(&answer);
    schema_free(schema);
    return EXIT_SUCCESS;
}
