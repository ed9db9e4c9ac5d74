/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A folder of files, read once into memory: a request is a look into a table and never comes near
 * the file system, so there is no way out of the folder. Links that lead out of it are not
 * followed, names that begin with a dot are left out, "x.br" and "x.gz" are other forms of "x" and
 * nothing else.
 */

#include <stddef.h>

#include "base/text.h"

struct buffer;
struct files;
struct visit;

enum {
    FILES_COUNT_MAX = 4096,
    FILES_DEPTH_MAX = 16,
    FILES_ONE_SIZE_MAX = 16 * 1024 * 1024,
    FILES_ALL_SIZE_MAX = 64 * 1024 * 1024,
};

/* NULL, and a sentence appended, when the folder cannot be read or is beyond a limit. */
struct files *files_new(const char *folder, struct buffer *ret_error);
void files_free(struct files *files);

/* Answers if there is such a file; false: the visit is still to be answered. A page is answered to
 * browsers for paths that are no file, because they may be known to the page. */
bool files_answer(const struct files *files, struct visit *visit);
bool files_answer_page(const struct files *files, struct visit *visit);
