/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "store/driver.h"

/* Where to start, from prefix, from and direction. */
struct start {
    enum seek seek;
    struct text key;
    bool is_nowhere;
    char successor[STORE_KEY_SIZE_MAX];
};

/* The least key above all keys with the prefix; empty when there is none (all bytes are 0xff). */
static struct text successor_of(struct text prefix, char bytes[static STORE_KEY_SIZE_MAX]) {
    size_t size = prefix.size;
    while (size > 0 && (unsigned char)prefix.data[size - 1] == 0xff)
        size--;
    if (size == 0)
        return TEXT("");
    memcpy(bytes, prefix.data, size);
    bytes[size - 1]++;
    return (struct text){bytes, size};
}

static void start_ascending(struct start *start, struct text prefix, struct text from) {
    start->seek = SEEK_AT_OR_AFTER;
    start->key = text_compare(from, prefix) > 0 ? from : prefix;
}

static void start_descending(struct start *start, struct text prefix, struct text from) {
    bool is_inside = from.size > 0 && text_starts_with(from, prefix);
    start->is_nowhere = from.size > 0 && text_compare(from, prefix) < 0;
    start->seek = is_inside ? SEEK_AT_OR_BEFORE : SEEK_BEFORE;
    start->key = is_inside ? from : successor_of(prefix, start->successor);
}

int store_cursor_begin(struct store_cursor *cursor, struct store_view *view, unsigned collection,
    struct text prefix, struct text from, bool descending) {
    *cursor = (struct store_cursor){.view = view, .prefix = prefix, .descending = descending};
    struct start start = {.is_nowhere = prefix.size > STORE_KEY_SIZE_MAX};
    if (start.is_nowhere)
        return 0;
    if (from.size > STORE_KEY_SIZE_MAX) /* no key lies between what is kept of it and itself */
        from.size = STORE_KEY_SIZE_MAX + 1;
    (descending ? start_descending : start_ascending)(&start, prefix, from);
    if (start.is_nowhere)
        return 0;
    int r = view->database->driver->cursor_open(
        view, collection, start.key, start.seek, &cursor->driver);
    return r == STORE_END ? 0 : r;
}

int store_cursor_next(struct store_cursor *cursor, struct text *ret_key, struct text *ret_value) {
    if (!cursor->driver)
        return STORE_END;
    enum step step = !cursor->started ? STEP_STAY : cursor->descending ? STEP_PREVIOUS : STEP_NEXT;
    cursor->started = true;
    struct text key, value;
    int r = cursor->view->database->driver->cursor_step(cursor->driver, step, &key, &value);
    if ((r == 0 || r == -EBADMSG) && !text_starts_with(key, cursor->prefix))
        return STORE_END;
    if (r != 0)
        return r;
    *ret_key = key;
    *ret_value = value;
    return 0;
}

void store_cursor_end(struct store_cursor *cursor) {
    if (cursor && cursor->driver)
        cursor->view->database->driver->cursor_close(cursor->driver);
    if (cursor)
        cursor->driver = NULL;
}
