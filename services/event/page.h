/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Pages of a sorted list. A token names the place of the last row by what the list is sorted by and
 * its id, and the filter it belongs to, so a page is stable while rows come and go, and a token
 * cannot be used with another query.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct arena;
struct call;
struct check;

enum {
    PAGE_SIZE_DEFAULT = 50,
    PAGE_SIZE_MAX = 1000,
    PAGE_QUERY_MAX = 200,
    PAGE_TEXT_KEY_SIZE = 40, /* bytes of a text that lists are sorted by */
};

struct page_token {
    bool is_set;
    int64_t number;
    char text[PAGE_TEXT_KEY_SIZE + 1];
    char id[37];
};

void page_check(struct check *check, int32_t page_size); /* 0 to PAGE_SIZE_MAX */
size_t page_size(int32_t page_size);
_printf_(2, 3) uint64_t page_filter(struct arena *arena, const char *format, ...);

/* 0, or -1 when the call has been refused: the token is not ours or belongs to another filter. */
_must_check_ int page_parse(
    struct call *call, const char *token, uint64_t filter, struct page_token *ret_token);
char *page_token_for_number(struct arena *arena, uint64_t filter, int64_t number, const char *id);
char *page_token_for_text(struct arena *arena, uint64_t filter, const char *text, const char *id);

/* < 0, 0, > 0: the token's place is before, at or behind the row. */
int page_compare_number(const struct page_token *token, int64_t number, const char *id);
int page_compare_text(const struct page_token *token, const char *text, const char *id);
/* How rows are ordered by text: as page_compare_text() compares. */
int page_order_text(const char *a, const char *a_id, const char *b, const char *b_id);
