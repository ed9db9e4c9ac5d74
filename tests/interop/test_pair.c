/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Every case that the client of one (the first argument) and the server of another (the second)
 * both know, each by a client process of its own. What came of it is a line of the file that the
 * third argument names: tests/interop/table makes a table of them.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/interop/peer.h"

static const char *const patience[] = {PEER_PATIENCE, NULL};

static const struct {
    const char *name;
    unsigned clients, servers; /* who has it */
    const char *const *flags;
} cases[] = {
    {"empty_unary", EVERYBODY, EVERYBODY},
    {"large_unary", EVERYBODY, EVERYBODY},
    {"client_streaming", EVERYBODY, EVERYBODY},
    {"server_streaming", EVERYBODY, EVERYBODY},
    {"ping_pong", EVERYBODY, EVERYBODY},
    {"empty_stream", EVERYBODY, EVERYBODY},
    {"cancel_after_begin", EVERYBODY, EVERYBODY},
    {"cancel_after_first_response", EVERYBODY, EVERYBODY},
    {"timeout_on_sleeping_server", EVERYBODY, EVERYBODY},
    {"custom_metadata", EVERYBODY, EVERYBODY},
    {"status_code_and_message", EVERYBODY, EVERYBODY},
    {"special_status_message", OURS | GO | JAVA, EVERYBODY},
    {"unimplemented_method", EVERYBODY, EVERYBODY},
    {"unimplemented_service", EVERYBODY, EVERYBODY},
    {"client_compressed_unary", OURS | JAVA | RUBY, OURS},
    {"client_compressed_streaming", OURS | JAVA | RUBY, OURS},
    {"server_compressed_unary", OURS | JAVA, OURS | JAVA},
    {"server_compressed_streaming", OURS | JAVA,
        OURS}, /* Java's answers are not compressed there */
    {"rpc_soak", OURS | GO | JAVA, EVERYBODY, patience},
    {"channel_soak", OURS | GO | JAVA, EVERYBODY, patience},
    {"half_duplex", OURS, OURS | GO | JAVA}, /* Ruby's has a defect there */
    {"cache_control", OURS, OURS},
};
enum { CASES = sizeof(cases) / sizeof(cases[0]) };

static struct peer_server server;
static const struct peer *client, *other;
static const char *results_path;
static bool has_passed[CASES];

static bool both_know(size_t at) {
    return cases[at].clients & client->bit && cases[at].servers & other->bit;
}

static int setup(void **state) {
    peer_start(&server, other);
    return 0;
}

static int teardown(void **state) {
    peer_stop(&server);
    return 0;
}

static void pass(void **state) {
    size_t at = (size_t)(uintptr_t)*state;
    peer_pass(&server, client, cases[at].name, cases[at].flags, NULL);
    has_passed[at] = true;
}

static void the_server_ends_when_it_is_asked_to(void **state) {
    assert_int_equal(peer_stop(&server), 0);
}

static size_t fill_tests(struct CMUnitTest *ret_tests) {
    size_t count = 0;
    for (size_t i = 0; i < CASES; i++)
        if (both_know(i))
            ret_tests[count++] = (struct CMUnitTest){
                .name = cases[i].name, .test_func = pass, .initial_state = (void *)(uintptr_t)i};
    if (other->bit == OURS)
        ret_tests[count++] = (struct CMUnitTest)cmocka_unit_test(
            the_server_ends_when_it_is_asked_to);
    return count;
}

static void write_results(void) {
    FILE *file = fopen(results_path, "we");
    if (!file) {
        fprintf(stderr, "%s cannot be written\n", results_path);
        return;
    }
    for (size_t i = 0; i < CASES; i++)
        fprintf(file, "%s %s\n", cases[i].name,
            !both_know(i)   ? "-"
            : has_passed[i] ? "ok"
                            : "FAIL");
    fclose(file);
}

int main(int argc, char **argv) {
    struct CMUnitTest tests[CASES + 1];
    client = argc == 4 ? peer_find(argv[1]) : NULL;
    other = argc == 4 ? peer_find(argv[2]) : NULL;
    if (!client || !other) {
        fprintf(stderr, "whose client and server? run these tests by meson test\n");
        return 1;
    }
    results_path = argv[3];
    unlink(results_path); /* of an earlier run */
    if (!peer_is_here(client) || !peer_is_here(other))
        return PEER_MISSING;
    size_t count = fill_tests(tests);
    int status = _cmocka_run_group_tests("interop", tests, count, setup, teardown);
    write_results();
    return status;
}
