/* SPDX-License-Identifier: Apache-2.0 */

/* Cursors against a sorted array, over every driver: keys are short words over few bytes, 0x00 and
 * 0xff among them, so that prefixes, borders and neighbours meet often. */

#include "fixture.h"

enum { KEYS_MAX = 400, QUESTIONS = 4000, WORD_MAX = 4 };

struct word {
    size_t size;
    char bytes[STORE_KEY_SIZE_MAX + 8];
};

struct model {
    struct word keys[KEYS_MAX];
    size_t count;
};

static uint32_t seed;

static uint32_t random_below(uint32_t bound) {
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % bound;
}

static struct word random_word(size_t size_max) {
    static const char alphabet[] = {0x00, 0x01, 'a', (char)0xfe, (char)0xff};
    struct word word = {.size = random_below((uint32_t)size_max + 1)};
    for (size_t i = 0; i < word.size; i++)
        word.bytes[i] = alphabet[random_below(sizeof(alphabet))];
    if (word.size == size_max && random_below(4) == 0) { /* as long as can be */
        word.size = STORE_KEY_SIZE_MAX;
        memset(word.bytes + size_max, alphabet[random_below(sizeof(alphabet))],
            STORE_KEY_SIZE_MAX - size_max);
    }
    return word;
}

static struct text text_of_word(const struct word *word) {
    return (struct text){word->bytes, word->size};
}

static int compare_words(const void *a, const void *b) {
    return text_compare(text_of_word(a), text_of_word(b));
}

static void fill(struct fixture *fixture, struct model *model) {
    _cleanup_(store_commit_deinit) struct store_commit commit = {0};
    store_commit_begin(&commit, TEXT("p"), 0);
    for (size_t i = 0; i < KEYS_MAX; i++) {
        struct word word = random_word(WORD_MAX);
        struct text key = text_of_word(&word);
        bool is_known = word.size == 0;
        for (size_t k = 0; k < model->count && !is_known; k++)
            is_known = text_equal(text_of_word(&model->keys[k]), key);
        if (is_known)
            continue;
        model->keys[model->count++] = word;
        store_commit_put(&commit, DOCUMENTS, key, key);
    }
    store_commit_put(&commit, ROWS, TEXT("a"), TEXT("in another collection"));
    assert_int_equal(store_commit_and_wait(fixture->store, &commit), 0);
    qsort(model->keys, model->count, sizeof(model->keys[0]), compare_words);
}

/* The contract, word for word. */
static bool is_asked_for(struct text key, struct text prefix, struct text from, bool descending) {
    if (!text_starts_with(key, prefix))
        return false;
    if (from.size == 0)
        return true;
    return descending ? text_compare(key, from) <= 0 : text_compare(key, from) >= 0;
}

static void ask(struct store_view *view, const struct model *model, struct text prefix,
    struct text from, bool descending) {
    struct store_cursor cursor;
    struct text key, value;
    assert_int_equal(store_cursor_begin(&cursor, view, DOCUMENTS, prefix, from, descending), 0);
    for (size_t i = 0; i < model->count; i++) {
        const struct word *word = &model->keys[descending ? model->count - 1 - i : i];
        if (!is_asked_for(text_of_word(word), prefix, from, descending))
            continue;
        assert_int_equal(store_cursor_next(&cursor, &key, &value), 0);
        assert_int_equal(key.size, word->size);
        assert_memory_equal(key.data, word->bytes, word->size);
        assert_true(text_equal(key, value));
    }
    for (int again = 0; again < 3; again++)
        assert_int_equal(store_cursor_next(&cursor, &key, &value), STORE_END);
    store_cursor_end(&cursor);
    store_cursor_end(&cursor);
}

static void cursors_agree_with_a_sorted_array(void **state) {
    struct fixture *fixture = *state;
    static struct model model;
    model.count = 0;
    seed = 20261122;
    fill(fixture, &model);
    assert_in_range(model.count, KEYS_MAX / 4, KEYS_MAX);

    _cleanup_(store_view_closep) struct store_view *view = store_view_open(fixture->store);
    for (unsigned i = 0; i < QUESTIONS; i++) {
        struct word prefix = random_word(random_below(WORD_MAX));
        struct word from = random_word(random_below(3) ? WORD_MAX : 0);
        ask(view, &model, text_of_word(&prefix), text_of_word(&from), i % 2);
        const struct word *known = &model.keys[random_below((uint32_t)model.count)];
        prefix = *known;
        prefix.size = random_below((uint32_t)prefix.size + 1);
        ask(view, &model, text_of_word(&prefix), text_of_word(known), i % 2);
    }
}

static void long_bounds_are_understood(void **state) {
    struct fixture *fixture = *state;
    static struct model model;
    model.count = 0;
    seed = 7;
    fill(fixture, &model);
    _cleanup_(store_view_closep) struct store_view *view = store_view_open(fixture->store);
    for (size_t i = 0; i < model.count; i++) {
        struct word longer = model.keys[i];
        memset(longer.bytes + longer.size, 0, sizeof(longer.bytes) - longer.size);
        longer.size = sizeof(longer.bytes); /* longer than any key, right behind this one */
        ask(view, &model, TEXT(""), text_of_word(&longer), false);
        ask(view, &model, TEXT(""), text_of_word(&longer), true);
        ask(view, &model, text_of_word(&longer), TEXT(""), false);
        ask(view, &model, text_of_word(&longer), TEXT(""), true);
    }
}

static void an_empty_collection_has_no_rows(void **state) {
    struct fixture *fixture = *state;
    static const struct model nothing;
    _cleanup_(store_view_closep) struct store_view *view = store_view_open(fixture->store);
    for (int descending = 0; descending < 2; descending++) {
        ask(view, &nothing, TEXT(""), TEXT(""), descending);
        ask(view, &nothing, TEXT("a"), TEXT(""), descending);
        ask(view, &nothing, TEXT("a"), TEXT("ab"), descending);
    }
    store_cursor_end(NULL);
}

static int setup(void **state) {
    *state = fixture_new(fixture_scheme);
    return 0;
}

static int teardown(void **state) {
    fixture_free(*state);
    return 0;
}

int main(void) {
    static const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        T(cursors_agree_with_a_sorted_array),
        T(long_bounds_are_understood),
        T(an_empty_collection_has_no_rows),
#undef T
    };
    return run_over_drivers(tests, ARRAY_SIZE(tests));
}
