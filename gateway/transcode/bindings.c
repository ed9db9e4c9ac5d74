/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/transcode/bindings.h"

#include "base/arena.h"
#include "base/buffer.h"

enum { NAME_DEPTH_MAX = 16, NAMES_SHOWN_MAX = 40 };

bool field_is_text(const struct schema_field *field) {
    if (!field_is_message(field))
        return true;
    switch (field->message->shape) {
    case SHAPE_TIMESTAMP:
    case SHAPE_DURATION:
    case SHAPE_FIELD_MASK:
    case SHAPE_WRAPPER:
        return true;
    default:
        return false;
    }
}

struct binding *bindings_find(struct binding *first, const struct schema_field *field) {
    for (struct binding *binding = first; binding; binding = binding->next)
        if (binding->field == field)
            return binding;
    return NULL;
}

static struct binding *find_or_add(
    struct arena *arena, struct binding **list, const struct schema_field *field) {
    for (; *list; list = &(*list)->next)
        if ((*list)->field == field)
            return *list;
    *list = arena_zalloc(arena, sizeof(**list));
    (*list)->field = field;
    return *list;
}

struct binding *bindings_field(struct bindings *bindings, const struct schema_field *field) {
    return find_or_add(bindings->arena, &bindings->first, field);
}

static struct binding *bindings_node(
    struct bindings *bindings, const struct schema_field *const *fields, size_t count) {
    struct binding **list = &bindings->first;
    for (size_t i = 0; i + 1 < count; i++)
        list = &find_or_add(bindings->arena, list, fields[i])->parts;
    return find_or_add(bindings->arena, list, fields[count - 1]);
}

static void add_value(
    struct arena *arena, struct binding *binding, struct text text, const char *source) {
    struct binding_value *value = arena_alloc(arena, sizeof(*value));
    *value = (struct binding_value){.text = text, .source = source};
    if (binding->last_value)
        binding->last_value->next = value;
    else
        binding->values = value;
    binding->last_value = value;
}

void bindings_add(struct bindings *bindings, const struct schema_field *const *fields, size_t count,
    struct text text, const char *source) {
    add_value(bindings->arena, bindings_node(bindings, fields, count), text, source);
}

const char *bindings_names(struct arena *arena, const struct schema_message *message) {
    _cleanup_(buffer_deinit) struct buffer names = {0};
    for (size_t i = 0; i < message->declared_count && i < NAMES_SHOWN_MAX; i++) {
        buffer_append_string(&names, i ? ", " : "");
        buffer_append_text(&names, message->declared[i]->json_name);
    }
    if (message->declared_count > NAMES_SHOWN_MAX)
        buffer_append_string(&names, ", ...");
    if (message->declared_count == 0)
        buffer_append_string(&names, "none");
    return arena_copy_text(arena, buffer_text(&names));
}

static int refuse_unknown(struct bindings *bindings, const struct schema_message *message,
    struct text name, const char *source) {
    struct step step = {.key = name, .index = STEP_NO_INDEX};
    return error_at(bindings->error, bindings->arena, &step, 0,
        "is no parameter that %s may carry; allowed are: %s", source,
        bindings_names(bindings->arena, message));
}

static int refuse(
    struct bindings *bindings, struct text name, const char *problem, const char *source) {
    struct step step = {.key = name, .index = STEP_NO_INDEX};
    return error_at(bindings->error, bindings->arena, &step, 0, problem, source);
}

/* The fields that a dotted name leads along; TRANSCODE_INVALID when it does not. */
static int resolve(struct bindings *bindings, const struct schema_message *message,
    struct text name, const char *source, const struct schema_field **ret_fields,
    size_t *ret_count) {
    struct text rest = name;
    size_t count = 0;
    for (bool is_last = false; !is_last; count++) {
        struct text part = text_cut(&rest, '.');
        is_last = part.data + part.size == name.data + name.size;
        const struct schema_field *field = count < NAME_DEPTH_MAX ? schema_field(message, part)
                                                                  : NULL;
        if (!field)
            return refuse_unknown(bindings, message, name, source);
        ret_fields[count] = field;
        if (is_last)
            continue;
        if (!field_is_message(field) || field->is_repeated || field->message->shape != SHAPE_PLAIN)
            return refuse(bindings, name, "goes into a field that has no parts in %s", source);
        message = field->message;
    }
    *ret_count = count;
    return 0;
}

int bindings_add_named(struct bindings *bindings, const struct schema_message *message,
    struct text name, struct text text, const char *source) {
    const struct schema_field *fields[NAME_DEPTH_MAX];
    size_t count = 0;
    int r = resolve(bindings, message, name, source, fields, &count);
    if (r != 0)
        return r;
    const struct schema_field *field = fields[count - 1];
    if (!field_is_text(field))
        return refuse(bindings, name, "cannot be given in %s; it is not one value", source);
    const struct binding *first = bindings_find(bindings->first, fields[0]);
    if (first && first->is_body)
        return refuse(bindings, name, "belongs to the body and cannot be given in %s", source);
    struct binding *binding = bindings_node(bindings, fields, count);
    if (binding->last_value && binding->last_value->source == source && !field->is_repeated)
        return refuse(bindings, name, "is given more than once in %s", source);
    add_value(bindings->arena, binding, text, source);
    return 0;
}
