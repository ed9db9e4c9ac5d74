/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/etag.h"

#include <string.h>

#include "base/map.h"

struct etag etag_of(struct text body, const char *coding) {
    static const char digits[] = "0123456789abcdef";
    uint64_t hash = hash_stable(body.data, body.size);
    if (*coding)
        hash ^= hash_stable(coding, strlen(coding));
    struct etag etag;
    char *to = etag.text;
    *to++ = '"';
    for (int shift = 60; shift >= 0; shift -= 4)
        *to++ = digits[hash >> shift & 15];
    *to++ = '"';
    *to = '\0';
    return etag;
}

struct text etag_text(const struct etag *etag) {
    return (struct text){etag->text, ETAG_SIZE};
}

/* Weak comparison, as RFC 9110 section 13.1.2 has it: a cache may have weakened the tag. */
bool etag_matches(const struct etag *etag, struct text if_none_match) {
    while (if_none_match.size > 0) {
        struct text tag = text_trim(text_cut(&if_none_match, ','));
        if (text_starts_with(tag, TEXT("W/")))
            tag = (struct text){tag.data + 2, tag.size - 2};
        if (text_equal(tag, etag_text(etag)) || text_equal(tag, TEXT("*")))
            return true;
    }
    return false;
}
