/* SPDX-License-Identifier: Apache-2.0 */
#include "http/reader.h"

#include "tests/unit/base/check.h"
#include "tests/unit/http/requests.h"

enum { BODY_SIZE_MAX = 16 };

/* What a reader made of bytes that came in some portions. */
struct answer {
    struct http_reader reader;
    int outcome;
    size_t used; /* in all */
};

static void feed(struct answer *answer, struct text bytes) {
    size_t used = 0;
    answer->outcome = http_reader_feed(&answer->reader, bytes, BODY_SIZE_MAX, &used);
    assert_true(used <= bytes.size);
    if (answer->outcome == HTTP_READ_MORE)
        assert_int_equal(used, bytes.size);
    answer->used += used;
}

/* `portion` bytes at a time after a first one of `first`. Each portion lies in memory of its own
 * size, so a look beyond it is seen. */
static void read_in_portions(
    struct answer *answer, struct text bytes, size_t first, size_t portion) {
    *answer = (struct answer){.outcome = HTTP_READ_MORE};
    for (size_t at = 0; at < bytes.size && answer->outcome == HTTP_READ_MORE;) {
        size_t size = at == 0 ? first : portion;
        if (size > bytes.size - at)
            size = bytes.size - at;
        char *copy = malloc(size);
        memcpy(copy, bytes.data + at, size);
        feed(answer, (struct text){copy, size});
        free(copy);
        at += size;
    }
}

static void answer_deinit(struct answer *answer) {
    http_reader_deinit(&answer->reader);
}

static void print_request(const struct raw_request *row, size_t first, size_t portion) {
    print_message("request %zu, first %zu bytes then %zu at a time: ", (size_t)(row - raw_requests),
        first, portion);
    for (size_t i = 0; i < row->bytes.size; i++) {
        unsigned char c = (unsigned char)row->bytes.data[i];
        if (c < ' ' || c > '~')
            print_message("\\x%02x", c);
        else
            print_message("%c", c);
    }
    print_message("\n");
}

static bool is_right(const struct raw_request *row, const struct answer *answer) {
    const struct http_request *request = &answer->reader.request;
    if (row->status)
        return answer->outcome == HTTP_READ_REFUSED && answer->reader.refusal.status == row->status;
    return answer->outcome == 0 && answer->used == row->bytes.size &&
           text_equal(request->target, text_from(row->target)) &&
           text_equal(request->body, text_from(row->body)) &&
           request->has_body == (row->body[0] != '\0');
}

static void check(const struct raw_request *row, size_t first, size_t portion) {
    _cleanup_(answer_deinit) struct answer answer;
    read_in_portions(&answer, row->bytes, first, portion);
    if (is_right(row, &answer))
        return;
    print_request(row, first, portion);
    fail_msg("expected %d, got outcome %d, status %d (%s), %zu of %zu bytes, target '%.*s', body "
             "'%.*s'",
        row->status, answer.outcome, answer.reader.refusal.status, answer.reader.refusal.why,
        answer.used, row->bytes.size, TEXT_ARG(answer.reader.request.target),
        TEXT_ARG(answer.reader.request.body));
}

static void whole_requests_are_taken_or_refused(void **state) {
    print_message("%zu requests\n", ARRAY_SIZE(raw_requests));
    for (size_t i = 0; i < ARRAY_SIZE(raw_requests); i++)
        check(&raw_requests[i], raw_requests[i].bytes.size, 1);
}

static void a_cut_at_any_byte_changes_nothing(void **state) {
    for (size_t i = 0; i < ARRAY_SIZE(raw_requests); i++)
        for (size_t cut = 1; cut < raw_requests[i].bytes.size; cut++)
            check(&raw_requests[i], cut, raw_requests[i].bytes.size);
}

static void small_portions_change_nothing(void **state) {
    for (size_t i = 0; i < ARRAY_SIZE(raw_requests); i++)
        for (size_t portion = 1; portion <= 7; portion++)
            check(&raw_requests[i], portion, portion);
}

static void an_accepted_request_is_complete_with_its_last_byte_only(void **state) {
    for (size_t i = 0; i < ARRAY_SIZE(raw_requests); i++) {
        const struct raw_request *row = &raw_requests[i];
        if (row->status)
            continue;
        _cleanup_(answer_deinit) struct answer answer;
        read_in_portions(
            &answer, (struct text){row->bytes.data, row->bytes.size - 1}, row->bytes.size, 1);
        if (answer.outcome != HTTP_READ_MORE) {
            print_request(row, row->bytes.size - 1, 0);
            fail_msg("outcome %d before the end", answer.outcome);
        }
    }
}

/* Every accepted request, pipelined in front of another, leaves exactly that other one. */
static void what_follows_a_request_is_left_alone(void **state) {
    struct text next = TEXT("GET /next HTTP/1.1\r\nHost: a\r\n\r\n");
    for (size_t i = 0; i < ARRAY_SIZE(raw_requests); i++) {
        const struct raw_request *row = &raw_requests[i];
        if (row->status)
            continue;
        _cleanup_(buffer_deinit) struct buffer both = {0};
        buffer_append_text(&both, row->bytes);
        buffer_append_text(&both, next);
        for (size_t first = 1; first <= both.size; first++) {
            _cleanup_(answer_deinit) struct answer answer;
            read_in_portions(&answer, buffer_text(&both), first, both.size);
            assert_int_equal(answer.outcome, 0);
            assert_int_equal(answer.used, row->bytes.size);
        }
    }
}

static void a_reader_is_as_new_after_clear(void **state) {
    struct answer answer = {0};
    for (size_t i = 0; i < ARRAY_SIZE(raw_requests); i++) {
        answer.used = 0;
        http_reader_clear(&answer.reader);
        feed(&answer, raw_requests[i].bytes);
        if (!is_right(&raw_requests[i], &answer))
            fail_msg("request %zu: outcome %d status %d", i, answer.outcome,
                answer.reader.refusal.status);
    }
    answer_deinit(&answer);
}

static void a_refusal_stays(void **state) {
    _cleanup_(answer_deinit) struct answer answer = {0};
    feed(&answer, TEXT("GET / HTTP/1.1\n"));
    assert_int_equal(answer.outcome, HTTP_READ_REFUSED);
    feed(&answer, TEXT("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_int_equal(answer.outcome, HTTP_READ_REFUSED);
}

static void a_refused_request_keeps_what_was_understood(void **state) {
    static const char *const heads[] = {"PUT /a HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "PUT /a HTTP/1.1\r\nHost : a\r\n\r\n", "PUT /a HTTP/3.0\r\n"};
    for (size_t i = 0; i < ARRAY_SIZE(heads); i++)
        for (size_t portion = 1; portion < 50; portion += 48) {
            _cleanup_(answer_deinit) struct answer answer;
            read_in_portions(&answer, text_from(heads[i]), portion, portion);
            assert_int_equal(answer.outcome, HTTP_READ_REFUSED);
            assert_text_equal(answer.reader.request.method, "PUT");
            assert_text_equal(answer.reader.request.target, "/a");
        }
}

static void path_and_query_are_cut_at_the_first_question_mark(void **state) {
    static const struct {
        const char *target, *path, *query;
    } rows[] = {
        {"/", "/", ""},
        {"/a/b?", "/a/b", ""},
        {"/a%3Fb?c=d&e?f", "/a%3Fb", "c=d&e?f"},
        {"http://a/b?c", "/b", "c"},
        {"http://a", "/", ""},
        {"http://a?c", "/", "c"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        _cleanup_(buffer_deinit) struct buffer head = {0};
        _cleanup_(answer_deinit) struct answer answer = {0};
        buffer_printf(&head, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", rows[i].target);
        feed(&answer, buffer_text(&head));
        assert_int_equal(answer.outcome, 0);
        assert_text_equal(answer.reader.request.path, rows[i].path);
        assert_text_equal(answer.reader.request.query, rows[i].query);
    }
}

static void headers_are_trimmed_and_in_order(void **state) {
    _cleanup_(answer_deinit) struct answer answer = {0};
    feed(&answer, TEXT("GET / HTTP/1.1\r\nHost: a\r\nX: \t b c \t\r\nx:\r\n\r\n"));
    const struct http_request *request = &answer.reader.request;
    assert_int_equal(request->header_count, 3);
    assert_text_equal(request->headers[1].name, "X");
    assert_text_equal(request->headers[1].value, "b c");
    assert_text_equal(request->headers[2].name, "x");
    assert_text_equal(request->headers[2].value, "");
}

static void connection_and_version_decide_about_keep_alive(void **state) {
    static const struct {
        const char *head;
        bool keeps_alive;
    } rows[] = {
        {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", true},
        {"GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n", true},
        {"GET / HTTP/1.1\r\nHost: a\r\nConnection: closed\r\n\r\n", true},
        {"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false},
        {"GET / HTTP/1.1\r\nHost: a\r\nconnection: te ,\tCLOSE\r\n\r\n", false},
        {"GET / HTTP/1.1\r\nHost: a\r\nConnection: te\r\nConnection: close\r\n\r\n", false},
        {"GET / HTTP/1.0\r\n\r\n", false},
        {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        _cleanup_(answer_deinit) struct answer answer = {0};
        feed(&answer, text_from(rows[i].head));
        assert_int_equal(answer.outcome, 0);
        assert_int_equal(answer.reader.head.keeps_alive, rows[i].keeps_alive);
    }
}

/* Reads `bytes` in portions of several sizes, from a byte each to all at once. */
static void check_status(struct text bytes, int status) {
    static const size_t portions[] = {1, 1000, 1u << 20};
    for (size_t i = 0; i < ARRAY_SIZE(portions); i++) {
        _cleanup_(answer_deinit) struct answer answer;
        read_in_portions(&answer, bytes, portions[i], portions[i]);
        assert_int_equal(answer.reader.refusal.status, status);
        assert_int_equal(answer.outcome, status ? HTTP_READ_REFUSED : 0);
    }
}

static void append_repeated(struct buffer *buffer, char c, size_t count) {
    memset(buffer_reserve(buffer, count), c, count);
    buffer->size += count;
}

static void the_target_has_a_limit(void **state) {
    for (int over = 0; over <= 1; over++) {
        _cleanup_(buffer_deinit) struct buffer head = {0};
        buffer_append_string(&head, "GET /");
        append_repeated(&head, 'a', HTTP_TARGET_SIZE_MAX - 1 + (size_t)over);
        buffer_append_string(&head, " HTTP/1.1\r\nHost: a\r\n\r\n");
        check_status(buffer_text(&head), over ? 414 : 0);
        head.size = strlen("GET ") + HTTP_TARGET_SIZE_MAX + 1; /* its end need not be seen */
        if (over)
            check_status(buffer_text(&head), 414);
    }
}

static void the_head_has_a_limit(void **state) {
    static const char start[] = "GET / HTTP/1.1\r\nHost: a\r\nA: ", end[] = "\r\n\r\n";
    for (int over = 0; over <= 1; over++) {
        _cleanup_(buffer_deinit) struct buffer head = {0};
        buffer_append_string(&head, start);
        append_repeated(
            &head, 'a', HTTP_HEAD_SIZE_MAX - strlen(start) - strlen(end) + (size_t)over);
        buffer_append_string(&head, end);
        check_status(buffer_text(&head), over ? 431 : 0);
    }
}

static void the_number_of_headers_has_a_limit(void **state) {
    for (int over = 0; over <= 1; over++) {
        _cleanup_(buffer_deinit) struct buffer head = {0};
        buffer_append_string(&head, "GET / HTTP/1.1\r\nHost: a\r\n");
        for (int i = 1; i < HTTP_HEADERS_MAX + over; i++)
            buffer_append_string(&head, "A:\r\n");
        buffer_append_string(&head, "\r\n");
        check_status(buffer_text(&head), over ? 431 : 0);
    }
}

static void an_endless_header_name_is_cut_off(void **state) {
    _cleanup_(buffer_deinit) struct buffer head = {0};
    buffer_append_string(&head, "GET / HTTP/1.1\r\n");
    append_repeated(&head, 'a', HTTP_HEAD_SIZE_MAX);
    check_status(buffer_text(&head), 431);
}

static void chunk_extensions_have_a_limit(void **state) {
    for (int over = 0; over <= 1; over++) {
        _cleanup_(buffer_deinit) struct buffer bytes = {0};
        buffer_append_string(&bytes, CHUNKED);
        /* CR ends the extension and counts as one of its bytes. */
        for (int i = 0; i < HTTP_CHUNK_EXTENSIONS_MAX / 128; i++) {
            buffer_append_string(&bytes, "1;");
            append_repeated(&bytes, 'a', 127 + (size_t)(over && i == 0));
            buffer_append_string(&bytes, "\r\nx\r\n");
        }
        buffer_append_string(&bytes, "0\r\n\r\n");
        check_status(buffer_text(&bytes), over ? 400 : 0);
    }
}

static void trailers_have_a_limit(void **state) {
    for (int over = 0; over <= 1; over++) {
        _cleanup_(buffer_deinit) struct buffer bytes = {0};
        buffer_append_string(&bytes, CHUNKED "0\r\nA:");
        /* "A:", CR, LF and the CR of the last line count, too. */
        append_repeated(&bytes, 'a', HTTP_TRAILERS_SIZE_MAX - 5 + (size_t)over);
        buffer_append_string(&bytes, "\r\n\r\n");
        check_status(buffer_text(&bytes), over ? 431 : 0);
    }
}

static void a_large_announced_body_costs_no_memory_before_it_comes(void **state) {
    struct http_reader reader = {0};
    size_t used;
    int r = http_reader_feed(
        &reader, TEXT(POST "Content-Length: 1000000000\r\n\r\nabc"), INT64_MAX, &used);
    assert_int_equal(r, HTTP_READ_MORE);
    assert_true(reader.body.bytes.capacity < 4096);
    http_reader_deinit(&reader);
}

static void a_large_body_gives_its_memory_back(void **state) {
    static char bytes[64 * 1024];
    struct http_reader reader = {0};
    size_t used;
    int r = http_reader_feed(&reader, TEXT(POST "Content-Length: 65536\r\n\r\n"), 65536, &used);
    assert_int_equal(r, HTTP_READ_MORE);
    r = http_reader_feed(&reader, (struct text){bytes, sizeof(bytes)}, 65536, &used);
    assert_int_equal(r, 0);
    assert_int_equal(reader.request.body.size, 65536);
    http_reader_clear(&reader);
    assert_int_equal(reader.body.bytes.capacity, 0);
    http_reader_deinit(&reader);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_requests_are_taken_or_refused),
        cmocka_unit_test(a_cut_at_any_byte_changes_nothing),
        cmocka_unit_test(small_portions_change_nothing),
        cmocka_unit_test(an_accepted_request_is_complete_with_its_last_byte_only),
        cmocka_unit_test(what_follows_a_request_is_left_alone),
        cmocka_unit_test(a_reader_is_as_new_after_clear),
        cmocka_unit_test(a_refusal_stays),
        cmocka_unit_test(a_refused_request_keeps_what_was_understood),
        cmocka_unit_test(path_and_query_are_cut_at_the_first_question_mark),
        cmocka_unit_test(headers_are_trimmed_and_in_order),
        cmocka_unit_test(connection_and_version_decide_about_keep_alive),
        cmocka_unit_test(the_target_has_a_limit),
        cmocka_unit_test(the_head_has_a_limit),
        cmocka_unit_test(the_number_of_headers_has_a_limit),
        cmocka_unit_test(an_endless_header_name_is_cut_off),
        cmocka_unit_test(chunk_extensions_have_a_limit),
        cmocka_unit_test(trailers_have_a_limit),
        cmocka_unit_test(a_large_announced_body_costs_no_memory_before_it_comes),
        cmocka_unit_test(a_large_body_gives_its_memory_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
