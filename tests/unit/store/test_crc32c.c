/* SPDX-License-Identifier: Apache-2.0 */
#include "store/crc32c.h"

#include "fixture.h"

static void the_known_values_come_out(void **state) {
    char zeros[32] = {0}, ones[32];
    memset(ones, 0xff, sizeof(ones));
    assert_int_equal(crc32c(0, "", 0), 0);
    assert_int_equal(crc32c(0, "123456789", 9), 0xe3069283);
    assert_int_equal(crc32c(0, zeros, sizeof(zeros)), 0x8a9136aa);
    assert_int_equal(crc32c(0, ones, sizeof(ones)), 0x62a8ab43);
}

static void both_ways_agree_at_every_length_and_cut(void **state) {
    char bytes[67];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)(i * 37 + 11);
    for (size_t size = 0; size <= sizeof(bytes); size++) {
        uint32_t whole = crc32c_portable(0, bytes, size);
        for (size_t cut = 0; cut <= size; cut++)
            assert_int_equal(crc32c(crc32c(0, bytes, cut), bytes + cut, size - cut), whole);
    }
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_known_values_come_out),
        cmocka_unit_test(both_ways_agree_at_every_length_and_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
