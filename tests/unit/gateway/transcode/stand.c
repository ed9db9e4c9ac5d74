/* SPDX-License-Identifier: Apache-2.0 */
#include "stand.h"

static struct schema *schema;
static struct router *router;

static void free_tables(void) {
    router_free(router);
    schema_free(schema);
}

static struct text read_file(const char *path) {
    static char bytes[256 * 1024];
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t size = fread(bytes, 1, sizeof(bytes), file);
    assert_true(size < sizeof(bytes));
    fclose(file);
    return (struct text){bytes, size};
}

const struct schema *sample_schema(void) {
    struct buffer error = {0};
    if (schema)
        return schema;
    struct text set = read_file(SAMPLE_SET);
    schema = schema_new(&set, 1, &error);
    assert_text_equal(buffer_text(&error), "");
    assert_non_null(schema);
    atexit(free_tables);
    return schema;
}

const struct router *sample_router(void) {
    struct buffer error = {0};
    if (!router)
        router = router_new(sample_schema(), &error);
    assert_text_equal(buffer_text(&error), "");
    assert_non_null(router);
    return router;
}

const struct schema_message *sample_message(const char *name) {
    char full_name[128];
    snprintf(full_name, sizeof(full_name), strchr(name, '.') ? "%s" : "sample.v1.%s", name);
    const struct schema_message *message = schema_message(sample_schema(), text_from(full_name));
    assert_non_null(message);
    return message;
}

int stand_setup(void **state) {
    struct stand *stand = calloc(1, sizeof(*stand));
    arena_init(&stand->arena, 0);
    *state = stand;
    return 0;
}

int stand_teardown(void **state) {
    struct stand *stand = *state;
    arena_deinit(&stand->arena);
    buffer_deinit(&stand->wire);
    buffer_deinit(&stand->json);
    free(stand);
    return 0;
}

void stand_clear(struct stand *stand) {
    arena_clear(&stand->arena);
    buffer_clear(&stand->wire);
    buffer_clear(&stand->json);
    stand->error = (struct transcode_error){"", "", 0};
}

/* A copy of its exact size, so that a read beyond its end is seen by the sanitizer. */
static struct text exact_copy(struct arena *arena, struct text text) {
    return (struct text){arena_copy(arena, text.data, text.size), text.size};
}

int stand_read(struct stand *stand, const char *message, const char *json) {
    stand_clear(stand);
    struct json_request request = {
        .schema = sample_schema(),
        .message = sample_message(message),
        .json = exact_copy(&stand->arena, text_from(json)),
        .has_json = true,
    };
    return json_to_wire(&request, &stand->arena, &stand->wire, &stand->error);
}

int stand_print(struct stand *stand, const char *message, struct text wire, enum json_zeros zeros) {
    buffer_clear(&stand->json);
    struct json_reply reply = {
        .schema = sample_schema(),
        .message = sample_message(message),
        .wire = exact_copy(&stand->arena, wire),
        .zeros = zeros,
    };
    return wire_to_json(&reply, &stand->arena, &stand->json, &stand->error);
}

void assert_text_equal(struct text text, const char *expected) {
    char *copy = strndup(text.size ? text.data : "", text.size);
    assert_string_equal(copy, expected);
    free(copy);
}

void assert_hex_equal(struct text bytes, const char *expected) {
    struct buffer hex = {0};
    for (size_t i = 0; i < bytes.size; i++)
        buffer_printf(&hex, "%02x", (unsigned char)bytes.data[i]);
    assert_text_equal(buffer_text(&hex), expected);
    buffer_deinit(&hex);
}

void assert_error(struct stand *stand, const char *path, const char *sentence) {
    assert_string_equal(stand->error.path, path);
    assert_string_equal(stand->error.message, sentence);
}

void assert_round_trip(
    struct stand *stand, const char *message, const char *json, const char *expected) {
    if (stand_read(stand, message, json) != 0)
        fail_msg("%s: %s: %s", json, stand->error.path, stand->error.message);
    if (stand_print(stand, message, buffer_text(&stand->wire), JSON_ZEROS_OMITTED) != 0)
        fail_msg("%s printed: %s: %s", json, stand->error.path, stand->error.message);
    assert_text_equal(buffer_text(&stand->json), expected);
}

void assert_refused(struct stand *stand, const char *message, const char *json, const char *path,
    const char *sentence) {
    if (stand_read(stand, message, json) == 0)
        fail_msg("%s was not refused", json);
    assert_error(stand, path, sentence);
}
