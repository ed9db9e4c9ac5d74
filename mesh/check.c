/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/check.h"

#include <string.h>

#include "base/arena.h"
#include "base/id.h"
#include "mesh/call.h"

enum { REQUEST_ID_SIZE_MAX = 128 };

bool check_field(struct check *check, bool holds, const char *field, const char *format, ...) {
    if (holds || check->count == CHECK_VIOLATIONS_MAX)
        return holds;
    va_list args;
    va_start(args, format);
    check->fields[check->count++] = (struct failure_field){
        .field = field,
        .description = arena_vprintf(call_arena(check->call), format, args),
    };
    va_end(args);
    return false;
}

bool check_id(struct check *check, const char *value, const char *field) {
    return check_field(check, *value != '\0', field, "is required") &&
           check_field(check, id_is_valid(text_from(value)), field, "must be a UUID");
}

/* C0, DEL and C1 (U+0080 to U+009F, which UTF-8 writes as C2 and the number). */
static bool has_control_characters(const char *value, bool multiline) {
    for (const unsigned char *c = (const unsigned char *)value; *c; c++) {
        if (multiline && (*c == '\n' || *c == '\t'))
            continue;
        if (*c < 0x20 || *c == 0x7f || (c[0] == 0xc2 && c[1] >= 0x80 && c[1] <= 0x9f))
            return true;
    }
    return false;
}

bool check_string(struct check *check, const char *value, const char *field, size_t min_length,
    size_t max_length, bool multiline) {
    struct text text = text_from(value);
    if (min_length > 0 && !check_field(check, text.size > 0, field, "is required"))
        return false;
    if (!check_field(check, text_is_utf8(text), field, "must be valid UTF-8") ||
        !check_field(check, !has_control_characters(value, multiline), field,
            "must not contain control characters"))
        return false;
    size_t length = text_utf8_length(text);
    return check_field(check, length >= min_length && length <= max_length, field,
        "must be %zu to %zu characters long", min_length, max_length);
}

static bool is_printable_ascii(const char *value) {
    for (; *value; value++)
        if (*value < 0x21 || *value > 0x7e)
            return false;
    return true;
}

bool check_request_id(struct check *check, const char *value) {
    bool is_short = strlen(value) <= REQUEST_ID_SIZE_MAX;
    return check_field(check, is_short && is_printable_ascii(value), "request_id",
        "must be at most %d printable ASCII characters", REQUEST_ID_SIZE_MAX);
}

bool check_refuse(struct check *check) {
    if (check->count == 0)
        return false;
    struct arena *arena = call_arena(check->call);
    const struct failure_field *first = &check->fields[0];
    call_fail_with(
        check->call, &(struct failure){.code = STATUS_INVALID_ARGUMENT,
                         .reason = "INVALID_REQUEST",
                         .message = arena_printf(arena, "%s %s", first->field, first->description),
                         .fields = check->fields,
                         .field_count = check->count});
    return true;
}
