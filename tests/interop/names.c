/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/interop/names.h"

#include <assert.h>

Payload zeros_payload(size_t size) {
    static uint8_t zeros[BODY_SIZE_MAX];
    Payload payload = PAYLOAD_INIT;
    assert(size <= sizeof(zeros));
    payload.body = (ProtobufCBinaryData){size, zeros};
    return payload;
}
