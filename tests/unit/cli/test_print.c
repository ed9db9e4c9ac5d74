/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/streams/streams.h"
#include "tests/unit/base/check.h"

#define EVIL     "\x1b[2J"
#define HARMLESS "\\u001b[2J"

static void what_a_terminal_would_obey_is_escaped(void **state) {
    const struct stream_row row = {
        .name = "myevents.event",
        .info = {.first = 1,
            .last = 3,
            .length = 3,
            .dead_letters = 1,
            .groups = {{.name = "a" EVIL, .applied = 2, .lag = 1, .reader = EVIL},
                {.name = "b", .applied = 3}},
            .group_count = 2},
    };
    const struct bus_dead_letter letter = {
        .entry = "7-0",
        .group = "g" EVIL,
        .reason = "not \"good\"" EVIL,
        .record = {.sequence = 3, .type = TEXT("t" EVIL), .subject = TEXT("s" EVIL)},
    };
    struct letter_printer printer = {.stream = "myevents.event"};
    struct capture capture;
    char output[1024];
    capture_start(&capture, STDOUT_FILENO);
    print_streams(&row, 1, false);
    print_letter(&printer, &letter);
    capture_end(&capture, output, sizeof(output));
    assert_string_equal(output,
        "myevents.event: 3 records, 1 to 3, 1 dead letters\n"
        "  a" HARMLESS "           applied 2, lag 1, replayed 0, read by " HARMLESS "\n"
        "  b                    applied 3, lag 0, replayed 0, read by nobody\n"
        "myevents.event 7-0 group g" HARMLESS ": \"not \\\"good\\\"" HARMLESS "\"\n"
        "  record 3 t" HARMLESS " s" HARMLESS " of 1970-01-01T00:00:00.000Z\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_terminal_would_obey_is_escaped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
