/* SPDX-License-Identifier: Apache-2.0 */
#include "rules.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What a request comes to, in one line: "Get a=1 b=2", "404", "405 GET, HEAD", "400". */
static const char *outcome(const struct rules *rules, const char *request) {
    static char line[512];
    struct text rest = text_from(request);
    struct text http_method = text_cut(&rest, ' ');
    struct route_match match;
    switch (router_match(rules->router, http_method, rest, &match)) {
    case ROUTE_NOT_FOUND:
        return "404";
    case ROUTE_BAD_PATH:
        return "400";
    case ROUTE_WRONG_METHOD:
        snprintf(line, sizeof(line), "405 %s", match.allow);
        return line;
    default:
        break;
    }
    int size = snprintf(line, sizeof(line), "%s", match.route->method->name.data);
    for (size_t i = 0; i < match.route->template.variable_count; i++)
        size += snprintf(line + size, sizeof(line) - (size_t)size, " %.*s=%.*s",
            TEXT_ARG(match.route->template.variables[i].path), TEXT_ARG(match.captures[i]));
    return line;
}

struct expectation {
    const char *request, *outcome;
};

static void assert_outcomes(const struct rule *list, size_t rule_count,
    const struct expectation *expectations, size_t count) {
    struct rules rules;
    rules_init(&rules, list, rule_count);
    assert_text_equal(buffer_text(&rules.error), "");
    for (size_t i = 0; i < count; i++) {
        const char *found = outcome(&rules, expectations[i].request);
        if (strcmp(found, expectations[i].outcome) != 0)
            print_message("%s\n", expectations[i].request);
        assert_string_equal(found, expectations[i].outcome);
    }
    rules_deinit(&rules);
}

static void literals_and_variables_match_whole_segments(void **state) {
    static const struct rule rules[] = {
        {"Root", "GET", "/shelves"},
        {"One", "GET", "/shelves/{a}"},
        {"Book", "GET", "/shelves/{a}/books/{b}"},
        {"Nested", "GET", "/nested/{m.m.name}"},
    };
    static const struct expectation expectations[] = {
        {"GET /shelves", "Root"},
        {"GET /shelves/7", "One a=7"},
        {"GET /shelves/7/books/x%2Fy", "Book a=7 b=x%2Fy"},
        {"GET /nested/z", "Nested m.m.name=z"},
        {"GET /shelves/", "404"},
        {"GET /shelves/7/", "404"},
        {"GET //shelves", "404"},
        {"GET /shelves//books/b", "404"},
        {"GET /Shelves", "404"},
        {"GET /shelves/7/books", "404"},
        {"GET /shelve%73", "404"},
        {"GET /", "404"},
        {"GET /shelves/a:b", "One a=a:b"},
    };
    assert_outcomes(rules, COUNT(rules), expectations, COUNT(expectations));
}

static void the_more_exact_route_wins(void **state) {
    static const struct rule rules[] = {
        {"Rest", "GET", "/a/**"},
        {"Star", "GET", "/a/*"},
        {"Literal", "GET", "/a/b"},
        {"StarThenC", "GET", "/a/*/c"},
        {"BThenD", "GET", "/a/b/d"},
        {"All", "GET", "/**"},
    };
    static const struct expectation expectations[] = {
        {"GET /a/b", "Literal"},
        {"GET /a/x", "Star"},
        {"GET /a/b/c", "StarThenC"},
        {"GET /a/b/d", "BThenD"},
        {"GET /a/b/e", "Rest"},
        {"GET /a/b/c/d", "Rest"},
        {"GET /a", "Rest"},
        {"GET /a/", "Rest"},
        {"GET /b", "All"},
        {"GET /", "All"},
    };
    assert_outcomes(rules, COUNT(rules), expectations, COUNT(expectations));
}

static void rests_may_stand_in_the_middle(void **state) {
    static const struct rule rules[] = {
        {"C", "GET", "/a/{name=**}/c"},
        {"DC", "GET", "/a/**/d/c"},
        {"Star", "GET", "/a/{b=**}/x/{c=*}"},
        {"Part", "GET", "/p/{a=q/**/r/*}/{b}"},
        {"Whole", "GET", "/w/{a=**}"},
    };
    static const struct expectation expectations[] = {
        {"GET /a/c", "C name="},
        {"GET /a/1/c", "C name=1"},
        {"GET /a/1/2/3/c", "C name=1/2/3"},
        {"GET /a/1/d/c", "DC"},
        {"GET /a/d/c", "DC"},
        {"GET /a/1/x/2", "Star b=1 c=2"},
        {"GET /a/x/2", "Star b= c=2"},
        {"GET /a/1/x/", "404"},
        {"GET /a/1", "404"},
        {"GET /p/q/r/1/2", "Part a=q/r/1 b=2"},
        {"GET /p/q/x/y/r/1/2", "Part a=q/x/y/r/1 b=2"},
        {"GET /w", "Whole a="},
        {"GET /w/1//2/", "Whole a=1//2/"},
    };
    assert_outcomes(rules, COUNT(rules), expectations, COUNT(expectations));
}

static void verbs_are_verbs_only_where_a_route_has_them(void **state) {
    static const struct rule rules[] = {
        {"Get", "GET", "/users/{a}"},
        {"Ban", "POST", "/users/{a}:ban"},
        {"Undo", "POST", "/users/{a}:ban:undo"},
        {"Search", "GET", "/users:search"},
        {"File", "GET", "/files/{name=**}:read"},
        {"Other", "GET", "/other/{a}"},
    };
    static const struct expectation expectations[] = {
        {"GET /users/user:123", "Get a=user:123"},
        {"POST /users/1:ban", "Ban a=1"},
        {"POST /users/a:b:ban", "Ban a=a:b"},
        {"POST /users/1:ban:undo", "Undo a=1"},
        {"GET /users/1:ban", "405 POST"},
        {"GET /users:search", "Search"},
        {"GET /users:find", "404"},
        {"GET /files/a/b:read", "File name=a/b"},
        {"GET /files:read", "File name="},
        {"GET /files/a/b", "404"},
        {"GET /other/x:ban", "Other a=x:ban"},
        {"GET /users/1%3Aban", "Get a=1%3Aban"},
        {"POST /users/:ban", "405 GET, HEAD"},
        {"GET /users:ban/1", "404"},
    };
    assert_outcomes(rules, COUNT(rules), expectations, COUNT(expectations));
}

static void a_known_path_with_another_method_is_told_which(void **state) {
    static const struct rule rules[] = {
        {"Get", "GET", "/a/{a}"},
        {"Put", "PUT", "/a/{b}", "*"},
        {"Drop", "DELETE", "/a/x"},
        {"Any", "*", "/any"},
        {"Exact", "POST", "/any"},
        {"Purge", "PURGE", "/a/{a}"},
        {"More", "GET", "/m/1"},
        {"More", "POST", "/m/2"},
    };
    static const struct expectation expectations[] = {
        {"GET /a/1", "Get a=1"},
        {"HEAD /a/1", "Get a=1"},
        {"PUT /a/1", "Put b=1"},
        {"POST /a/1", "405 GET, HEAD, PUT, PURGE"},
        {"POST /a/x", "405 DELETE, GET, HEAD, PUT, PURGE"},
        {"GET /a/x", "Get a=x"},
        {"PURGE /a/1", "Purge a=1"},
        {"POST /any", "Exact"},
        {"BREW /any", "Any"},
        {"HEAD /any", "Any"},
        {"POST /m/2", "More"},
        {"GET /m/2", "405 POST"},
        {"POST /nowhere", "404"},
        {"get /a/1", "405 GET, HEAD, PUT, PURGE"},
    };
    assert_outcomes(rules, COUNT(rules), expectations, COUNT(expectations));
}

static void methods_beyond_the_room_are_not_listed(void **state) {
    static char verbs[40][12];
    struct rule list[40];
    struct rules rules;
    struct route_match match;
    for (size_t i = 0; i < 40; i++) {
        snprintf(verbs[i], sizeof(verbs[i]), "METHOD%02zu", i);
        list[i] = (struct rule){"Get", verbs[i], "/x", NULL};
    }
    rules_init(&rules, list, 40);
    assert_int_equal(
        router_match(rules.router, TEXT("GET"), TEXT("/x"), &match), ROUTE_WRONG_METHOD);
    assert_int_equal(strncmp(match.allow, "METHOD00, METHOD01, ", 20), 0);
    assert_true(strlen(match.allow) < sizeof(match.allow));
    assert_int_equal(match.allow[strlen(match.allow) - 1] >= '0', 1); /* not cut within one */
    rules_deinit(&rules);
}

static void unsound_paths_are_refused(void **state) {
    static const struct rule rules[] = {{"All", "GET", "/{name=**}"}};
    static const struct expectation expectations[] = {
        {"GET /a/../b", "400"},
        {"GET /..", "400"},
        {"GET /a/.", "400"},
        {"GET /a/%2e%2E/b", "400"},
        {"GET /a/.%2e", "400"},
        {"GET /a/...", "All name=a/..."},
        {"GET /a/.b", "All name=a/.b"},
        {"GET /a/%2e%2e%2e", "All name=a/%2e%2e%2e"},
        {"GET /a/%zz", "400"},
        {"GET /a/%4", "400"},
        {"GET /a/%", "400"},
        {"GET /a/%00", "400"},
        {"GET a", "400"},
        {"GET ", "400"},
        {"GET /a%20b", "All name=a%20b"},
    };
    assert_outcomes(rules, COUNT(rules), expectations, COUNT(expectations));
}

static void long_paths_cost_no_stack(void **state) {
    static const struct rule rules[] = {
        {"Star", "GET", "/*/*/*/*"}, {"Tail", "GET", "/x/**/*/y"}, {"None", "POST", "/**:v"}};
    struct rules built;
    struct buffer path = {0};
    rules_init(&built, rules, COUNT(rules));
    for (int i = 0; i < 65536; i++)
        buffer_append_string(&path, "/:");
    struct route_match match;
    assert_int_equal(
        router_match(built.router, TEXT("GET"), buffer_text(&path), &match), ROUTE_NOT_FOUND);
    buffer_clear(&path);
    buffer_append_string(&path, "/x");
    for (int i = 0; i < 65536; i++)
        buffer_append_string(&path, "/z");
    buffer_append_string(&path, "/y");
    assert_int_equal(
        router_match(built.router, TEXT("GET"), buffer_text(&path), &match), ROUTE_FOUND);
    buffer_deinit(&path);
    rules_deinit(&built);
}

static void rules_that_make_no_sense_stop_the_start(void **state) {
    static const struct {
        struct rule rules[2];
        const char *sentence;
    } rows[] = {
        {{{"A", "GET", "/x/{a}"}, {"B", "GET", "/x/{b}"}},
            "methods r.S.A and r.S.B both want GET \"/x/{b}\""},
        {{{"A", "GET", "/x/**/y"}, {"B", "GET", "/x/{b=**}/y"}},
            "methods r.S.A and r.S.B both want GET \"/x/{b=**}/y\""},
        {{{"A", "GET", "/x:v"}, {"A", "GET", "/x:v"}},
            "methods r.S.A and r.S.A both want GET \"/x:v\""},
        {{{"A", "GET", "x"}}, "method r.S.A: rule GET \"x\": does not begin with a slash"},
        {{{"A", "GET", "/{z}"}},
            "method r.S.A: rule GET \"/{z}\": \"z\" is no field of the request"},
        {{{"A", "GET", "/{a.b}"}},
            "method r.S.A: rule GET \"/{a.b}\": \"a.b\" goes into a field that has no parts"},
        {{{"A", "GET", "/{list}"}},
            "method r.S.A: rule GET \"/{list}\": \"list\" is a list or a map, which a path cannot "
            "bind"},
        {{{"A", "GET", "/{m}"}},
            "method r.S.A: rule GET \"/{m}\": \"m\" is a message, which a path cannot bind"},
        {{{"A", "POST", "/x", "zz"}},
            "method r.S.A: rule POST \"/x\": \"zz\" is the body but no field of the request"},
        {{{"A", "POST", "/{a}", "a"}},
            "method r.S.A: rule POST \"/{a}\": \"a\" is the body and in the path"},
        {{{"A", "", "/x"}},
            "method r.S.A: its google.api.http option has a custom pattern without a kind"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct rules rules;
        rules_init(&rules, rows[i].rules, rows[i].rules[1].method ? 2 : 1);
        assert_null(rules.router);
        assert_text_equal(buffer_text(&rules.error), rows[i].sentence);
        rules_deinit(&rules);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(literals_and_variables_match_whole_segments),
        cmocka_unit_test(the_more_exact_route_wins),
        cmocka_unit_test(rests_may_stand_in_the_middle),
        cmocka_unit_test(verbs_are_verbs_only_where_a_route_has_them),
        cmocka_unit_test(a_known_path_with_another_method_is_told_which),
        cmocka_unit_test(methods_beyond_the_room_are_not_listed),
        cmocka_unit_test(unsound_paths_are_refused),
        cmocka_unit_test(long_paths_cost_no_stack),
        cmocka_unit_test(rules_that_make_no_sense_stop_the_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
