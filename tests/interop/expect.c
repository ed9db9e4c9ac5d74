/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/interop/expect.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

/* The loop's thread is left as it is. */
void fail_case(const char *format, ...) {
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    fflush(stdout);
    _exit(1);
}

void expect_number(const char *what, int64_t seen, int64_t wanted) {
    if (seen != wanted)
        fail_case("%s: %" PRId64 " is wanted, it is %" PRId64, what, wanted, seen);
}

void expect_value(const char *what, const struct value *seen, struct text wanted) {
    if (!text_equal((struct text){seen->bytes, seen->size}, wanted))
        fail_case("%s: \"%.*s\" is wanted, it is \"%.*s\"", what, TEXT_ARG(wanted), (int)seen->size,
            seen->bytes);
}

void expect_status(struct exchange *exchange, enum status_code wanted) {
    exchange_wait_done(exchange);
    if (exchange->code != wanted)
        fail_case("status: %s is wanted, it is %s, \"%.*s\"", status_code_name(wanted),
            status_code_name(exchange->code), (int)exchange->message.size, exchange->message.bytes);
}

void expect_sizes(struct exchange *exchange, const size_t *sizes, size_t count) {
    expect_status(exchange, STATUS_OK);
    expect_number("messages", (int64_t)exchange->count, (int64_t)count);
    for (size_t i = 0; i < count; i++)
        expect_number("size of a body", (int64_t)exchange->sizes[i], (int64_t)sizes[i]);
    if (exchange->has_other_bytes)
        fail_case("a body is not of zeros");
}
