/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/plugin/naming.h"

#include <ctype.h>
#include <string.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buffer.h"

/* An underscore goes where an upper-case letter follows another kind: "GetURL" is "get_url". */
static void append_lower(struct buffer *out, struct text camel) {
    bool was_upper = true;
    for (size_t i = 0; i < camel.size; i++) {
        unsigned char c = (unsigned char)camel.data[i];
        if (isupper(c) && !was_upper)
            buffer_append_char(out, '_');
        buffer_append_char(out, (char)tolower(c));
        was_upper = isupper(c);
    }
}

/* "field_mask" is "FieldMask"; "FieldMask" stays. */
static void append_camel(struct buffer *out, struct text name) {
    bool next_is_upper = true;
    for (size_t i = 0; i < name.size; i++) {
        unsigned char c = (unsigned char)name.data[i];
        if (c != '_')
            buffer_append_char(out, (char)(next_is_upper ? toupper(c) : c));
        next_is_upper = c == '_';
    }
}

/* Every part of a dotted name, joined by two underscores. */
static void append_parts(struct buffer *out, const char *full_name,
    void (*append_part)(struct buffer *out, struct text part)) {
    struct text rest = text_from(full_name[0] == '.' ? full_name + 1 : full_name);
    while (rest.size > 0) {
        append_part(out, text_cut(&rest, '.'));
        if (rest.size > 0)
            buffer_append_string(out, "__");
    }
}

char *name_lower(struct arena *arena, const char *camel) {
    _cleanup_(buffer_deinit) struct buffer out = {0};
    append_lower(&out, text_from(camel));
    return arena_copy_text(arena, buffer_text(&out));
}

char *name_upper(struct arena *arena, const char *camel) {
    char *name = name_lower(arena, camel);
    for (char *c = name; *c != '\0'; c++)
        *c = (char)toupper((unsigned char)*c);
    return name;
}

char *name_message_type(struct arena *arena, const char *full_name) {
    _cleanup_(buffer_deinit) struct buffer out = {0};
    append_parts(&out, full_name, append_camel);
    return arena_copy_text(arena, buffer_text(&out));
}

char *name_message_descriptor(struct arena *arena, const char *full_name) {
    _cleanup_(buffer_deinit) struct buffer out = {0};
    append_parts(&out, full_name, append_lower);
    buffer_append_string(&out, "__descriptor");
    return arena_copy_text(arena, buffer_text(&out));
}

bool name_is_keyword(const char *name) {
    static const char *const keywords[] = {"asm", "auto", "bool", "break", "case", "char", "const",
        "continue", "default", "do", "double", "else", "enum", "extern", "false", "float", "for",
        "goto", "if", "inline", "int", "long", "register", "restrict", "return", "short", "signed",
        "sizeof", "static", "struct", "switch", "true", "typedef", "typeof", "union", "unsigned",
        "void", "volatile", "while"};
    for (size_t i = 0; i < ARRAY_SIZE(keywords); i++) {
        if (strcmp(name, keywords[i]) == 0)
            return true;
    }
    return false;
}
