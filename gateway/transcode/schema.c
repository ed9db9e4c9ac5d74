/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/transcode/schema.h"

#include "gateway/transcode/schema_private.h"

const struct schema_message *schema_message(const struct schema *schema, struct text full_name) {
    return names_get(&schema_tables(schema)->messages_by_name, full_name);
}

const struct schema_enum *schema_enum(const struct schema *schema, struct text full_name) {
    return names_get(&schema_tables(schema)->enums_by_name, full_name);
}

const struct schema_method *schema_method(const struct schema *schema, struct text path) {
    return names_get(&schema_tables(schema)->methods_by_path, path);
}

const struct schema_field *schema_field(const struct schema_message *message, struct text name) {
    return names_get(&message->names, name);
}

/* Fields beyond the dense array: they stand by number, so halve. */
const struct schema_field *schema_field_far(const struct schema_message *message, uint32_t number) {
    size_t low = 0, high = message->field_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const struct schema_field *field = &message->fields[middle];
        if (field->number == number)
            return field;
        if (field->number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const struct schema_enum_value *schema_enum_value(
    const struct schema_enum *enumeration, int32_t number) {
    /* Nearly every enum counts from 0 without gaps. */
    if (number >= 0 && (size_t)number < enumeration->number_count &&
        enumeration->by_number[number]->number == number)
        return enumeration->by_number[number];
    size_t low = 0, high = enumeration->number_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const struct schema_enum_value *value = enumeration->by_number[middle];
        if (value->number == number)
            return value;
        if (value->number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}
