/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as JSON: what is accepted prints, and reads and prints the same again. */

#include "tests/fuzz/fuzz.h"
#include "trip.h"

static const char *const seeds[] = {
    "\0{\"fDouble\":-1.5e-7,\"fInt64\":\"-9223372036854775808\",\"fString\":"
    "\"a\\u00e4\\ud83c\\udf9f\"}",
    "\0{\"fBytes\":\"AA-_\",\"fEnum\":\"COLOUR_RED\",\"fMessage\":{\"fBool\":true},\"f_far\":null}",
    "\1{\"fInt32\":[1,\"2\",3e0],\"fEnum\":[0,\"COLOUR_BLUE\"],\"fMessage\":[{},{\"fFloat\":"
    "\"NaN\"}]}",
    "\2{\"byString\":{\"a\":\"b\"},\"byInt32\":{\"-1\":{}},\"byBool\":{\"true\":7}}",
    "\3{\"kinds\":{\"fInt32\":1},\"beside\":\"x\"}",
    "\3{\"nothing\":null}",
    "\4{\"time\":\"2024-02-29T23:59:59.123456789+01:30\",\"duration\":\"-1.5s\",\"mask\":\"a.bC,"
    "d\"}",
    "\4{\"object\":{\"a\":[1,null,{\"b\":\"c\"}]},\"value\":0.1,\"list\":[[]],\"wBytes\":\"AA==\"}",
    "\4{\"any\":{\"value\":\"1s\",\"@type\":\"x/google.protobuf.Duration\"},\"x-other\":false}",
    "\5{\"child\":{\"children\":[{\"name\":\"x\"},{}]}}",
    "\6{\"id\":\"a\",\"displayName\":\"b\",\"labels\":[\"c\"],\"colour\":1}",
    "\7{\"thing\":{\"id\":\"x\"},\"updateMask\":\"name\",\"sizes\":[1],\"labels\":{\"a\":\"b\"}}",
    "\10[[{\"a\":{}}],-0.0,1e300,\"\\n\"]",
    "\11{\"@type\":\"a/sample.v1.Thing\",\"kinds\":{\"fBool\":true}}",
    "\12{\"code\":3,\"details\":[{\"@type\":\"a/google.rpc.RetryInfo\",\"retryDelay\":\"3s\"}]}",
};

const void *fuzz_seed(size_t index, size_t *ret_size) {
    if (index >= ARRAY_SIZE(seeds))
        return NULL;
    *ret_size = 1 + strlen(seeds[index] + 1);
    return seeds[index];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct trip trip;
    struct buffer wire = {0};
    struct text json = trip_begin(&trip, data, size);
    if (trip_read(&trip, json, &wire))
        trip_check_wire(&trip, buffer_text(&wire));
    else
        trip_check_error(&trip, json.size);
    buffer_deinit(&wire);
    trip_end(&trip);
    return 0;
}
