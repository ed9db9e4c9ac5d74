/* SPDX-License-Identifier: Apache-2.0 */
#include "http/accept.h"
#include "tests/unit/base/check.h"

static void test_quality(void **state) {
    static const struct {
        const char *header;
        const char *name;
        int quality;
    } cases[] = {
        {"", "text/html", 0},
        {"text/html", "text/html", 1000},
        {"TEXT/HTML", "text/html", 1000},
        {"text/plain, text/html;q=0.3", "text/html", 300},
        {"text/html;level=1;q=0.25", "text/html", 250},
        {"text/html ; Q=0.125", "text/html", 125},
        {"text/*;q=0.5, */*;q=0.1", "text/html", 500},
        {"*/*;q=0.1, text/*;q=0.5", "application/json", 100},
        {"*/*, text/html;q=0", "text/html", 0},
        {"text/html;q=0, */*", "text/css", 1000},
        {"text/html;q=2", "text/html", 1000},
        {"text/html;q=2147484", "text/html", 1000},
        {"text/html;q=x", "text/html", 1000},
        {"text/html;q=0.1234", "text/html", 1000},
        {"text/htm", "text/html", 0},
        {"text/htmlx", "text/html", 0},
        {"application/*", "text/html", 0},
        {"gzip;q=0.5, br", "gzip", 500},
        {"br, *;q=0.2", "gzip", 200},
        {"gzip;q=0, *", "gzip", 0},
        {",,, gzip ,", "gzip", 1000},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int quality = accept_quality(text_from(cases[i].header), text_from(cases[i].name));
        if (quality != cases[i].quality)
            fail_msg("%s in '%s': %d, not %d", cases[i].name, cases[i].header, quality,
                cases[i].quality);
    }
}

static void test_quality_of_version(void **state) {
    static const struct {
        const char *header;
        int quality; /* of version 1.0.0 */
    } cases[] = {
        {"text/x", 1000}, {"text/x;version=1.0.0;q=0.5", 500},
        {"text/x; q=0.5; VERSION = 1.0.0", 500}, {"text/x;version=0.0.1", 0},
        {"text/x;version=0.0.1, */*;q=0.2", 200},
        {"text/x;version=1.0.0;q=0.7,text/x;version=0.0.1;q=0.9", 700},
        {"text/x;version=0.0.1;q=0.9,text/x;version=1.0.0;q=0.7", 700},
        {"text/x;q=0.9,text/x;version=1.0.0;q=0", 0}, {"text/x;version=1.0.0;q=0.7,text/x", 700},
        {"text/*;version=2;q=0.3", 300}, /* of the type as a whole it says nothing */
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int quality = accept_quality_of_version(
            text_from(cases[i].header), TEXT("text/x"), TEXT("1.0.0"));
        if (quality != cases[i].quality)
            fail_msg("'%s': %d, not %d", cases[i].header, quality, cases[i].quality);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quality),
        cmocka_unit_test(test_quality_of_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
