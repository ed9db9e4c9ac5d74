/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What reading the folder and answering from it share. */

#include <stdbool.h>

#include "base/arena.h"
#include "base/map.h"
#include "gateway/etag.h"
#include "gateway/files.h"

enum file_form { FILE_AS_IS, FILE_BROTLI, FILE_GZIP, FILE_FORMS };

struct file_coding {
    const char *name;   /* of the content coding */
    const char *ending; /* of the file that has it */
};
extern const struct file_coding file_codings[FILE_FORMS];

struct file {
    struct text path; /* "/assets/app.js" */
    const char *type;
    bool is_page;
    bool is_immutable; /* its name changes when it changes */
    bool has_codings;
    struct {
        struct text bytes; /* data NULL: there is none */
        struct etag etag;
    } forms[FILE_FORMS];
};

struct files {
    struct map by_path;
    struct arena arena; /* of everything */
    size_t count;
    size_t size;
};
