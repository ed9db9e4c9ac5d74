/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/transcode/json_to_wire.h"

#include <string.h>

#include "gateway/transcode/to_wire.h"

enum { WORDS_ON_STACK = 4, BITS_PER_WORD = 64 };

/* Which fields, and behind them which oneofs, of one object have been seen. */
struct scope {
    uint64_t *seen;
    uint64_t on_stack[WORDS_ON_STACK];
};

static void scope_init(
    struct scope *scope, struct arena *arena, const struct schema_message *message) {
    size_t words = (message->field_count + message->oneof_count) / BITS_PER_WORD + 1;
    if (words <= WORDS_ON_STACK) {
        memset(scope->on_stack, 0, words * sizeof(scope->on_stack[0]));
        scope->seen = scope->on_stack;
    } else {
        scope->seen = arena_zalloc(arena, words * sizeof(scope->seen[0]));
    }
}

/* An object while it is written. */
struct object {
    const struct schema_message *message;
    struct binding *parts;
    bool has_json;
    bool is_any;
    struct scope scope;
};

static bool is_seen(const uint64_t *seen, size_t bit) {
    return seen[bit / BITS_PER_WORD] >> bit % BITS_PER_WORD & 1;
}

/* Returns whether it was seen before. */
static bool see(struct scope *scope, size_t bit) {
    bool was_seen = is_seen(scope->seen, bit);
    scope->seen[bit / BITS_PER_WORD] |= UINT64_C(1) << bit % BITS_PER_WORD;
    return was_seen;
}

/* For the derived mask: which members the body had. It is a field of the request itself. */
static void remember_body(
    struct to_wire *to, const struct schema_field *field, const struct object *object) {
    const struct binding *binding = bindings_find(to->request->bindings, field);
    if (!binding || !binding->is_body || !object->has_json)
        return;
    size_t words = object->message->field_count / BITS_PER_WORD + 1;
    to->body = field;
    to->body_parts = binding->parts;
    to->body_seen = arena_copy(to->arena, object->scope.seen, words * sizeof(uint64_t));
}

/* Fields of an object. */

static const struct schema_field *oneof_rival(const struct schema_message *message,
    const struct schema_field *field, struct binding *parts, const struct scope *scope) {
    for (size_t i = 0; i < message->field_count; i++) {
        const struct schema_field *other = &message->fields[i];
        if (other != field && other->oneof == field->oneof &&
            (is_seen(scope->seen, i) || bindings_find(parts, other)))
            return other;
    }
    return field;
}

static int claim_oneof(struct to_wire *to, const struct step *step,
    const struct schema_field *field, struct object *object) {
    if (field->oneof < 0 ||
        !see(&object->scope, object->message->field_count + (size_t)field->oneof))
        return 0;
    const struct schema_field *rival = oneof_rival(
        object->message, field, object->parts, &object->scope);
    return to_wire_refuse(to, step, to->reader.at,
        "cannot be set together with %.*s; at most one of the two", TEXT_ARG(rival->json_name));
}

static bool take_null(struct to_wire *to, const struct schema_field *field) {
    return json_peek(&to->reader) == 'n' && !(to_wire_takes_null(field) && !field->is_repeated) &&
           json_take_word(&to->reader, TEXT("null"));
}

static int write_field(struct to_wire *to, const struct step *step,
    const struct schema_field *field, struct binding *parts) {
    if (field->is_map)
        return to_wire_map(to, step, field);
    if (field->is_repeated)
        return to_wire_list(to, step, field);
    size_t start = to->out->size;
    int r = to_wire_value(to, step, field, parts, field->has_presence);
    if (r == VALUE_DROPPED)
        to->out->size = start;
    return r == VALUE_DROPPED ? 0 : r;
}

/* JSON may repeat what a binding says: it is written once more behind the output, and compared. */
static int compare_field(
    struct to_wire *to, const struct step *step, const struct binding *binding) {
    const char *begin = to->reader.at;
    size_t mark = to->out->size;
    int r = write_field(to, step, binding->field, NULL);
    if (r != 0)
        return r;
    size_t size = to->out->size - mark;
    to->out->size = mark;
    if (size == binding->size &&
        (size == 0 || memcmp(to->out->data + mark, to->out->data + binding->at, size) == 0))
        return 0;
    return to_wire_refuse(to, step, begin, "differs from \"%s\" in %s; leave it out or repeat that",
        error_excerpt(to->arena, binding->values->text), binding->values->source);
}

static int write_member(struct to_wire *to, const struct step *step,
    const struct schema_field *field, struct object *object) {
    struct step member = {.parent = step, .field = field, .index = STEP_NO_INDEX};
    struct binding *bound = bindings_find(object->parts, field);
    if (see(&object->scope, field->index))
        return to_wire_refuse(to, &member, to->reader.at, "stands in the object twice");
    if (take_null(to, field))
        return 0;
    if (bound && bound->values)
        return compare_field(to, &member, bound);
    int r = claim_oneof(to, &member, field, object);
    if (r != 0)
        return r;
    if (bound)
        bound->is_written = true;
    return write_field(to, &member, field, bound ? bound->parts : NULL);
}

static int refuse_unknown(struct to_wire *to, const struct step *step,
    const struct schema_message *message, struct text name) {
    struct step unknown = {.parent = step, .key = name, .index = STEP_NO_INDEX};
    return to_wire_refuse(to, &unknown, to->reader.at, "is no field of %.*s; its fields are: %s",
        TEXT_ARG(message->full_name), bindings_names(to->arena, message));
}

static int skip_member(struct to_wire *to, const struct step *step) {
    struct text value;
    return json_skip(&to->reader, &value) ? 0 : to_wire_syntax(to, step);
}

/* Members mostly come in the order of the fields, so the one after the last is tried first. */
static const struct schema_field *find_field(struct to_wire *to,
    const struct schema_message *message, struct json_string key, size_t *expected) {
    const struct schema_field *field = NULL;
    if (*expected < message->field_count)
        field = &message->fields[*expected];
    if (!field || key.is_escaped || !text_equal(field->json_name, key.raw))
        field = schema_field(message, to_wire_string(to, key));
    if (field)
        *expected = (size_t)field->index + 1;
    return field;
}

static int write_members(struct to_wire *to, const struct step *step, struct object *object) {
    struct json_string key;
    size_t expected = 0;
    bool is_first = true;
    if (json_peek(&to->reader) != '{')
        return to_wire_refuse_shape(to, step, "must be an object");
    if (!json_enter(&to->reader, '{'))
        return to_wire_syntax(to, step);
    while (json_next_key(&to->reader, &is_first, &key)) {
        const struct schema_field *field = find_field(to, object->message, key, &expected);
        bool is_type = object->is_any && text_equal(key.raw, TEXT("@type"));
        int r = field ? write_member(to, step, field, object)
                : is_type || to->request->ignores_unknown
                    ? skip_member(to, step)
                    : refuse_unknown(to, step, object->message, to_wire_string(to, key));
        if (r != 0)
            return r;
    }
    return to->reader.problem ? to_wire_syntax(to, step) : 0;
}

/* Bindings: values come before the object's members, parts that no member took come after. */

static int write_again(struct to_wire *to, const struct step *step, struct binding *binding) {
    const struct binding_value *first = binding->values;
    for (const struct binding_value *other = first->next; other; other = other->next) {
        if (text_equal(other->text, first->text))
            continue;
        return error_at(to->error, to->arena, step, 0, "is \"%s\" in %s but \"%s\" in %s",
            error_excerpt(to->arena, first->text), first->source,
            error_excerpt(to->arena, other->text), other->source);
    }
    return to_wire_text(to, step, binding->field, first->text, binding->field->has_presence);
}

static int write_bound_value(
    struct to_wire *to, const struct step *parent, struct binding *binding, struct object *object) {
    struct step step = {.parent = parent, .field = binding->field, .index = STEP_NO_INDEX};
    int r = claim_oneof(to, &step, binding->field, object);
    if (r != 0)
        return r;
    binding->at = to->out->size;
    if (binding->field->is_repeated)
        r = to_wire_texts(to, &step, binding->field, binding->values);
    else
        r = write_again(to, &step, binding);
    binding->size = to->out->size - binding->at;
    return r;
}

static int write_object(struct to_wire *to, const struct step *step, struct object *object);

static int write_bound_parts(
    struct to_wire *to, const struct step *parent, struct binding *binding, struct object *object) {
    struct step step = {.parent = parent, .field = binding->field, .index = STEP_NO_INDEX};
    struct object inner = {.message = binding->field->message, .parts = binding->parts};
    bool has_json = binding->is_body && to->request->json.size > 0;
    if (has_json && !take_null(to, binding->field)) {
        int r = claim_oneof(to, &step, binding->field, object);
        return r != 0 ? r : write_field(to, &step, binding->field, binding->parts);
    }
    if (!binding->parts)
        return 0;
    int r = claim_oneof(to, &step, binding->field, object);
    if (r != 0)
        return r;
    to_wire_tag(to, binding->field);
    size_t mark = wire_open_length(to->out);
    r = write_object(to, &step, &inner);
    wire_close_length(to->out, mark);
    return r;
}

static int write_bindings(
    struct to_wire *to, const struct step *step, struct object *object, bool is_values) {
    for (struct binding *binding = object->parts; binding; binding = binding->next) {
        int r = 0;
        if (is_values && binding->values)
            r = write_bound_value(to, step, binding, object);
        if (!is_values && !binding->values && !binding->is_written)
            r = write_bound_parts(to, step, binding, object);
        if (r != 0)
            return r;
    }
    return 0;
}

static int write_object(struct to_wire *to, const struct step *step, struct object *object) {
    scope_init(&object->scope, to->arena, object->message);
    int r = write_bindings(to, step, object, true);
    if (r == 0 && object->has_json)
        r = write_members(to, step, object);
    if (r == 0)
        r = write_bindings(to, step, object, false);
    if (r == 0 && to->request->derived_mask && step && !step->parent)
        remember_body(to, step->field, object);
    return r;
}

int to_wire_members(struct to_wire *to, const struct step *step,
    const struct schema_message *message, struct binding *parts, bool is_any) {
    struct object object = {.message = message, .parts = parts, .has_json = true, .is_any = is_any};
    return write_object(to, step, &object);
}

int to_wire_message(struct to_wire *to, const struct step *step,
    const struct schema_message *message, struct binding *parts) {
    if (message->shape != SHAPE_PLAIN)
        return to_wire_special(to, step, message);
    return to_wire_members(to, step, message, parts, false);
}

/* The derived mask. */

static bool is_mask_given(const struct json_request *request) {
    const struct binding *binding = bindings_find(request->bindings, request->derived_mask);
    return binding && binding->values && binding->values->text.size > 0;
}

static void append_mask(struct to_wire *to) {
    if (!to->body_seen || is_mask_given(to->request))
        return;
    to_wire_tag(to, to->request->derived_mask);
    size_t mark = wire_open_length(to->out);
    for (size_t i = 0; i < to->body->message->field_count; i++) {
        const struct schema_field *field = &to->body->message->fields[i];
        if (is_seen(to->body_seen, i) && !bindings_find(to->body_parts, field))
            wire_append_bytes(to->out, 1, field->name);
    }
    wire_close_length(to->out, mark);
}

int json_to_wire(const struct json_request *request, struct arena *arena, struct buffer *wire,
    struct transcode_error *ret_error) {
    struct to_wire to = {.out = wire, .arena = arena, .error = ret_error, .request = request};
    json_reader_init(&to.reader, request->json);
    struct object whole = {
        .message = request->message, .parts = request->bindings, .has_json = request->has_json};
    bool is_special = request->has_json && request->message->shape != SHAPE_PLAIN;
    int r = is_special ? to_wire_special(&to, NULL, request->message)
                       : write_object(&to, NULL, &whole);
    if (r != 0)
        return r;
    if (request->json.size > 0 && !json_finish(&to.reader))
        return to_wire_syntax(&to, NULL);
    if (request->derived_mask)
        append_mask(&to);
    return 0;
}
