/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/interop/flags.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/text.h"

_noreturn_ _printf_(1, 2) static void refuse(const char *format, ...) {
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    exit(2);
}

static const struct flag *find(const struct flag *flags, size_t count, struct text name) {
    for (size_t i = 0; i < count; i++)
        if (text_equal(text_from(flags[i].name), name))
            return &flags[i];
    refuse("--%.*s is no flag of this program", TEXT_ARG(name));
}

static void set(const struct flag *flag, const char *value) {
    int64_t number;
    if (flag->only && strcmp(value, flag->only) != 0)
        refuse("--%s=%s: only %s is supported", flag->name, value, flag->only);
    if (flag->text)
        *flag->text = value;
    if (!flag->number)
        return;
    if (text_to_i64(text_from(value), &number) < 0 || number < flag->min || number > flag->max)
        refuse("--%s=%s: must be %" PRId64 " to %" PRId64, flag->name, value, flag->min, flag->max);
    *flag->number = number;
}

void flags_parse(int argc, char **argv, const struct flag *flags, size_t count) {
    for (int i = 1; i < argc; i++) {
        struct text word = text_from(argv[i]);
        if (!text_starts_with(word, TEXT("--")))
            refuse("\"%s\" is no flag; flags begin with --", argv[i]);
        word.data += 2;
        word.size -= 2;
        const char *sign = memchr(word.data, '=', word.size);
        const struct flag *flag = find(flags, count, text_cut(&word, '='));
        const char *value = sign ? sign + 1 : argv[++i];
        if (!value)
            refuse("--%s needs a value", flag->name);
        set(flag, value);
    }
}
