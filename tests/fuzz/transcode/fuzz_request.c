/* SPDX-License-Identifier: Apache-2.0 */

/* "METHOD path?query", a line end, a body: what a router and a transcoder accept can be printed. */

#include <assert.h>

#include "tests/fuzz/fuzz.h"
#include "tests/unit/gateway/transcode/stand.h"

static const char *const seeds[] = {
    "GET /v1/things/a%20b?thing.colour=1&tags=a&tags=%62+c",
    "GET /v1/shelves/7/things/x%2Fy",
    "GET /v1/things?page_size=5&choice.kinds.fInt32=1&after=2026-01-01T00:00:00Z&utm_x=1",
    "POST /v1/things?name=n\n{\"id\":\"x\",\"kinds\":{\"fBool\":true}}",
    "POST /v1/things:many\n[{\"id\":\"a\"},{}]",
    "POST /v1/things/x:rename\n\"new\"",
    "PATCH /v1/things/t1?updateMask=label_1,tm_x=1\n{\"id\":\"t1\"}",
    "PATCH /v1/things/t1?updateMask=\n{\"id\":\"t1\",\"labels\":[\"a\"],\"colour\":null}",
    "POST /v1/files/a/b/c:run\n{\"name\":\"files/a/b/c\",\"requestId\":\"k\",\"deep\":true}",
    "PURGE /v1/things/x",
};

const void *fuzz_seed(size_t index, size_t *ret_size) {
    if (index >= ARRAY_SIZE(seeds))
        return NULL;
    *ret_size = strlen(seeds[index]);
    return seeds[index];
}

static void check_request(
    const struct route_match *match, const struct transcode_request *request) {
    struct stand stand = {0};
    arena_init(&stand.arena, 0);
    int r = transcode_request(
        sample_schema(), match, request, &stand.arena, &stand.wire, &stand.error);
    if (r == 0)
        assert(
            stand_print(&stand, "ThingRequest", buffer_text(&stand.wire), JSON_ZEROS_LISTED) == 0 ||
            strstr(stand.error.message, "nested more than") ||
            strstr(stand.error.message, "JSON cannot carry"));
    else
        assert(stand.error.path && stand.error.message[0]);
    arena_deinit(&stand.arena);
    buffer_deinit(&stand.wire);
    buffer_deinit(&stand.json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const struct transcode_extra extra = {TEXT("request_id"), TEXT("k"), "the X header"};
    struct transcode_request request = {
        .body = {(const char *)data, size}, .extras = &extra, .extra_count = 1};
    struct route_match match;
    request.query = text_cut(&request.body, '\n');
    struct text http_method = text_cut(&request.query, ' ');
    struct text path = text_cut(&request.query, '?');
    if (router_match(sample_router(), http_method, path, &match) == ROUTE_FOUND)
        check_request(&match, &request);
    return 0;
}
