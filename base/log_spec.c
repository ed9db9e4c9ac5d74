/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log_spec.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const char *take_flags(const char *at, struct log_spec *spec) {
    size_t count = 0;
    for (; *at && strchr("-+#0", *at); at++)
        if (count < sizeof(spec->flags) - 1)
            spec->flags[count++] = *at;
    spec->flags[count] = '\0';
    return at;
}

static const char *take_number(const char *at, va_list *args, int *ret_number) {
    if (*at == '*') {
        *ret_number = va_arg(*args, int);
        return at + 1;
    }
    int number = 0;
    for (; *at >= '0' && *at <= '9'; at++)
        if (number < LOG_SPEC_TEXT_SIZE)
            number = number * 10 + (*at - '0');
    *ret_number = number;
    return at;
}

static const char *take_length(const char *at, struct log_spec *spec) {
    spec->length = 0;
    if (!*at || !strchr("hlzjt", *at))
        return at;
    bool is_double = (*at == 'h' || *at == 'l') && at[1] == *at;
    spec->length = !is_double ? *at : *at == 'h' ? 'H' : 'L';
    return at + 1 + is_double;
}

static int64_t take_signed(char length, va_list *args) {
    switch (length) {
    case 'H':
        return (signed char)va_arg(*args, int);
    case 'h':
        return (short)va_arg(*args, int);
    case 'l':
        return va_arg(*args, long);
    case 'L':
        return va_arg(*args, long long);
    case 'z':
        return va_arg(*args, ssize_t);
    case 'j':
        return va_arg(*args, intmax_t);
    case 't':
        return va_arg(*args, ptrdiff_t);
    default:
        return va_arg(*args, int);
    }
}

static uint64_t take_unsigned(char length, va_list *args) {
    switch (length) {
    case 'H':
        return (unsigned char)va_arg(*args, unsigned);
    case 'h':
        return (unsigned short)va_arg(*args, unsigned);
    case 'l':
        return va_arg(*args, unsigned long);
    case 'L':
        return va_arg(*args, unsigned long long);
    case 'z':
        return va_arg(*args, size_t);
    case 'j':
        return va_arg(*args, uintmax_t);
    case 't':
        return (uint64_t)va_arg(*args, ptrdiff_t);
    default:
        return va_arg(*args, unsigned);
    }
}

/* Known conversions only: a wrong guess about one argument would misread all that follow. */
static bool take_value(struct log_spec *spec, va_list *args) {
    switch (spec->conversion) {
    case 'd':
    case 'i':
        spec->value.i = take_signed(spec->length, args);
        return true;
    case 'u':
    case 'x':
    case 'X':
    case 'o':
        spec->value.u = take_unsigned(spec->length, args);
        return true;
    case 'f':
    case 'g':
    case 'e':
        spec->value.real = va_arg(*args, double);
        return true;
    case 'c':
        spec->value.i = va_arg(*args, int);
        return spec->length == 0;
    case 's':
    case 'p':
        spec->value.pointer = va_arg(*args, const void *);
        return spec->length == 0;
    case '%':
        return true;
    default:
        return false;
    }
}

const char *log_spec_take(const char *format, va_list *args, struct log_spec *ret_spec) {
    struct log_spec spec = {.precision = -1};
    const char *at = take_flags(format + 1, &spec);
    at = take_number(at, args, &spec.width);
    if (*at == '.')
        at = take_number(at + 1, args, &spec.precision);
    at = take_length(at, &spec);
    spec.conversion = *at;
    if (!take_value(&spec, args))
        return NULL;
    *ret_spec = spec;
    return at + 1;
}

static struct text print_decimal(const struct log_spec *spec, char *scratch) {
    bool is_signed = spec->conversion != 'u';
    bool is_negative = is_signed && spec->value.i < 0;
    uint64_t magnitude = is_negative ? -spec->value.u : spec->value.u;
    char *end = scratch + LOG_SPEC_TEXT_SIZE, *first = end;
    do
        *--first = (char)('0' + magnitude % 10);
    while (magnitude /= 10);
    if (is_negative)
        *--first = '-';
    return (struct text){first, (size_t)(end - first)};
}

static struct text print_string(const struct log_spec *spec) {
    const char *string = spec->value.pointer;
    if (!string)
        return TEXT("(null)");
    if (spec->precision < 0)
        return text_from(string);
    return (struct text){string, strnlen(string, (size_t)spec->precision)};
}

/* Leaves all shaping to printf: rebuilds the conversion with the widest length. */
static struct text print_shaped(const struct log_spec *spec, char *scratch) {
    bool is_real = strchr("fge", spec->conversion) != NULL;
    char format[32];
    snprintf(
        format, sizeof(format), "%%%s*.*%s%c", spec->flags, is_real ? "" : "j", spec->conversion);
    int size = is_real ? snprintf(scratch, LOG_SPEC_TEXT_SIZE, format, spec->width, spec->precision,
                             spec->value.real)
                       : snprintf(scratch, LOG_SPEC_TEXT_SIZE, format, spec->width, spec->precision,
                             (uintmax_t)spec->value.u);
    size_t most = LOG_SPEC_TEXT_SIZE - 1;
    return (struct text){scratch, size < 0 ? 0 : (size_t)size < most ? (size_t)size : most};
}

static bool is_plain(const struct log_spec *spec) {
    return !spec->flags[0] && spec->width == 0 && spec->precision < 0;
}

struct text log_spec_print(const struct log_spec *spec, char scratch[static LOG_SPEC_TEXT_SIZE]) {
    switch (spec->conversion) {
    case '%':
        return TEXT("%");
    case 's':
        return print_string(spec);
    case 'c':
        scratch[0] = (char)spec->value.i;
        return (struct text){scratch, 1};
    case 'p':
        return (struct text){
            scratch, (size_t)snprintf(scratch, LOG_SPEC_TEXT_SIZE, "%p", spec->value.pointer)};
    case 'd':
    case 'i':
    case 'u':
        if (is_plain(spec))
            return print_decimal(spec, scratch);
        return print_shaped(spec, scratch);
    default:
        return print_shaped(spec, scratch);
    }
}

bool log_spec_is_number(const struct log_spec *spec) {
    if (strchr("diu", spec->conversion))
        return is_plain(spec); /* padding and plus signs are no JSON */
    return strchr("fge", spec->conversion) && !spec->flags[0] && spec->width == 0 &&
           isfinite(spec->value.real);
}
