/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/transcode/comments.h"

#include "base/arena.h"
#include "base/buffer.h"

typedef Google__Protobuf__SourceCodeInfo__Location location_proto;

struct place place_inside(const struct place *place, int32_t number, size_t index) {
    struct place inner = *place;
    if (inner.count + 2 <= PLACE_DEPTH_MAX) {
        inner.steps[inner.count++] = number;
        inner.steps[inner.count++] = (int32_t)index;
    }
    return inner;
}

static struct text place_key(const int32_t *steps, size_t count) {
    return (struct text){(const char *)steps, count * sizeof(steps[0])};
}

void comments_init(struct comments *comments, const Google__Protobuf__SourceCodeInfo *info) {
    *comments = (struct comments){0};
    for (size_t i = 0; info && i < info->n_location; i++) {
        location_proto *location = info->location[i];
        if (location->leading_comments || location->trailing_comments)
            map_put(&comments->by_place, place_key(location->path, location->n_path), location);
    }
}

void comments_deinit(struct comments *comments) {
    map_deinit(&comments->by_place);
}

/* Line ends inside a paragraph are an accident of the proto's width; empty lines are meant. */
static struct text comment_text(struct arena *arena, const char *comment) {
    _cleanup_(buffer_deinit) struct buffer joined = {0};
    struct text rest = text_from(comment);
    bool is_paragraph = false;
    while (rest.size > 0) {
        struct text line = text_trim(text_cut(&rest, '\n'));
        if (line.size == 0) {
            is_paragraph = joined.size > 0;
            continue;
        }
        if (joined.size > 0)
            buffer_append_string(&joined, is_paragraph ? "\n\n" : " ");
        buffer_append_text(&joined, line);
        is_paragraph = false;
    }
    return (struct text){arena_copy_text(arena, buffer_text(&joined)), joined.size};
}

struct text comments_here(
    const struct comments *comments, struct arena *arena, const struct place *place) {
    const location_proto *location = map_get(
        &comments->by_place, place_key(place->steps, place->count));
    if (!location)
        return TEXT("");
    return comment_text(arena,
        location->leading_comments ? location->leading_comments : location->trailing_comments);
}

struct text comments_get(const struct comments *comments, struct arena *arena,
    const struct place *place, int32_t number, size_t index) {
    struct place inner = place_inside(place, number, index);
    return comments_here(comments, arena, &inner);
}
