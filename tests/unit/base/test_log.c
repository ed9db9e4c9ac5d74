/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include "base/clock.h"
#include "base/log_line.h"
#include "base/trace.h"
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>

static char output[65536];
static struct capture capture;

static void start(enum log_format format) {
    log_init("event-service", LOG_INFO, format);
    capture_start(&capture, STDOUT_FILENO);
}

static struct text finish(void) {
    return capture_end(&capture, output, sizeof(output));
}

/* One whole line after its time, which is checked to be one. */
static struct text without_time(struct text line, struct text before, struct text after) {
    enum { TIME_SIZE = 24 };
    int64_t wall_ms;
    assert_true(line.size > before.size + TIME_SIZE);
    assert_true(text_starts_with(line, before));
    assert_int_equal(
        clock_parse_ms((struct text){line.data + before.size, TIME_SIZE}, &wall_ms), 0);
    size_t prefix = before.size + TIME_SIZE;
    struct text rest = {line.data + prefix, line.size - prefix};
    assert_true(text_starts_with(rest, after));
    return (struct text){rest.data + after.size, rest.size - after.size};
}

#define LOGFMT(expected, ...)                                                                      \
    do {                                                                                           \
        start(LOG_LOGFMT);                                                                         \
        log_write(LOG_INFO, NULL, __VA_ARGS__);                                                    \
        assert_text_equal(                                                                         \
            without_time(finish(), TEXT("ts="), TEXT(" level=info ")), expected "\n");             \
    } while (0)

#define JSON(expected, ...)                                                                        \
    do {                                                                                           \
        start(LOG_JSON);                                                                           \
        log_write(LOG_INFO, NULL, __VA_ARGS__);                                                    \
        assert_text_equal(                                                                         \
            without_time(finish(), TEXT("{\"ts\":\""), TEXT("\",\"level\":\"info\",")),            \
            expected "}\n");                                                                       \
    } while (0)

static void words_are_the_message_and_pairs_are_fields(void **state) {
    LOGFMT("msg=\"booking confirmed\" service=event-service id=b1 seats=2",
        "booking confirmed id=%s seats=%u", "b1", 2u);
    JSON("\"msg\":\"booking confirmed\",\"service\":\"event-service\",\"id\":\"b1\",\"seats\":2",
        "booking confirmed id=%s seats=%u", "b1", 2u);
    LOGFMT("msg=started service=event-service", "started");
    JSON("\"msg\":\"started\",\"service\":\"event-service\"", "started");
    LOGFMT("msg=\"\" service=event-service n=1", "n=%d", 1);
    LOGFMT("msg=\"\" service=event-service", "%s", "");
}

static void a_conversion_without_a_key_is_part_of_the_message(void **state) {
    LOGFMT("msg=\"3 lines of relay not logged\" service=event-service count=7",
        "%d lines of %s not logged count=%d", 3, "relay", 7);
    /* Also behind a pair, and every value still meets its own conversion. */
    LOGFMT("msg=\"read from disk 99%\" service=event-service n=1 size=2KiB",
        "read n=%d from %s size=%dKiB %d%%", 1, "disk", 2, 99);
    LOGFMT("msg=\"two  blanks\" service=event-service", "%s", "two  blanks");
    LOGFMT("msg=\"A=1 =2 a-b=3\" service=event-service", "A=%d =%d a-b=%d", 1, 2, 3);
}

static void a_value_reaches_up_to_the_next_space(void **state) {
    LOGFMT("msg=listening service=event-service addr=127.0.0.1:80 tls=off took=1.5s",
        "listening addr=%s:%d tls=off took=%.1fs", "127.0.0.1", 80, 1.5);
    JSON("\"msg\":\"listening\",\"service\":\"event-service\",\"addr\":\"127.0.0.1:80\","
         "\"tls\":\"off\",\"took\":\"1.5s\",\"share\":\"7%\"",
        "listening addr=%s:%d tls=off took=%.1fs share=%d%%", "127.0.0.1", 80, 1.5, 7);
    LOGFMT("msg=x service=event-service url=\"/v1?a=b\"", "x url=%s", "/v1?a=b");
    LOGFMT("msg=x service=event-service user.id_2=u1", "x user.id_2=%s", "u1");
}

static void values_are_quoted_only_where_they_must(void **state) {
    const char *volatile null = NULL; /* hidden from the compiler's own check */
    LOGFMT("msg=x service=event-service v=\"\"", "x v=%s", "");
    LOGFMT("msg=x service=event-service v=plain/1.2-3:4,5;[6]", "x v=%s", "plain/1.2-3:4,5;[6]");
    LOGFMT("msg=x service=event-service v=\"a b\"", "x v=%s", "a b");
    LOGFMT("msg=x service=event-service v=\"a\\\"b\"", "x v=%s", "a\"b");
    LOGFMT("msg=x service=event-service v=\"a\\\\b\"", "x v=%s", "a\\b");
    LOGFMT("msg=x service=event-service v=\"a\\nlevel=error\"", "x v=%s", "a\nlevel=error");
    LOGFMT("msg=x service=event-service v=\"\\u001b[31m\\u007f\\u009b\"", "x v=%s",
        "\x1b[31m\x7f\xc2\x9b");
    LOGFMT("msg=x service=event-service v=caf\u00e9", "x v=%s", "caf\u00e9");
    LOGFMT("msg=x service=event-service v=a\xef\xbf\xbdz", "x v=%s", "a\xffz");
    LOGFMT("msg=x service=event-service v=(null)", "x v=%s", null);
}

static void json_values_are_escaped(void **state) {
#define X "\"msg\":\"x\",\"service\":\"event-service\","
    JSON(X "\"v\":\"\"", "x v=%s", "");
    JSON(X "\"v\":\"a b=c\"", "x v=%s", "a b=c");
    JSON(X "\"v\":\"\\\"\\\\\\n\\r\\t\\b\\f\\u0001\"", "x v=%s", "\"\\\n\r\t\b\f\x01");
    JSON(X "\"v\":\"caf\u00e9 \xef\xbf\xbd\"", "x v=%s", "caf\u00e9 \xc3");
    JSON(X "\"v\":\"12\"", "x v=%s", "12");
    JSON("\"msg\":\"say \\\"hi\\\"\",\"service\":\"event-service\"", "say \"%s\"", "hi");
}

static void every_integer_keeps_its_value(void **state) {
    LOGFMT("msg=x service=event-service a=-128 b=-32768 c=-2147483648 d=-9223372036854775808 "
           "e=-9223372036854775808",
        "x a=%hhd b=%hd c=%d d=%ld e=%lld", (signed char)-128, (short)-32768, INT32_MIN, INT64_MIN,
        (long long)INT64_MIN);
    LOGFMT("msg=x service=event-service a=255 b=65535 c=4294967295 d=18446744073709551615 "
           "e=18446744073709551615",
        "x a=%hhu b=%hu c=%u d=%lu e=%llu", (unsigned char)255, (unsigned short)65535, UINT32_MAX,
        UINT64_MAX, (unsigned long long)UINT64_MAX);
    LOGFMT("msg=x service=event-service a=-1 b=18446744073709551615 c=-2 d=-3 e=7",
        "x a=%zd b=%zu c=%jd d=%td e=%i", (ssize_t)-1, SIZE_MAX, (intmax_t)-2, (ptrdiff_t)-3, 7);
    LOGFMT("msg=x service=event-service a=ff b=0x00ff c=FF d=17", "x a=%x b=0x%04x c=%X d=%o", 255u,
        255u, 255u, 15u);
}

static void shapes_are_those_of_printf(void **state) {
    LOGFMT("msg=x service=event-service a=\"   7\" b=0007 c=+7 d=\"7   \" e=007",
        "x a=%4d b=%04d c=%+d d=%-4d e=%.3d", 7, 7, 7, 7, 7);
    LOGFMT("msg=x service=event-service a=\"  7\" b=1.50 c=ab", "x a=%*d b=%.*f c=%.*s", 3, 7, 2,
        1.5, 2, "abc");
    LOGFMT("msg=x service=event-service a=1.500000 b=0.1 c=1e+06 d=1.25e+02",
        "x a=%f b=%g c=%g d=%.2e", 1.5, 0.1, 1e6, 125.0);
    LOGFMT(
        "msg=x service=event-service a=abc b=abc c=z", "x a=%.*s b=%s c=%c", -1, "abc", "abc", 'z');
    LOGFMT("msg=x service=event-service a=\" \" b=\"\\u0000\"", "x a=%c b=%c", ' ', '\0');
    LOGFMT("msg=x service=event-service p=0x1234", "x p=%p", (void *)0x1234);
    char wide[400];
    memset(wide, ' ', 382);
    strcpy(wide + 382, "5");
    start(LOG_LOGFMT);
    log_write(LOG_INFO, NULL, "x v=%383d", 5);
    assert_non_null(strstr(finish().data, wide));
}

static void numbers_are_json_numbers_where_json_has_them(void **state) {
    JSON(X "\"a\":-1,\"b\":2,\"c\":1.5,\"d\":1e+06", "x a=%d b=%zu c=%.1f d=%g", -1, (size_t)2, 1.5,
        1e6);
    JSON(X "\"a\":\"007\",\"b\":\"+7\",\"c\":\"  7\",\"d\":\"ff\",\"e\":\"7\"",
        "x a=%03d b=%+d c=%3d d=%x e=%c", 7, 7, 7, 255u, '7');
    JSON(X "\"a\":\"nan\",\"b\":\"inf\",\"c\":\"-inf\"", "x a=%g b=%f c=%g", (double)NAN,
        (double)INFINITY, -(double)INFINITY);
}

static void a_conversion_that_is_not_understood_ends_the_line_visibly(void **state) {
    static const char *format = "x a=%d b=%La c=%d";
    start(LOG_LOGFMT);
    log_write(LOG_INFO, NULL, format, 1, (long double)1, 2);
    assert_text_equal(without_time(finish(), TEXT("ts="), TEXT(" level=info ")),
        "msg=x service=event-service a=1 b=\"%La c=%d\"\n");
}

static void the_scope_says_who_speaks(void **state) {
    struct trace trace;
    assert_int_equal(
        trace_parse(TEXT("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"), &trace), 0);
    struct log_scope scope = {&trace, "/myevents.v1.EventService/GetEvent", "relay"};
    start(LOG_LOGFMT);
    log_warn(&scope, "late by_ms=%d", 5);
    assert_text_equal(without_time(finish(), TEXT("ts="), TEXT(" level=warn ")),
        "msg=late service=event-service component=relay "
        "method=/myevents.v1.EventService/GetEvent trace_id=4bf92f3577b34da6a3ce929d0e0e4736 "
        "span_id=00f067aa0ba902b7 by_ms=5\n");
    start(LOG_JSON);
    log_error(&scope, "late by_ms=%d", 5);
    assert_text_equal(without_time(finish(), TEXT("{\"ts\":\""), TEXT("\",\"level\":\"error\",")),
        "\"msg\":\"late\",\"service\":\"event-service\",\"component\":\"relay\","
        "\"method\":\"/myevents.v1.EventService/GetEvent\","
        "\"trace_id\":\"4bf92f3577b34da6a3ce929d0e0e4736\",\"span_id\":\"00f067aa0ba902b7\","
        "\"by_ms\":5}\n");
    struct trace none = {0};
    struct log_scope empty = {.trace = &none};
    start(LOG_LOGFMT);
    log_info(&empty, "x");
    assert_text_equal(
        without_time(finish(), TEXT("ts="), TEXT(" level=info ")), "msg=x service=event-service\n");
}

static void what_is_below_the_level_is_not_written(void **state) {
    start(LOG_LOGFMT);
    log_debug(NULL, "x");
    assert_text_equal(finish(), "");
    log_init("event-service", LOG_ERROR, LOG_LOGFMT);
    assert_false(log_is_on(LOG_WARN));
    assert_true(log_is_on(LOG_ERROR));
    capture_start(&capture, STDOUT_FILENO);
    log_warn(NULL, "x");
    assert_text_equal(finish(), "");
    log_init("event-service", LOG_DEBUG, LOG_LOGFMT);
    capture_start(&capture, STDOUT_FILENO);
    log_debug(NULL, "x");
    without_time(finish(), TEXT("ts="), TEXT(" level=debug msg=x"));
}

/* Quotes are closed and the last field tells. */
static void assert_cut_visibly(struct text line, bool is_json) {
    assert_true(line.size <= LOG_LINE_SIZE);
    assert_true(text_is_utf8(line));
    assert_true(
        text_ends_with(line, is_json ? TEXT(",\"truncated\":true}\n") : TEXT(" truncated=true\n")));
    bool is_inside = false;
    for (size_t i = 0; i < line.size; i++) {
        is_inside ^= line.data[i] == '"';
        i += line.data[i] == '\\';
    }
    assert_false(is_inside);
}

static void a_long_line_is_cut_visibly_wherever_the_cut_falls(void **state) {
    static const char *const units[] = {"a", "\"", "\x01", "\u00e9", "\U0001f600", "\xff", " "};
    char value[5000];
    for (size_t unit = 0; unit < ARRAY_SIZE(units); unit++)
        for (int offset = 0; offset < 8; offset++) {
            size_t used = (size_t)offset;
            memset(value, 'x', used);
            while (used + 8 < sizeof(value)) {
                strcpy(value + used, units[unit]);
                used += strlen(units[unit]);
            }
            start(offset % 2 ? LOG_JSON : LOG_LOGFMT);
            log_info(NULL, "long v=%s n=%d", value, 1);
            struct text line = finish();
            assert_cut_visibly(line, offset % 2);
            assert_true(line.size > LOG_LINE_SIZE - 48);
            start(offset % 2 ? LOG_JSON : LOG_LOGFMT);
            log_info(NULL, "%s n=%d", value, 1);
            assert_cut_visibly(finish(), offset % 2);
        }
}

/* Around the border: the line is whole, or cut and says so. */
static void a_line_that_just_fits_is_whole(void **state) {
    char value[5000];
    unsigned whole = 0, cut = 0;
    for (int size = 3900; size < 4100; size++) {
        memset(value, 'v', (size_t)size);
        value[size] = '\0';
        start(LOG_JSON);
        log_info(NULL, "long v=%s number=%d", value, 12345);
        struct text line = finish();
        if (text_ends_with(line, TEXT("v\",\"number\":12345}\n"))) {
            assert_int_equal(cut, 0);
            whole++;
        } else {
            assert_cut_visibly(line, true);
            cut++;
        }
    }
    assert_true(whole > 0);
    assert_true(cut > 0);
}

enum { THREADS = 4, LINES = 400 };

static void *write_lines(void *data) {
    char filler[1500];
    int thread = (int)(intptr_t)data;
    for (int i = 0; i < LINES; i++) {
        size_t size = (size_t)(i * 37 % 1400);
        memset(filler, 'a' + thread, size);
        filler[size] = '\0';
        log_info(NULL, "line thread=%d number=%d filler=%s end=%d", thread, i, filler, i);
    }
    return NULL;
}

struct output_reader {
    int fd;
    int next[THREADS];
    int torn;
};

static void check_line(struct output_reader *reader, const char *line) {
    int thread, number, end;
    const char *pairs = strstr(line, "thread=");
    char filler[1500] = "";
    bool is_whole = strncmp(line, "ts=", 3) == 0 && pairs &&
                    (sscanf(pairs, "thread=%d number=%d filler=\"\" end=%d", &thread, &number,
                         &end) == 3 ||
                        sscanf(pairs, "thread=%d number=%d filler=%1499s end=%d", &thread, &number,
                            filler, &end) == 4) &&
                    number == end && (int)strlen(filler) == number * 37 % 1400 &&
                    number == reader->next[thread]++;
    reader->torn += !is_whole;
}

static void *read_lines(void *data) {
    struct output_reader *reader = data;
    FILE *file = fdopen(reader->fd, "r");
    char line[8192];
    while (fgets(line, sizeof(line), file))
        check_line(reader, line);
    fclose(file);
    return NULL;
}

static void lines_of_many_threads_are_never_torn(void **state) {
    pthread_t writers[THREADS], reading;
    log_init("event-service", LOG_INFO, LOG_LOGFMT);
    capture_start(&capture, STDOUT_FILENO);
    struct output_reader reader = {.fd = dup(capture.reader)};
    pthread_create(&reading, NULL, read_lines, &reader);
    for (intptr_t i = 0; i < THREADS; i++)
        pthread_create(&writers[i], NULL, write_lines, (void *)i);
    for (int i = 0; i < THREADS; i++)
        pthread_join(writers[i], NULL);
    dup2(capture.saved, STDOUT_FILENO); /* the pipe's last writer: the reader sees its end */
    pthread_join(reading, NULL);
    close(capture.saved);
    close(capture.reader);
    assert_int_equal(reader.torn, 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(reader.next[i], LINES);
}

static void a_failed_write_is_counted_and_errno_stays(void **state) {
    uint64_t before = log_lost_count();
    signal(SIGPIPE, SIG_IGN);
    start(LOG_LOGFMT);
    int nothing = open("/dev/null", O_RDONLY);
    dup2(nothing, capture.reader); /* nobody reads the pipe any more */
    close(nothing);
    errno = EAGAIN;
    log_info(NULL, "x");
    int after = errno;
    finish();
    assert_int_equal(after, EAGAIN);
    assert_int_equal(log_lost_count(), before + 1);
}

/* `budget` in a second of its own, so that no second ends in the middle of the test. */
static unsigned take(struct log_budget *budget, unsigned times) {
    for (;;) {
        struct log_budget trial = *budget;
        unsigned taken = 0;
        log_budget_take(&trial, "sheds"); /* begins the second */
        int64_t second = trial.second;
        trial.spent = trial.suppressed = 0;
        for (unsigned i = 0; i < times; i++)
            taken += log_budget_take(&trial, "sheds");
        if (trial.second == second) {
            *budget = trial;
            return taken;
        }
    }
}

static void a_budget_lets_so_many_lines_pass_a_second(void **state) {
    struct log_budget three = {.per_second = 3}, none = {0};
    start(LOG_LOGFMT);
    unsigned of_three = take(&three, 10), of_none = take(&none, 10);
    assert_text_equal(finish(), "");
    assert_int_equal(of_three, 3);
    assert_int_equal(three.suppressed, 7);
    assert_int_equal(of_none, 0);
    assert_int_equal(none.suppressed, 10);
}

static void the_next_second_says_what_was_suppressed(void **state) {
    struct log_budget budget = {.per_second = 1, .second = -1, .spent = 1, .suppressed = 41};
    start(LOG_LOGFMT);
    bool is_first_taken = log_budget_take(&budget, "refused calls");
    assert_text_equal(without_time(finish(), TEXT("ts="), TEXT(" level=info ")),
        "msg=\"refused calls not logged\" service=event-service count=41\n");
    assert_true(is_first_taken);
    assert_int_equal(budget.spent, 1);
    assert_int_equal(budget.suppressed, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_the_message_and_pairs_are_fields),
        cmocka_unit_test(a_conversion_without_a_key_is_part_of_the_message),
        cmocka_unit_test(a_value_reaches_up_to_the_next_space),
        cmocka_unit_test(values_are_quoted_only_where_they_must),
        cmocka_unit_test(json_values_are_escaped),
        cmocka_unit_test(every_integer_keeps_its_value),
        cmocka_unit_test(shapes_are_those_of_printf),
        cmocka_unit_test(numbers_are_json_numbers_where_json_has_them),
        cmocka_unit_test(a_conversion_that_is_not_understood_ends_the_line_visibly),
        cmocka_unit_test(the_scope_says_who_speaks),
        cmocka_unit_test(what_is_below_the_level_is_not_written),
        cmocka_unit_test(a_long_line_is_cut_visibly_wherever_the_cut_falls),
        cmocka_unit_test(a_line_that_just_fits_is_whole),
        cmocka_unit_test(lines_of_many_threads_are_never_torn),
        cmocka_unit_test(a_failed_write_is_counted_and_errno_stays),
        cmocka_unit_test(a_budget_lets_so_many_lines_pass_a_second),
        cmocka_unit_test(the_next_second_says_what_was_suppressed),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
