/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Our client and our server do not grow with what they have done. The server is measured after a
 * first round of calls and after a second one, the client after a quarter of its calls and after
 * all. The bound is generous to the allocator; what a call would have to leave behind to pass it is
 * 84 bytes of a small one, 4 KiB of a large one, 2 KiB of a channel.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/interop/peer.h"

enum { GROWTH_MAX_KIB = 4096 };

struct soak {
    const char *what, *client, *name, *iterations, *request_size, *response_size;
};

static const struct soak soaks[] = {
    {"small calls", "ours", "rpc_soak", "50000", "100", "100"},
    {"large calls", "ours", "rpc_soak", "1000", "271828", "314159"},
    {"channels", "ours", "channel_soak", "2000", "100", "100"},
    {"small calls of Go", "go", "rpc_soak", "50000", "100", "100"},
    {"channels of Go", "go", "channel_soak", "2000", "100", "100"},
};
enum { SOAKS = sizeof(soaks) / sizeof(soaks[0]) };

static struct peer_server server;

static int setup(void **state) {
    peer_start(&server, peer_find("ours"));
    return 0;
}

static int teardown(void **state) {
    peer_stop(&server);
    return 0;
}

static void expect_flat(const struct soak *soak, const char *who, int64_t first, int64_t last) {
    printf("%-20s %-8s KiB %lld, then %lld\n", soak->what, who, (long long)first, (long long)last);
    if (last - first > GROWTH_MAX_KIB)
        fail_msg("%s: the %s has grown by %lld KiB, %d are allowed", soak->what, who,
            (long long)(last - first), GROWTH_MAX_KIB);
}

/* The client says "iterations 250 resident KiB 13716" after each quarter. */
static void expect_flat_client(const struct soak *soak, const char *said) {
    static const char mark[] = " resident KiB ";
    int64_t seen[4];
    int count = 0;
    for (const char *at = said; count < 4 && (at = strstr(at, mark)); count++)
        seen[count] = strtoll(at += sizeof(mark) - 1, NULL, 10);
    assert_int_equal(count, 4);
    expect_flat(soak, "client", seen[0], seen[3]);
}

static void run(const struct soak *soak, struct buffer *ret_said) {
    char iterations[64], request[64], response[64];
    snprintf(iterations, sizeof(iterations), "--soak_iterations=%s", soak->iterations);
    snprintf(request, sizeof(request), "--soak_request_size=%s", soak->request_size);
    snprintf(response, sizeof(response), "--soak_response_size=%s", soak->response_size);
    const char *const flags[] = {iterations, request, response, PEER_PATIENCE, NULL};
    peer_pass(&server, peer_find(soak->client), soak->name, flags, ret_said);
}

static void is_flat(void **state) {
    const struct soak *soak = *state;
    _cleanup_(buffer_deinit) struct buffer said = {0};
    run(soak, &said);
    int64_t first = peer_resident_kib(&server);
    run(soak, &said);
    expect_flat(soak, "server", first, peer_resident_kib(&server));
    if (strcmp(soak->client, "ours") == 0)
        expect_flat_client(soak, said.data);
}

int main(void) {
    struct CMUnitTest tests[SOAKS];
    size_t count = 0;
    bool is_complete = true;
    for (size_t i = 0; i < SOAKS; i++) {
        bool is_here = peer_is_here(peer_find(soaks[i].client));
        is_complete &= is_here;
        if (is_here)
            tests[count++] = (struct CMUnitTest){
                .name = soaks[i].what, .test_func = is_flat, .initial_state = (void *)&soaks[i]};
    }
    int status = _cmocka_run_group_tests("soak", tests, count, setup, teardown);
    return status == 0 && !is_complete ? PEER_MISSING : status;
}
