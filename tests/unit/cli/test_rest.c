/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "cli/rest.h"

enum { ANSWERS_MAX = 4, ASKED_SIZE = 4096 };

/* A server that gives prepared answers, however it is asked, each in pieces. An empty answer closes
 * the connection, and the next one is given on a new one. */
struct server {
    int fd;
    char address[32];
    const char *answers[ANSWERS_MAX + 1];
    size_t piece_size;
    pthread_t thread;
    unsigned connections;
    char asked[ASKED_SIZE]; /* the last question */
    struct rest rest;
};

static void send_in_pieces(int fd, const char *answer, size_t piece_size) {
    size_t size = strlen(answer);
    for (size_t at = 0; at < size; at += piece_size) {
        size_t left = size - at;
        send(fd, answer + at, left < piece_size ? left : piece_size, MSG_NOSIGNAL);
        if (piece_size < size)
            nanosleep(&(struct timespec){.tv_nsec = 1000 * 1000}, NULL);
    }
}

static bool read_question(int fd, char asked[static ASKED_SIZE]) {
    size_t size = 0;
    do {
        ssize_t got = recv(fd, asked + size, ASKED_SIZE - 1 - size, 0);
        if (got <= 0)
            return false;
        size += (size_t)got;
        asked[size] = '\0';
    } while (!strstr(asked, "\r\n\r\n"));
    return true;
}

static void *serve(void *data) {
    struct server *server = data;
    int fd = -1;
    for (const char **answer = server->answers; *answer; answer++) {
        if (fd < 0) {
            fd = accept(server->fd, NULL, NULL);
            server->connections++;
        }
        if (!read_question(fd, server->asked))
            break;
        send_in_pieces(fd, *answer, server->piece_size);
        if (!(*answer)[0] || strstr(*answer, "close")) {
            close(fd);
            fd = -1;
        }
    }
    if (fd >= 0)
        recv(fd, server->asked, 0, MSG_PEEK); /* until the client goes */
    close(fd);
    return NULL;
}

static int setup(void **state) {
    struct server *server = memory_new(sizeof *server);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    server->piece_size = 1 << 20;
    server->fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(server->fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(server->fd, 4), 0);
    assert_int_equal(getsockname(server->fd, (struct sockaddr *)&address, &size), 0);
    snprintf(server->address, sizeof server->address, "127.0.0.1:%d", ntohs(address.sin_port));
    assert_int_equal(rest_init(&server->rest, server->address, 60000), 0);
    *state = server;
    return 0;
}

static int teardown(void **state) {
    struct server *server = *state;
    rest_deinit(&server->rest);
    if (server->thread)
        pthread_join(server->thread, NULL);
    close(server->fd);
    memory_freep(&server);
    return 0;
}

static void start(struct server *server) {
    assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
}

static struct rest_answer ask(struct server *server, const char *method) {
    struct rest_answer answer;
    int r = rest_request(
        &server->rest, method, "/v1/x", "Idempotency-Key: k\r\n", TEXT("{}"), &answer);
    assert_int_equal(r, 0);
    return answer;
}

static void assert_body(const struct rest_answer *answer, int status, const char *body) {
    assert_int_equal(answer->status, status);
    assert_int_equal(answer->body.size, strlen(body));
    assert_memory_equal(answer->body.data, body, strlen(body));
}

static void an_answer_with_a_length_is_read(void **state) {
    struct server *server = *state;
    server->answers[0] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag:  \"a\" \r\n\r\nhello";
    start(server);
    struct rest_answer answer = ask(server, "POST");
    assert_body(&answer, 200, "hello");
    struct text etag = rest_header(&answer, "etag");
    assert_int_equal(etag.size, 3);
    assert_memory_equal(etag.data, "\"a\"", 3);
    assert_int_equal(rest_header(&answer, "absent").size, 0);
}

static void a_question_is_whole(void **state) {
    struct server *server = *state;
    server->answers[0] = "HTTP/1.1 204 No Content\r\n\r\n";
    start(server);
    ask(server, "POST");
    char expected[512];
    snprintf(expected, sizeof expected,
        "POST /v1/x HTTP/1.1\r\nHost: %s\r\nIdempotency-Key: k\r\n"
        "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n",
        server->address);
    assert_int_equal(strncmp(server->asked, expected, strlen(expected)), 0);
}

static void chunks_are_joined(void **state) {
    struct server *server = *state;
    server->answers[0] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                         "5\r\nhello\r\nA;x=y\r\n, world 10\r\n0\r\n\r\n";
    server->answers[1] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    start(server);
    struct rest_answer answer = ask(server, "GET");
    assert_body(&answer, 200, "hello, world 10");
    answer = ask(server, "GET");
    assert_body(&answer, 200, "");
    assert_int_equal(server->connections, 1);
}

static void pieces_are_put_together(void **state) {
    struct server *server = *state;
    server->piece_size = 3;
    server->answers[0] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    server->answers[1] = "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n"
                         "4\r\nabcd\r\n1\r\ne\r\n0\r\n\r\n";
    start(server);
    struct rest_answer answer = ask(server, "GET");
    assert_body(&answer, 200, "hello");
    answer = ask(server, "GET");
    assert_body(&answer, 404, "abcde");
}

static void some_answers_have_no_body(void **state) {
    struct server *server = *state;
    server->answers[0] = "HTTP/1.1 204 No Content\r\n\r\n";
    server->answers[1] = "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n";
    server->answers[2] = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n";
    start(server);
    struct rest_answer answer = ask(server, "DELETE");
    assert_body(&answer, 204, "");
    answer = ask(server, "GET");
    assert_body(&answer, 304, "");
    answer = ask(server, "HEAD");
    assert_body(&answer, 200, "");
}

static void a_closed_connection_is_opened_again(void **state) {
    struct server *server = *state;
    server->answers[0] = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nto the end";
    server->answers[1] = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\na";
    server->answers[2] = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb";
    start(server);
    struct rest_answer answer = ask(server, "GET");
    assert_body(&answer, 200, "to the end");
    answer = ask(server, "GET");
    assert_body(&answer, 200, "a");
    answer = ask(server, "GET");
    assert_body(&answer, 200, "b");
    assert_int_equal(server->connections, 3);
}

static void a_lost_answer_is_an_error_and_the_next_goes_on(void **state) {
    struct server *server = *state;
    struct rest_answer answer;
    server->answers[0] = "";
    server->answers[1] = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\nhalf";
    server->answers[2] = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb";
    start(server);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(
            rest_request(&server->rest, "GET", "/", "", TEXT(""), &answer), -ECONNRESET);
    answer = ask(server, "GET");
    assert_body(&answer, 200, "b");
}

static void silence_ends_with_a_timeout(void **state) {
    struct server *server = *state;
    struct rest_answer answer;
    server->rest.timeout_ms = 50;
    server->answers[0] = "HTTP/1.1 200 OK\r\n";
    start(server);
    assert_int_equal(rest_request(&server->rest, "GET", "/", "", TEXT(""), &answer), -ETIMEDOUT);
}

static void nobody_there_is_an_error(void **state) {
    struct server *server = *state;
    struct rest_answer answer;
    close(server->fd);
    assert_int_equal(rest_request(&server->rest, "GET", "/", "", TEXT(""), &answer), -ECONNREFUSED);
}

static void what_is_no_http_is_refused(void **state) {
    struct server *server = *state;
    struct rest_answer answer;
    server->answers[0] = "SSH-2.0-OpenSSH close\r\n\r\n";
    server->answers[1] = "HTTP/1.1 200 OK close\r\nContent-Length: x\r\n\r\n";
    server->answers[2] =
        "HTTP/1.1 200 OK close\r\nTransfer-Encoding: chunked\r\n\r\nffffffffff\r\n";
    start(server);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(rest_request(&server->rest, "GET", "/", "", TEXT(""), &answer), -EPROTO);
}

static void addresses_have_a_port(void **state) {
    struct rest rest;
    assert_int_equal(rest_init(&rest, "localhost", 1), -EINVAL);
    assert_int_equal(rest_init(&rest, ":80", 1), -EINVAL);
    assert_int_equal(rest_init(&rest, "localhost:12345678", 1), -EINVAL);
    assert_int_equal(rest_init(&rest, "localhost:8080", 1), 0);
    assert_string_equal(rest.host, "localhost");
    assert_string_equal(rest.port, "8080");
}

static void strings_are_found_in_json(void **state) {
    char value[8];
    struct text json = TEXT("{\"id\":\"a-1\",\"x\":{\"reason\":\"SOLD_OUT_LONG\"},\"n\":1}");
    assert_true(rest_find_string(json, "id", value, sizeof value));
    assert_string_equal(value, "a-1");
    assert_false(rest_find_string(json, "reason", value, sizeof value)); /* too long */
    assert_false(rest_find_string(json, "n", value, sizeof value));      /* no string */
    assert_false(rest_find_string(json, "absent", value, sizeof value));
    assert_false(rest_find_string(TEXT("{\"id\":\"a"), "id", value, sizeof value));
}

int main(void) {
    static const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        T(an_answer_with_a_length_is_read),
        T(a_question_is_whole),
        T(chunks_are_joined),
        T(pieces_are_put_together),
        T(some_answers_have_no_body),
        T(a_closed_connection_is_opened_again),
        T(a_lost_answer_is_an_error_and_the_next_goes_on),
        T(silence_ends_with_a_timeout),
        T(nobody_there_is_an_error),
        T(what_is_no_http_is_refused),
        T(addresses_have_a_port),
        T(strings_are_found_in_json),
#undef T
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
