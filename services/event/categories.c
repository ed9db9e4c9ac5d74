/* SPDX-License-Identifier: Apache-2.0 */
/* ListCategories: counted from what is in memory. */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/clock.h"
#include "base/map.h"
#include "mesh/check.h"
#include "myevents/v1/event_service.mesh.h"
#include "services/event/event.h"
#include "services/event/handlers.h"
#include "services/event/page.h"
#include "services/event/service.h"
#include "services/event/validate.h"

/* A page token tells rows apart by text and id; a category's name does it alone, so it is whole. */
static const char no_id[] = "00000000-0000-0000-0000-000000000000";
static_assert((int)EVENT_CATEGORY_MAX <= (int)PAGE_TEXT_KEY_SIZE, "a token would cut names");

static void count_one(struct map *by_name, struct arena *arena, char *name) {
    Myevents__V1__Category *category = map_get(by_name, text_from(name));
    if (!category) {
        category = arena_alloc(arena, sizeof *category);
        myevents__v1__category__init(category);
        category->name = name;
        map_put(by_name, text_from(name), category);
    }
    category->event_count++;
}

static int compare(const void *left, const void *right) {
    const Myevents__V1__Category *a = *(Myevents__V1__Category *const *)left;
    const Myevents__V1__Category *b = *(Myevents__V1__Category *const *)right;
    return page_order_text(a->name, no_id, b->name, no_id);
}

static size_t collect(
    const struct catalog *catalog, struct arena *arena, Myevents__V1__Category ***ret_found) {
    _cleanup_(map_deinit) struct map by_name = {0};
    int64_t now_ms = clock_wall_ms();
    /* From the last event back to now. */
    for (size_t i = catalog->by_start_count; i-- > 0 && catalog->by_start[i]->start_ms > now_ms;) {
        const Myevents__V1__Event *event = catalog->by_start[i]->message;
        if (event->category[0] && event_takes_bookings(event, now_ms))
            count_one(&by_name, arena, event->category);
    }
    Myevents__V1__Category **found = arena_alloc(arena, (by_name.count + 1) * sizeof *found);
    size_t count = 0, cursor = 0;
    for (Myevents__V1__Category *category; (category = map_next(&by_name, &cursor, NULL));)
        found[count++] = category;
    qsort(found, count, sizeof *found, compare);
    *ret_found = found;
    return count;
}

void handle_list_categories(
    struct call *call, const Myevents__V1__ListCategoriesRequest *request, void *data) {
    struct event_service *service = data;
    struct arena *arena = call_arena(call);
    struct check check = CHECK_INIT(call);
    page_check(&check, request->page_size);
    if (check_refuse(&check))
        return;
    uint64_t filter = page_filter(arena, "categories");
    struct page_token token;
    if (page_parse(call, request->page_token, filter, &token) < 0)
        return;
    Myevents__V1__Category **found;
    size_t count = collect(&service->catalog, arena, &found), from = 0;
    /* The page goes on behind the place of the last one, also if that is gone. */
    while (token.is_set && from < count && page_compare_text(&token, found[from]->name, no_id) >= 0)
        from++;
    size_t size = page_size(request->page_size), left = count - from;
    Myevents__V1__ListCategoriesResponse response = MYEVENTS__V1__LIST_CATEGORIES_RESPONSE__INIT;
    response.categories = &found[from];
    response.n_categories = left < size ? left : size;
    if (left > size)
        response.next_page_token = page_token_for_text(
            arena, filter, found[from + size - 1]->name, no_id);
    event_service_list_categories_reply(call, &response);
}
