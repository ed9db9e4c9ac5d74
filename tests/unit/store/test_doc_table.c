/* SPDX-License-Identifier: Apache-2.0 */
#include "store/doc_table.h"

#include "fixture.h"
#include "store/doc.h"

enum mood { MOOD_GOOD = 1, MOOD_BAD = 2 };
enum { STEPS_MAX = 3, NOTES_MAX = 50 };

struct note {
    const char *text;
    int32_t stars;
};

struct step {
    int64_t time_ms;
    enum mood mood;
    uint32_t note_count;
    struct note *notes;
};

struct trip {
    uint8_t id[16];
    char name[8];
    const char *comment;
    struct text key;
    int32_t seats;
    uint64_t version;
    bool is_open;
    enum mood mood;
    uint32_t step_count;
    struct step steps[STEPS_MAX];
};

static const struct doc_field note_fields[] = {
    DOC_STRING(struct note, text, "text", .required = true),
    DOC_INT32(struct note, stars, "stars"),
};
static const struct doc_table notes = DOC_TABLE(struct note, note_fields);

static const struct doc_field step_fields[] = {
    DOC_INT64(struct step, time_ms, "time"),
    DOC_INT32(struct step, mood, "mood"),
    DOC_LIST(struct step, notes, note_count, &notes, NOTES_MAX, "notes"),
};
static const struct doc_table steps = DOC_TABLE(struct step, step_fields);

static const struct doc_field trip_fields[] = {
    DOC_BYTES(struct trip, id, "id", .required = true),
    DOC_CHARS(struct trip, name, "name", .required = true),
    DOC_STRING(struct trip, comment, "comment"),
    DOC_TEXT(struct trip, key, "key"),
    DOC_INT32(struct trip, seats, "seats"),
    DOC_INT64(struct trip, version, "version"),
    DOC_BOOL(struct trip, is_open, "open"),
    DOC_INT32(struct trip, mood, "mood"),
    DOC_ITEMS(struct trip, steps, step_count, &steps, "steps"),
};
static const struct doc_table trips = DOC_TABLE(struct trip, trip_fields);

static struct note sample_notes[] = {{"fine", 5}, {"", -1}};

static struct trip sample(void) {
    return (struct trip){
        .id = {1, 2, 3, 0, 255},
        .name = "seven77",
        .comment = "a comment",
        .key = TEXT("k\0k"),
        .seats = -3,
        .version = UINT64_MAX - 1,
        .is_open = true,
        .mood = MOOD_BAD,
        .step_count = 2,
        .steps = {{INT64_MIN, MOOD_GOOD, 2, sample_notes}, {.time_ms = 7}},
    };
}

static void assert_sample(const struct trip *trip) {
    struct trip expected = sample();
    assert_memory_equal(trip->id, expected.id, sizeof(trip->id));
    assert_string_equal(trip->name, "seven77");
    assert_string_equal(trip->comment, "a comment");
    assert_int_equal(trip->key.size, 3);
    assert_memory_equal(trip->key.data, "k\0k", 3);
    assert_int_equal(trip->seats, -3);
    assert_true(trip->version == UINT64_MAX - 1);
    assert_true(trip->is_open);
    assert_int_equal(trip->mood, MOOD_BAD);
    assert_int_equal(trip->step_count, 2);
    assert_true(trip->steps[0].time_ms == INT64_MIN);
    assert_int_equal(trip->steps[0].mood, MOOD_GOOD);
    assert_int_equal(trip->steps[0].note_count, 2);
    assert_string_equal(trip->steps[0].notes[0].text, "fine");
    assert_int_equal(trip->steps[0].notes[0].stars, 5);
    assert_string_equal(trip->steps[0].notes[1].text, "");
    assert_int_equal(trip->steps[0].notes[1].stars, -1);
    assert_int_equal(trip->steps[1].time_ms, 7);
    assert_int_equal(trip->steps[1].note_count, 0);
    assert_null(trip->steps[1].notes);
}

struct fields {
    struct buffer buffer;
    struct arena arena;
};

static int setup(void **state) {
    struct fields *fields = calloc(1, sizeof(*fields));
    arena_init(&fields->arena, 0);
    *state = fields;
    return 0;
}

static int teardown(void **state) {
    struct fields *fields = *state;
    buffer_deinit(&fields->buffer);
    arena_deinit(&fields->arena);
    free(fields);
    return 0;
}

static void a_struct_comes_back_as_it_was(void **state) {
    struct fields *fields = *state;
    struct trip trip = sample(), found;
    memset(&found, 0xee, sizeof(found));
    doc_encode(&trips, &trip, &fields->buffer);
    assert_int_equal(doc_decode(&trips, buffer_text(&fields->buffer), &fields->arena, &found), 0);
    buffer_deinit(&fields->buffer); /* nothing points there */
    assert_sample(&found);
}

static void what_is_empty_is_left_out(void **state) {
    struct fields *fields = *state;
    struct trip trip = {0}, found;
    struct text value;
    doc_encode(&trips, &trip, &fields->buffer);
    struct text doc = buffer_text(&fields->buffer);
    assert_int_equal(doc_get_text(doc, "comment", &value), DOC_ABSENT);
    assert_int_equal(doc_get_text(doc, "key", &value), DOC_ABSENT);
    assert_int_equal(doc_get_bytes(doc, "steps", &value), DOC_ABSENT);
    assert_int_equal(doc_get_text(doc, "name", &value), 0); /* required */
    assert_int_equal(doc_decode(&trips, doc, &fields->arena, &found), 0);
    assert_null(found.comment);
    assert_int_equal(found.key.size, 0);
    assert_int_equal(found.step_count, 0);
    assert_string_equal(found.name, "");
}

static void texts_are_borrowed_without_an_arena(void **state) {
    static const struct doc_field text_fields[] = {DOC_TEXT(struct trip, key, "key")};
    static const struct doc_table texts = DOC_TABLE(struct trip, text_fields);
    struct fields *fields = *state;
    struct trip trip = sample(), found;
    doc_encode(&trips, &trip, &fields->buffer);
    assert_int_equal(doc_decode(&texts, buffer_text(&fields->buffer), NULL, &found), 0);
    assert_int_equal(found.key.size, 3);
    assert_true(found.key.data > fields->buffer.data &&
                found.key.data < fields->buffer.data + fields->buffer.size);
}

static void fields_may_come_and_go(void **state) {
    static const struct doc_field old_fields[] = {
        DOC_BOOL(struct trip, is_open, "open"),
        DOC_INT32(struct trip, seats, "dropped since"),
        DOC_CHARS(struct trip, name, "name"),
        DOC_BYTES(struct trip, id, "id"),
    };
    static const struct doc_table old = DOC_TABLE(struct trip, old_fields);
    struct fields *fields = *state;
    struct trip trip = sample(), found;
    doc_encode(&old, &trip, &fields->buffer);
    assert_int_equal(doc_decode(&trips, buffer_text(&fields->buffer), &fields->arena, &found), 0);
    assert_string_equal(found.name, "seven77");
    assert_true(found.is_open);
    assert_int_equal(found.seats, 0);
    assert_null(found.comment);
}

/* Encodes with `table` and expects that `trips` refuses it. */
static void assert_refused(struct fields *fields, const struct doc_table *table) {
    struct trip trip = sample(), found;
    buffer_clear(&fields->buffer);
    doc_encode(table, &trip, &fields->buffer);
    assert_int_equal(
        doc_decode(&trips, buffer_text(&fields->buffer), &fields->arena, &found), -EBADMSG);
}

static void what_does_not_fit_is_refused(void **state) {
    struct fields *fields = *state;
#define REFUSED(...)                                                                               \
    do {                                                                                           \
        static const struct doc_field wrong_fields[] = {__VA_ARGS__};                              \
        static const struct doc_table wrong = DOC_TABLE(struct trip, wrong_fields);                \
        assert_refused(fields, &wrong);                                                            \
    } while (0)
#define ID   DOC_BYTES(struct trip, id, "id")
#define NAME DOC_CHARS(struct trip, name, "name")
    REFUSED(NAME);                                         /* a required field is missing */
    REFUSED(ID, DOC_STRING(struct trip, comment, "name")); /* too long */
    REFUSED(ID, DOC_INT32(struct trip, seats, "name"));    /* of another type */
    REFUSED(NAME, DOC_BYTES(struct trip, seats, "id"));    /* too short */
    REFUSED(ID, NAME, DOC_INT64(struct trip, version, "seats"));
    REFUSED(ID, NAME, DOC_INT32(struct trip, seats, "version"));
    REFUSED(ID, NAME, DOC_INT32(struct trip, seats, "open"));
    REFUSED(ID, NAME, DOC_INT32(struct trip, seats, "steps"));
    REFUSED(ID, NAME, DOC_INT32(struct trip, seats, "key"));
    REFUSED(ID, NAME, DOC_TEXT(struct trip, key, "comment")); /* a NUL in a C string */
    REFUSED(ID, NAME, DOC_INT32(struct trip, seats, "seats"),
        DOC_INT32(struct trip, seats, "seats")); /* twice */
#undef REFUSED
#undef ID
#undef NAME
}

static void items_have_a_limit(void **state) {
    struct fields *fields = *state;
    struct note many[NOTES_MAX + 1];
    static const struct doc_field loose_fields[] = {
        DOC_LIST(struct step, notes, note_count, &notes, NOTES_MAX + 1, "notes")};
    static const struct doc_table loose = DOC_TABLE(struct step, loose_fields);
    for (uint32_t i = 0; i <= NOTES_MAX; i++)
        many[i] = (struct note){"note", (int32_t)i};
    for (uint32_t count = NOTES_MAX; count <= NOTES_MAX + 1; count++) {
        struct step step = {.notes = many, .note_count = count}, found;
        buffer_clear(&fields->buffer);
        doc_encode(&loose, &step, &fields->buffer);
        int r = doc_decode(&steps, buffer_text(&fields->buffer), &fields->arena, &found);
        assert_int_equal(r, count > NOTES_MAX ? -EBADMSG : 0);
        if (r == 0)
            assert_int_equal(found.notes[NOTES_MAX - 1].stars, NOTES_MAX - 1);
    }
}

/* No outcome but these two, and no byte read or written outside (the sanitizers look). */
static void damage_is_survived(void **state) {
    struct fields *fields = *state;
    struct trip trip = sample(), found;
    doc_encode(&trips, &trip, &fields->buffer);
    size_t size = fields->buffer.size;
    unsigned refused = 0;
    for (size_t at = 0; at < size; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            char *copy = malloc(size);
            memcpy(copy, fields->buffer.data, size);
            copy[at] ^= (char)(1 << bit);
            int r = doc_decode(&trips, (struct text){copy, size}, &fields->arena, &found);
            assert_true(r == 0 || r == -EBADMSG);
            refused += r != 0;
            free(copy);
            arena_clear(&fields->arena);
        }
    assert_in_range(refused, size, size * 8 - 1);
    for (size_t part = 0; part < size; part++) {
        char *copy = malloc(part + 1);
        memcpy(copy, fields->buffer.data, part);
        assert_int_equal(
            doc_decode(&trips, (struct text){copy, part}, &fields->arena, &found), -EBADMSG);
        free(copy);
    }
}

int main(void) {
    static const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        T(a_struct_comes_back_as_it_was),
        T(what_is_empty_is_left_out),
        T(texts_are_borrowed_without_an_arena),
        T(fields_may_come_and_go),
        T(what_does_not_fit_is_refused),
        T(items_have_a_limit),
        T(damage_is_survived),
#undef T
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
