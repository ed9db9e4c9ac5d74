/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/gzip.h"
#include "tests/unit/base/check.h"

static void expect_round_trip(struct gzip *gzip, struct text text) {
    char *back = malloc(text.size + 1);
    struct text zipped = gzip_compress(gzip, text);
    z_stream stream = {.next_in = (Bytef *)zipped.data,
        .avail_in = (uInt)zipped.size,
        .next_out = (Bytef *)back,
        .avail_out = (uInt)text.size + 1};
    assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
    assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
    assert_int_equal(stream.total_out, text.size);
    assert_memory_equal(back, text.data, text.size);
    inflateEnd(&stream);
    free(back);
}

static void test_one_compressor_serves_again_and_again(void **state) {
    enum { SIZE = 300 * 1000 };
    struct gzip gzip = {0};
    char *bytes = malloc(SIZE);
    uint32_t seed = 1;
    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = (char)next_number(&seed);
    for (size_t size = 0; size <= SIZE; size = size * 7 + 1)
        expect_round_trip(&gzip, (struct text){bytes, size});
    memset(bytes, 'x', SIZE);
    expect_round_trip(&gzip, (struct text){bytes, SIZE});
    expect_round_trip(&gzip, TEXT("short"));
    gzip_deinit(&gzip);
    gzip_deinit(&gzip);
    free(bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_compressor_serves_again_and_again)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
