/* SPDX-License-Identifier: Apache-2.0 */
#include "services/event/page.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/id.h"
#include "base/map.h"
#include "mesh/call.h"
#include "mesh/check.h"

void page_check(struct check *check, int32_t page_size) {
    check_field(check, page_size >= 0 && page_size <= PAGE_SIZE_MAX, "page_size",
        "must be 1 to %d, or 0 for %d", PAGE_SIZE_MAX, PAGE_SIZE_DEFAULT);
}

size_t page_size(int32_t page_size) {
    return page_size ? (size_t)page_size : PAGE_SIZE_DEFAULT;
}

uint64_t page_filter(struct arena *arena, const char *format, ...) {
    va_list args;
    va_start(args, format);
    const char *text = arena_vprintf(arena, format, args);
    va_end(args);
    return hash_stable(text, strlen(text));
}

/* "filter.number.hex of text.id" */
static char *format_token(
    struct arena *arena, uint64_t filter, int64_t number, const char *text, const char *id) {
    char hex[2 * PAGE_TEXT_KEY_SIZE + 1] = "";
    for (size_t i = 0; text[i] && i < PAGE_TEXT_KEY_SIZE; i++)
        snprintf(&hex[2 * i], 3, "%02x", (unsigned char)text[i]);
    return arena_printf(arena, "%016" PRIx64 ".%" PRId64 ".%s.%s", filter, number, hex, id);
}

char *page_token_for_number(struct arena *arena, uint64_t filter, int64_t number, const char *id) {
    return format_token(arena, filter, number, "", id);
}

char *page_token_for_text(struct arena *arena, uint64_t filter, const char *text, const char *id) {
    return format_token(arena, filter, 0, text, id);
}

static int hex_digit(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool parse_hex(struct text hex, char ret_text[static PAGE_TEXT_KEY_SIZE + 1]) {
    if (hex.size % 2 || hex.size / 2 > PAGE_TEXT_KEY_SIZE)
        return false;
    for (size_t i = 0; i < hex.size / 2; i++) {
        int high = hex_digit(hex.data[2 * i]), low = hex_digit(hex.data[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        ret_text[i] = (char)(high << 4 | low);
    }
    ret_text[hex.size / 2] = '\0';
    return true;
}

static bool parse(struct text rest, uint64_t filter, struct page_token *ret_token) {
    char wanted[17];
    snprintf(wanted, sizeof wanted, "%016" PRIx64, filter);
    struct text found = text_cut(&rest, '.'), number = text_cut(&rest, '.'),
                hex = text_cut(&rest, '.');
    if (!text_equal(found, text_from(wanted)) || text_to_i64(number, &ret_token->number) < 0 ||
        !parse_hex(hex, ret_token->text) || !id_is_valid(rest))
        return false;
    memcpy(ret_token->id, rest.data, ID_SIZE);
    ret_token->id[ID_SIZE] = '\0';
    ret_token->is_set = true;
    return true;
}

int page_parse(
    struct call *call, const char *token, uint64_t filter, struct page_token *ret_token) {
    *ret_token = (struct page_token){0};
    if (!token[0] || parse(text_from(token), filter, ret_token))
        return 0;
    struct check check = CHECK_INIT(call);
    check_field(&check, false, "page_token",
        "is not the next_page_token of a list with the same filters and order");
    return check_refuse(&check) ? -1 : 0;
}

int page_compare_number(const struct page_token *token, int64_t number, const char *id) {
    if (token->number != number)
        return token->number < number ? -1 : 1;
    return strcmp(token->id, id);
}

int page_order_text(const char *a, const char *a_id, const char *b, const char *b_id) {
    int order = strncmp(a, b, PAGE_TEXT_KEY_SIZE);
    return order ? order : strcmp(a_id, b_id);
}

int page_compare_text(const struct page_token *token, const char *text, const char *id) {
    return page_order_text(token->text, token->id, text, id);
}
