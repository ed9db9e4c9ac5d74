/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/transcode/error.h"

#include "base/arena.h"
#include "base/buffer.h"
#include "gateway/transcode/schema.h"

enum { EXCERPT_SIZE_MAX = 40, PATH_SIZE_MAX = 400 };

const char *error_excerpt(struct arena *arena, struct text text) {
    _cleanup_(buffer_deinit) struct buffer shown = {0};
    char scratch[TEXT_ESCAPE_SIZE];
    struct text rest = text;
    while (rest.size > 0 && text.size - rest.size < EXCERPT_SIZE_MAX) {
        size_t size = text_utf8_next(rest);
        struct text one = {rest.data, size ? size : 1};
        rest.data += one.size;
        rest.size -= one.size;
        buffer_append_text(
            &shown, one.data[0] == '"' ? TEXT("\"") : text_cut_escaped(&one, scratch));
    }
    if (rest.size > 0)
        buffer_append_string(&shown, "...");
    return arena_copy_text(arena, buffer_text(&shown));
}

static void append_step(struct buffer *path, struct arena *arena, const struct step *step) {
    if (step->parent)
        append_step(path, arena, step->parent);
    if (path->size > PATH_SIZE_MAX)
        return;
    if (path->size > 0)
        buffer_append_char(path, '.');
    if (!step->field)
        buffer_append_string(path, error_excerpt(arena, step->key));
    else
        buffer_append_text(path, step->field->json_name);
    if (step->index != STEP_NO_INDEX)
        buffer_printf(path, "[%td]", step->index);
    else if (step->field && step->key.data)
        buffer_printf(path, "[\"%s\"]", error_excerpt(arena, step->key));
}

const char *step_path(struct arena *arena, const struct step *step) {
    _cleanup_(buffer_deinit) struct buffer path = {0};
    if (step)
        append_step(&path, arena, step);
    return arena_copy_text(arena, buffer_text(&path));
}

int error_at(struct transcode_error *ret_error, struct arena *arena, const struct step *step,
    size_t offset, const char *format, ...) {
    va_list args;
    va_start(args, format);
    *ret_error = (struct transcode_error){
        .path = step_path(arena, step),
        .message = arena_vprintf(arena, format, args),
        .offset = offset,
    };
    va_end(args);
    return TRANSCODE_INVALID;
}
