/* SPDX-License-Identifier: Apache-2.0 */
#include "stand.h"

/* "GET /v1/things?x=1", a body or NULL, and the request message that comes of it. */
struct call {
    const char *request, *body;
    const char *method; /* of sample.v1.Things */
    const char *expected;
};

static enum route_outcome match(
    const char *request, struct route_match *ret_match, struct text *ret_query) {
    struct text rest = text_from(request);
    struct text http_method = text_cut(&rest, ' ');
    struct text path = text_cut(&rest, '?');
    *ret_query = rest;
    return router_match(sample_router(), http_method, path, ret_match);
}

static int transcode_with(struct stand *stand, const char *request, const char *body,
    struct transcode_request options, struct route_match *ret_match) {
    stand_clear(stand);
    if (match(request, ret_match, &options.query) != ROUTE_FOUND)
        fail_msg("%s has no route", request);
    options.body = text_from(body);
    return transcode_request(
        sample_schema(), ret_match, &options, &stand->arena, &stand->wire, &stand->error);
}

static void assert_call(struct stand *stand, const struct call *call) {
    struct route_match matched;
    int r = transcode_with(
        stand, call->request, call->body, (struct transcode_request){0}, &matched);
    if (r != 0)
        fail_msg("%s: %s: %s", call->request, stand->error.path, stand->error.message);
    assert_text_equal(matched.route->method->name, call->method);
    r = stand_print(stand, "ThingRequest", buffer_text(&stand->wire), JSON_ZEROS_OMITTED);
    assert_int_equal(r, 0);
    assert_text_equal(buffer_text(&stand->json), call->expected);
}

static void assert_call_refused(struct stand *stand, const char *request, const char *body,
    const char *path, const char *sentence) {
    struct route_match matched;
    if (transcode_with(stand, request, body, (struct transcode_request){0}, &matched) == 0)
        fail_msg("%s was not refused", request);
    assert_error(stand, path, sentence);
}

static void paths_bind_fields(void **state) {
    static const struct call calls[] = {
        {"GET /v1/things/t1", NULL, "Get", "{\"thing\":{\"id\":\"t1\"}}"},
        {"GET /v1/shelves/7/things/a", NULL, "Get", "{\"name\":\"shelves/7/things/a\"}"},
        {"GET /v1/colours/COLOUR_BLUE/things", NULL, "Get", "{\"colour\":\"COLOUR_BLUE\"}"},
        {"GET /v1/colours/7/things", NULL, "Get", "{\"colour\":\"COLOUR_BLUE\"}"},
        {"GET /v1/things/a%20b%2Fc%2b+%25", NULL, "Get", "{\"thing\":{\"id\":\"a b/c++%\"}}"},
        {"GET /v1/shelves/a%2Fb/things/%41%2f", NULL, "Get",
            "{\"name\":\"shelves/a%2Fb/things/A%2f\"}"},
        {"GET /v1/things/%c3%a4", NULL, "Get", "{\"thing\":{\"id\":\"\xc3\xa4\"}}"},
        {"POST /v1/files/a/b:run", "", "Run", "{\"name\":\"files/a/b\"}"},
        {"POST /v1/files:run", "{}", "Run", "{\"name\":\"files\"}"},
        {"PURGE /v1/things/x", NULL, "Purge", "{\"thing\":{\"id\":\"x\"}}"},
    };
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
        assert_call(*state, &calls[i]);
}

static void queries_bind_fields(void **state) {
    static const struct call calls[] = {
        {"GET /v1/things?name=a&page_size=5", NULL, "List", "{\"name\":\"a\",\"pageSize\":5}"},
        {"GET /v1/things?pageSize=1e1&&", NULL, "List", "{\"pageSize\":10}"},
        {"GET /v1/things?tags=a&sizes=1&tags=b&sizes=300", NULL, "List",
            "{\"tags\":[\"a\",\"b\"],\"sizes\":[1,300]}"},
        {"GET /v1/things?thing.id=x&thing.kinds.f_bool=true&thing.displayName=y", NULL, "List",
            "{\"thing\":{\"id\":\"x\",\"displayName\":\"y\",\"kinds\":{\"fBool\":true}}}"},
        {"GET /v1/things?thing.labels=a&thing.labels=b", NULL, "List",
            "{\"thing\":{\"labels\":[\"a\",\"b\"]}}"},
        {"GET /v1/things?name=a+b%2Bc%26", NULL, "List", "{\"name\":\"a b+c&\"}"},
        {"GET /v1/things?%6eame=x", NULL, "List", "{\"name\":\"x\"}"},
        {"GET /v1/things?name=a=b", NULL, "List", "{\"name\":\"a=b\"}"},
        {"GET /v1/things?name", NULL, "List", "{}"},
        {"GET /v1/things?after=2026-01-01T00:00:00Z&within=1.5s", NULL, "List",
            "{\"after\":\"2026-01-01T00:00:00Z\",\"within\":\"1.500s\"}"},
        {"GET /v1/things?update_mask=a,b_c&exact=false", NULL, "List",
            "{\"updateMask\":\"a,bC\",\"exact\":false}"},
        {"GET /v1/things?blob=AA&ratio=NaN&deep=true", NULL, "List",
            "{\"blob\":\"AA==\",\"deep\":true,\"ratio\":\"NaN\"}"},
        {"GET /v1/things?choice.kinds.fInt32=1&choice.kinds.fBool=true&choice.beside=x", NULL,
            "List", "{\"choice\":{\"kinds\":{\"fInt32\":1,\"fBool\":true},\"beside\":\"x\"}}"},
        {"GET /v1/things?key=k&api_key=k&fields=f&alt=json&prettyPrint=1&utm_source=x", NULL,
            "List", "{}"},
        {"GET /v1/things/t1?thing.id=t1", NULL, "Get", "{\"thing\":{\"id\":\"t1\"}}"},
        {"GET /v1/things/t1?thing.colour=1", NULL, "Get",
            "{\"thing\":{\"id\":\"t1\",\"colour\":\"COLOUR_RED\"}}"},
    };
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
        assert_call(*state, &calls[i]);
}

static void bodies_fill_fields(void **state) {
    static const struct call calls[] = {
        {"POST /v1/things", "{\"id\":\"x\"}", "Create", "{\"thing\":{\"id\":\"x\"}}"},
        {"POST /v1/things", "", "Create", "{}"},
        {"POST /v1/things", "null", "Create", "{}"},
        {"POST /v1/things?name=n", "{}", "Create", "{\"name\":\"n\",\"thing\":{}}"},
        {"POST /v1/things:many", "[{\"id\":\"a\"},{\"id\":\"b\"}]", "CreateMany",
            "{\"things\":[{\"id\":\"a\"},{\"id\":\"b\"}]}"},
        {"POST /v1/things/x:rename", "\"new\"", "Rename",
            "{\"name\":\"new\",\"thing\":{\"id\":\"x\"}}"},
        {"POST /v1/files/a:run", "{\"name\":\"files/a\",\"tags\":[\"t\"]}", "Run",
            "{\"name\":\"files/a\",\"tags\":[\"t\"]}"},
        {"POST /v1/files/a:run?key=k", "{\"name\":null}", "Run", "{\"name\":\"files/a\"}"},
    };
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
        assert_call(*state, &calls[i]);
}

static void a_patch_names_what_it_carries(void **state) {
    static const struct call calls[] = {
        {"PATCH /v1/things/t1", "{\"displayName\":\"n\",\"labels\":[]}", "Update",
            "{\"thing\":{\"id\":\"t1\",\"displayName\":\"n\"},\"updateMask\":\"displayName,"
            "labels\"}"},
        {"PATCH /v1/things/t1", "{\"colour\":null,\"kinds\":{\"fInt32\":1}}", "Update",
            "{\"thing\":{\"id\":\"t1\",\"kinds\":{\"fInt32\":1}},\"updateMask\":\"kinds,colour\"}"},
        {"PATCH /v1/things/t1", "{\"id\":\"t1\",\"colour\":1}", "Update",
            "{\"thing\":{\"id\":\"t1\",\"colour\":\"COLOUR_RED\"},\"updateMask\":\"colour\"}"},
        {"PATCH /v1/things/t1?updateMask=displayName", "{\"colour\":1}", "Update",
            "{\"thing\":{\"id\":\"t1\",\"colour\":\"COLOUR_RED\"},\"updateMask\":\"displayName\"}"},
        {"PATCH /v1/things/t1?updateMask=", "{\"colour\":1}", "Update",
            "{\"thing\":{\"id\":\"t1\",\"colour\":\"COLOUR_RED\"},\"updateMask\":\"colour\"}"},
        {"PATCH /v1/things/t1", "{}", "Update", "{\"thing\":{\"id\":\"t1\"},\"updateMask\":\"\"}"},
    };
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
        assert_call(*state, &calls[i]);
}

static void what_does_not_fit_is_refused(void **state) {
    static const struct {
        const char *request, *body, *path, *sentence;
    } rows[] = {
        {"GET /v1/colours/PINK/things", NULL, "colour",
            "must be one of COLOUR_UNSPECIFIED, COLOUR_RED, COLOUR_BLUE, COLOUR_BELOW, not "
            "\"PINK\""},
        {"GET /v1/things/%ff", NULL, "thing.id", "must be valid UTF-8"},
        {"GET /v1/things/x", "{}", "", "must have no body here"},
        {"GET /v1/things?page_size=1&page_size=1", NULL, "page_size",
            "is given more than once in the query"},
        {"GET /v1/things?sizes=x", NULL, "sizes[0]",
            "must be a whole number from -2147483648 to 2147483647, not \"x\""},
        {"GET /v1/things?exact=yes", NULL, "exact", "must be true or false, not \"yes\""},
        {"GET /v1/things?after=today", NULL, "after",
            "must be a time like \"2026-11-22T20:15:00Z\", not \"today\""},
        {"GET /v1/things?updateMask=a,line_x=1", NULL, "updateMask",
            "must be field names with commas between like \"name,startTime\", not "
            "\"a,line_x=1\""},
        {"GET /v1/things?name=%zz", NULL, "name", "has an unsound % escape in the query"},
        {"GET /v1/things?name=%00", NULL, "name", "has an unsound % escape in the query"},
        {"GET /v1/things?labels=x", NULL, "labels",
            "cannot be given in the query; it is not one value"},
        {"GET /v1/things?thing=x", NULL, "thing",
            "cannot be given in the query; it is not one value"},
        {"GET /v1/things?extra.a=x", NULL, "extra.a",
            "goes into a field that has no parts in the query"},
        {"GET /v1/things?things.id=x", NULL, "things.id",
            "goes into a field that has no parts in the query"},
        {"GET /v1/things?choice.text=a&choice.number=1", NULL, "choice.number",
            "cannot be set together with text; at most one of the two"},
        {"GET /v1/things?choice.kinds.fBool=true&choice.number=1", NULL, "choice.kinds",
            "cannot be set together with number; at most one of the two"},
        {"GET /v1/things?thing.colr=1", NULL, "thing.colr",
            "is no parameter that the query may carry; allowed are: id, displayName, kinds, "
            "labels, colour"},
        {"GET /v1/things/t1?thing.id=t2", NULL, "thing.id",
            "is \"t1\" in the path but \"t2\" in the query"},
        {"POST /v1/things?thing.id=x", "{}", "thing.id",
            "belongs to the body and cannot be given in the query"},
        {"POST /v1/files/a:run?tags=x", "{}", "tags",
            "belongs into the body; this path has no query parameters"},
        {"POST /v1/files/a:run", "{\"name\":\"files/b\"}", "name",
            "differs from \"files/a\" in the path; leave it out or repeat that"},
        {"PATCH /v1/things/t1", "{\"id\":\"t2\"}", "thing.id",
            "differs from \"t1\" in the path; leave it out or repeat that"},
        {"PATCH /v1/things/t1", "{\"id\":\"\"}", "thing.id",
            "differs from \"t1\" in the path; leave it out or repeat that"},
        {"POST /v1/things", "[]", "thing", "must be an object, not []"},
        {"POST /v1/things", "{\"kinds\":{\"fInt32\":\"x\"}}", "thing.kinds.fInt32",
            "must be a whole number from -2147483648 to 2147483647, not \"x\""},
        {"POST /v1/things:many", "[{},{\"colour\":\"PINK\"}]", "things[1].colour",
            "must be one of COLOUR_UNSPECIFIED, COLOUR_RED, COLOUR_BLUE, COLOUR_BELOW, not "
            "\"PINK\""},
        {"POST /v1/things/x:rename", "{\"name\":\"n\"}", "name",
            "must be a string, not {\"name\":\"n\"}"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_call_refused(*state, rows[i].request, rows[i].body, rows[i].path, rows[i].sentence);
}

static void an_unknown_parameter_is_told_what_is_allowed(void **state) {
    struct stand *stand = *state;
    assert_call_refused(stand, "GET /v1/things?nme=x", NULL, "nme",
        "is no parameter that the query may carry; allowed are: name, thing, updateMask, "
        "requestId, resumeToken, colour, pageSize, tags, sizes, after, within, choice, labels, "
        "extra, things, exact, blob, deep, ratio");
    struct route_match matched;
    struct transcode_request options = {.ignores_unknown_parameters = true};
    assert_int_equal(transcode_with(stand, "GET /v1/things?nme=x", "", options, &matched), 0);
    assert_int_equal(stand->wire.size, 0);
}

static void headers_bind_fields_too(void **state) {
    const struct transcode_extra extras[] = {
        {TEXT("request_id"), TEXT("k1"), "the Idempotency-Key header"},
        {TEXT("resume_token"), TEXT("r1"), "the Last-Event-ID header"},
        {TEXT("page_size"), TEXT("no string"), "the X header"},
        {TEXT("nowhere"), TEXT("x"), "the X header"},
    };
    struct stand *stand = *state;
    struct transcode_request options = {.extras = extras, .extra_count = 4};
    struct route_match matched;
    assert_int_equal(transcode_with(stand, "POST /v1/files/a:run",
                         "{\"requestId\":\"k1\",\"deep\":true}", options, &matched),
        0);
    assert_int_equal(
        stand_print(stand, "ThingRequest", buffer_text(&stand->wire), JSON_ZEROS_OMITTED), 0);
    assert_text_equal(buffer_text(&stand->json),
        "{\"name\":\"files/a\",\"requestId\":\"k1\",\"resumeToken\":\"r1\",\"deep\":true}");

    int r = transcode_with(
        stand, "POST /v1/files/a:run", "{\"requestId\":\"k2\"}", options, &matched);
    assert_int_equal(r, TRANSCODE_INVALID);
    assert_error(stand, "requestId",
        "differs from \"k1\" in the Idempotency-Key header; leave it out or repeat that");

    r = transcode_with(stand, "GET /v1/things?request_id=k2", "", options, &matched);
    assert_int_equal(r, TRANSCODE_INVALID);
    assert_error(
        stand, "requestId", "is \"k1\" in the Idempotency-Key header but \"k2\" in the query");
}

static void responses_are_whole_or_one_field(void **state) {
    struct stand *stand = *state;
    static const struct {
        const char *request, *reply, *expected;
    } rows[] = {
        {"GET /v1/things", "{\"total\":3,\"text\":\"x\"}",
            "{\"things\":[],\"total\":\"3\",\"text\":\"x\"}"},
        {"GET /v1/things:titles", "{\"things\":[{\"id\":\"a\"}],\"total\":3}",
            "[{\"id\":\"a\",\"displayName\":\"\",\"labels\":[],\"colour\":\"COLOUR_UNSPECIFIED\"}"
            "]"},
        {"GET /v1/things:titles", "{}", "[]"},
        {"GET /v1/things:total", "{\"total\":3}", "\"3\""},
        {"GET /v1/things:total", "{}", "\"0\""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct route_match matched;
        struct text query;
        assert_int_equal(match(rows[i].request, &matched, &query), ROUTE_FOUND);
        assert_int_equal(stand_read(stand, "ThingReply", rows[i].reply), 0);
        int r = transcode_response(sample_schema(), matched.route, buffer_text(&stand->wire),
            JSON_ZEROS_LISTED, &stand->arena, &stand->json, &stand->error);
        assert_int_equal(r, 0);
        assert_text_equal(buffer_text(&stand->json), rows[i].expected);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_bind_fields),
        cmocka_unit_test(queries_bind_fields),
        cmocka_unit_test(bodies_fill_fields),
        cmocka_unit_test(a_patch_names_what_it_carries),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(an_unknown_parameter_is_told_what_is_allowed),
        cmocka_unit_test(headers_bind_fields_too),
        cmocka_unit_test(responses_are_whole_or_one_field),
    };
    return cmocka_run_group_tests(tests, stand_setup, stand_teardown);
}
