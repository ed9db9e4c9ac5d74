/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/stat.h>

#include "tests/service/gateway/stand.h"
#include "tests/unit/base/check.h"

static const char *const browser = "Accept: text/html,application/xhtml+xml,*/*;q=0.8";

struct site {
    struct stand stand;
    char folder[64];
    struct reply reply;
};

static void write_file(const char *folder, const char *name, const char *content) {
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
}

static void make_folder(const char *folder, const char *name) {
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    assert_int_equal(mkdir(path, 0700), 0);
}

static void make_link(const char *folder, const char *name, const char *target) {
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    assert_int_equal(symlink(target, path), 0);
}

/* A site with a secret beside it. */
static void site_start(struct site *site) {
    char root[96], secret[96];
    const char *tmp = getenv("TMPDIR");
    snprintf(site->folder, sizeof(site->folder), "%s/site-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(site->folder));
    snprintf(root, sizeof(root), "%s/root", site->folder);
    snprintf(secret, sizeof(secret), "%s/secret.txt", site->folder);
    make_folder(site->folder, "root");
    write_file(site->folder, "secret.txt", "secret");
    make_folder(root, "assets");
    make_folder(root, "help");
    write_file(root, "index.html", "<h1>home</h1>");
    write_file(root, "help/index.html", "<h1>help</h1>");
    write_file(root, "a b.txt", "spaced");
    write_file(root, ".hidden", "secret");
    write_file(root, "assets/app-Xy12_abZ.js", "plain script");
    write_file(root, "assets/app-Xy12_abZ.js.gz", "zipped script");
    write_file(root, "assets/app-Xy12_abZ.js.br", "brotli script");
    write_file(root, "assets/app-a-W2lGDr.js", "a hyphen in the hash");
    write_file(root, "assets/long-something.css", "not a hash");
    write_file(root, "assets/of-2024-parts.css", "not a hash either");
    write_file(root, "alone.gz", "secret");
    make_link(root, "out.txt", secret);
    make_link(root, "up", "..");
    make_link(root, "in.txt", "a b.txt");
    const struct gateway_options options = {.static_dir = root};
    stand_start(&site->stand, &options);
    site->reply = (struct reply){0};
}

static void site_stop(struct site *site) {
    char command[128];
    stand_stop(&site->stand);
    reply_deinit(&site->reply);
    snprintf(command, sizeof(command), "rm -rf '%s'", site->folder);
    assert_int_equal(system(command), 0);
}

static void test_files_are_served_with_their_type(void **state) {
    struct site site;
    site_start(&site);
    ask(&site.stand, &site.reply, NULL, "GET /");
    assert_int_equal(site.reply.status, 200);
    assert_body(&site.reply, "<h1>home</h1>");
    assert_header(&site.reply, "Content-Type: text/html; charset=utf-8");
    assert_header(&site.reply, "Cache-Control: no-cache");
    assert_header(&site.reply, "X-Content-Type-Options: nosniff");
    assert_non_null(
        strstr(header_value(&site.reply, "Content-Security-Policy").data, "default-src 'self'; "));
    ask(&site.stand, &site.reply, NULL, "GET /help/");
    assert_body(&site.reply, "<h1>help</h1>");
    ask(&site.stand, &site.reply, NULL, "GET /a%20b.txt?v=1");
    assert_body(&site.reply, "spaced");
    assert_header(&site.reply, "Content-Type: text/plain; charset=utf-8");
    assert_no_header(&site.reply, "Content-Security-Policy");
    ask(&site.stand, &site.reply, NULL, "GET /in.txt");
    assert_body(&site.reply, "spaced");
    ask(&site.stand, &site.reply, NULL, "HEAD /in.txt");
    assert_int_equal(site.reply.status, 200);
    assert_text_equal(header_value(&site.reply, "Content-Length"), "6");
    ask(&site.stand, &site.reply, "x", "POST /in.txt");
    assert_error(&site.reply, 405, 12, "METHOD_NOT_ALLOWED");
    assert_text_equal(header_value(&site.reply, "Allow"), "GET, HEAD");
    site_stop(&site);
}

static void test_files_with_a_hash_are_kept_for_ever(void **state) {
    struct site site;
    site_start(&site);
    ask(&site.stand, &site.reply, NULL, "GET /assets/app-Xy12_abZ.js");
    assert_header(&site.reply, "Cache-Control: public, max-age=31536000, immutable");
    ask(&site.stand, &site.reply, NULL, "GET /assets/app-a-W2lGDr.js");
    assert_header(&site.reply, "Cache-Control: public, max-age=31536000, immutable");
    ask(&site.stand, &site.reply, NULL, "GET /assets/long-something.css");
    assert_header(&site.reply, "Cache-Control: no-cache");
    ask(&site.stand, &site.reply, NULL, "GET /assets/of-2024-parts.css");
    assert_header(&site.reply, "Cache-Control: no-cache");
    site_stop(&site);
}

static void test_other_forms_go_to_who_takes_them(void **state) {
    static const struct {
        const char *accepted;
        const char *coding; /* NULL: none */
        const char *body;
    } cases[] = {
        {"Accept-Encoding: gzip, deflate, br", "Content-Encoding: br", "brotli script"},
        {"Accept-Encoding: gzip", "Content-Encoding: gzip", "zipped script"},
        {"Accept-Encoding: br;q=0, *", "Content-Encoding: gzip", "zipped script"},
        {"Accept-Encoding: identity", NULL, "plain script"},
        {"X-Nothing: 1", NULL, "plain script"},
    };
    struct site site;
    site_start(&site);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        ask(&site.stand, &site.reply, NULL, "GET /assets/app-Xy12_abZ.js", cases[i].accepted);
        assert_body(&site.reply, cases[i].body);
        assert_header(&site.reply, "Vary: Accept-Encoding");
        assert_header(&site.reply, "Content-Type: text/javascript; charset=utf-8");
        if (cases[i].coding)
            assert_header(&site.reply, cases[i].coding);
        else
            assert_no_header(&site.reply, "Content-Encoding");
    }
    site_stop(&site);
}

static void test_an_unchanged_file_is_not_sent_again(void **state) {
    struct site site;
    char condition[64];
    site_start(&site);
    ask(&site.stand, &site.reply, NULL, "GET /in.txt");
    snprintf(condition, sizeof(condition), "If-None-Match: %.*s",
        TEXT_ARG(header_value(&site.reply, "ETag")));
    ask(&site.stand, &site.reply, NULL, "GET /in.txt", condition);
    assert_int_equal(site.reply.status, 304);
    assert_int_equal(site.reply.body.size, 0);
    ask(&site.stand, &site.reply, NULL, "GET /", condition);
    assert_int_equal(site.reply.status, 200);
    site_stop(&site);
}

static void test_there_is_no_way_out(void **state) {
    static const char *const lines[] = {"GET /out.txt", "GET /.hidden", "GET /alone",
        "GET /alone.gz", "GET /up/secret.txt", "GET /../secret.txt", "GET /%2e%2e/secret.txt",
        "GET /assets/../../secret.txt", "GET /assets/%2E./%2e%2e/secret.txt",
        "GET /..%2fsecret.txt", "GET /..%5csecret.txt", "GET //secret.txt", "GET /in.txt%00.html",
        "GET /assets/..", "GET /assets"};
    struct site site;
    site_start(&site);
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        ask(&site.stand, &site.reply, NULL, lines[i]);
        assert_in_range(site.reply.status, 400, 404);
        assert_body_has(&site.reply, "{\"code\":");
    }
    site_stop(&site);
}

static void test_pages_are_for_browsers_outside_the_api(void **state) {
    struct site site;
    site_start(&site);
    ask(&site.stand, &site.reply, NULL, "GET /events/42", browser);
    assert_int_equal(site.reply.status, 200);
    assert_body(&site.reply, "<h1>home</h1>");
    ask(&site.stand, &site.reply, NULL, "GET /events/42", "Accept: */*");
    assert_error(&site.reply, 404, 5, "PATH_NOT_FOUND");
    ask(&site.stand, &site.reply, NULL, "GET /t1/unknown", browser);
    assert_error(&site.reply, 404, 5, "PATH_NOT_FOUND");
    ask(&site.stand, &site.reply, NULL, "GET /t1/things/x", browser);
    assert_body_has(&site.reply, "{\"id\":\"x\"");
    site_stop(&site);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files_are_served_with_their_type),
        cmocka_unit_test(test_files_with_a_hash_are_kept_for_ever),
        cmocka_unit_test(test_other_forms_go_to_who_takes_them),
        cmocka_unit_test(test_an_unchanged_file_is_not_sent_again),
        cmocka_unit_test(test_there_is_no_way_out),
        cmocka_unit_test(test_pages_are_for_browsers_outside_the_api),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
