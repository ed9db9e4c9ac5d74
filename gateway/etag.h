/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Strong entity tags: two answers with the same tag are the same bytes. */

#include <stdbool.h>

#include "base/text.h"

enum { ETAG_SIZE = 18 };

struct etag {
    char text[ETAG_SIZE + 1]; /* with its quotes */
};

/* `coding` is the content coding in which the body travels, "" or "gzip". */
struct etag etag_of(struct text body, const char *coding);
struct text etag_text(const struct etag *etag);
/* Is the tag among those of an If-None-Match header, or does that say "*"? */
bool etag_matches(const struct etag *etag, struct text if_none_match);
