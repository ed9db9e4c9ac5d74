/* SPDX-License-Identifier: Apache-2.0 */
#include "rules.h"

#include "gateway/transcode/json_reader.h"
#include "gateway/transcode/openapi.h"

static const struct openapi_header headers[] = {
    {"request_id", "Idempotency-Key", "The same key gives the same answer."}};

static const struct openapi_info info = {
    .title = "Sample",
    .version = "1",
    .headers = headers,
    .header_count = 1,
};

/* The document without its white space; there is none. */
static char *document(const struct router *router) {
    struct buffer json = {0};
    struct json_reader reader;
    struct text whole;
    openapi_append(&json, router, &info);
    json_reader_init(&reader, buffer_text(&json));
    assert_true(json_skip(&reader, &whole) && json_finish(&reader));
    buffer_append_char(&json, '\0');
    return json.data;
}

static void assert_has(const char *document, const char *part) {
    if (!strstr(document, part))
        fail_msg("not in the document: %s", part);
}

static void assert_lacks(const char *document, const char *part) {
    if (strstr(document, part))
        fail_msg("in the document: %s", part);
}

static size_t count(const char *document, const char *part) {
    size_t found = 0;
    for (const char *at = document; (at = strstr(at, part)); at++)
        found++;
    return found;
}

static void a_small_api_is_described_whole(void **state) {
    static const struct rule list[] = {{"Get", "GET", "/x/{name}", NULL}};
    struct rules rules;
    rules_init(&rules, list, 1);
    char *json = document(rules.router);
    assert_has(json, "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"Sample\",\"version\":\"1\"},"
                     "\"tags\":[{\"name\":\"S\"}],\"paths\":{\"/x/{name}\":{\"get\":{"
                     "\"operationId\":\"S_Get\",\"tags\":[\"S\"],\"parameters\":["
                     "{\"name\":\"name\",\"in\":\"path\",\"required\":true,"
                     "\"schema\":{\"type\":\"string\"}},"
                     "{\"name\":\"a\",\"in\":\"query\",\"schema\":{\"type\":\"string\"}},");
    assert_has(json,
        "{\"name\":\"list\",\"in\":\"query\",\"schema\":{\"type\":\"array\","
        "\"items\":{\"type\":\"string\"}}},{\"name\":\"o\",\"in\":\"query\","
        "\"schema\":{\"type\":\"integer\",\"format\":\"int32\"}}],\"responses\":{\"200\":{"
        "\"description\":\"OK\",\"content\":{\"application/json\":{\"schema\":{"
        "\"$ref\":\"#/components/schemas/M\"}}}},"
        "\"default\":{\"$ref\":\"#/components/responses/Error\"}}}}},"
        "\"components\":{\"schemas\":{\"M\":{\"type\":\"object\",\"properties\":{"
        "\"a\":{\"type\":\"string\"},");
    free(json);
    rules_deinit(&rules);
}

static void operations_have_names_of_their_own(void **state) {
    char *json = document(sample_router());
    assert_int_equal(count(json, "\"operationId\":\"Things_Get\""), 1);
    assert_int_equal(count(json, "\"operationId\":\"Things_Get_2\""), 1);
    assert_int_equal(count(json, "\"operationId\":\"Things_Get_3\""), 1);
    assert_lacks(json, "Things_Purge"); /* OpenAPI knows no such method */
    assert_lacks(json, "Hidden");
    free(json);
}

static void paths_that_differ_in_names_are_one(void **state) {
    static const struct rule list[] = {{"Get", "GET", "/x/{name}", NULL},
        {"Put", "PUT", "/x/{m.name}", "m"}, {"Run", "POST", "/x/{a}:run", "*"},
        {"Deep", "GET", "/y/{a=b/*/c/*}/*/{d=**}", NULL}};
    struct rules rules;
    rules_init(&rules, list, 4);
    char *json = document(rules.router);
    assert_int_equal(count(json, "\"/x/{name}\":{"), 1);
    assert_lacks(json, "{m.name}");
    assert_has(json, "\"/x/{a}:run\":{\"post\":");
    assert_has(json, "\"/y/b/{a1}/c/{a2}/{wildcard6}/{d}\":{\"get\":");
    assert_has(json, "{\"name\":\"a2\",\"in\":\"path\",\"required\":true,");
    free(json);
    rules_deinit(&rules);
}

static void parameters_come_from_fields_and_headers(void **state) {
    char *json = document(sample_router());
    assert_has(json, "{\"name\":\"thing.kinds.fInt32\",\"in\":\"query\",");
    assert_has(json, "{\"name\":\"after\",\"in\":\"query\",\"schema\":{\"type\":\"string\","
                     "\"format\":\"date-time\"}}");
    assert_has(json, "{\"name\":\"Idempotency-Key\",\"in\":\"header\",");
    assert_lacks(json, "\"name\":\"labels\",\"in\":\"query\"");
    assert_lacks(json, "\"name\":\"thing.kinds.fMessage.fInt32\"");
    free(json);
}

static void bodies_and_replies_refer_to_schemas(void **state) {
    char *json = document(sample_router());
    assert_has(json, "\"requestBody\":{\"required\":true,\"content\":{\"application/json\":{"
                     "\"schema\":{\"$ref\":\"#/components/schemas/Thing\"}}}}");
    assert_has(json, "\"requestBody\":{\"required\":false,\"content\":{\"application/json\":{"
                     "\"schema\":{\"$ref\":\"#/components/schemas/ThingRequest\"}}}}");
    assert_has(json, "\"text/event-stream\":{\"schema\":{\"$ref\":\"#/components/schemas/Thing\"");
    assert_has(json, "\"application/json\":{\"schema\":{\"type\":\"array\",\"items\":{"
                     "\"$ref\":\"#/components/schemas/Thing\"}}}");
    assert_has(json, "\"ThingReply\":{\"type\":\"object\",\"properties\":{\"thing\":{"
                     "\"$ref\":\"#/components/schemas/Thing\"},");
    assert_has(json, "\"required\":[\"things\",\"total\",\"text\"]");
    assert_has(json, "\"labels\":{\"type\":\"object\",\"additionalProperties\":{"
                     "\"type\":\"string\"}}");
    assert_has(json, "\"Colour\":{\"type\":\"string\",\"enum\":[\"COLOUR_UNSPECIFIED\","
                     "\"COLOUR_RED\",\"COLOUR_BLUE\",\"COLOUR_BELOW\"],"
                     "\"description\":\"Colours of a thing.\\n- `COLOUR_RED`: Like blood.\"}");
    assert_lacks(json, "\"BadRequest"); /* nothing refers to it */
    free(json);
}

static void comments_become_descriptions(void **state) {
    char *json = document(sample_router());
    assert_has(json, "\"tags\":[{\"name\":\"Things\",\"description\":\"Things over REST.\"}]");
    assert_has(json, "\"summary\":\"Changes as they happen\","
                     "\"description\":\"Changes as they happen.\"");
    assert_has(json, "\"description\":\"A thing that can be changed.\"");
    free(json);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_api_is_described_whole),
        cmocka_unit_test(operations_have_names_of_their_own),
        cmocka_unit_test(paths_that_differ_in_names_are_one),
        cmocka_unit_test(parameters_come_from_fields_and_headers),
        cmocka_unit_test(bodies_and_replies_refer_to_schemas),
        cmocka_unit_test(comments_become_descriptions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
