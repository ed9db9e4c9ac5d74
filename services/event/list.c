/* SPDX-License-Identifier: Apache-2.0 */
/* ListEvents: a filter over everything in memory, an order, a page. */

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "mesh/check.h"
#include "myevents/v1/event_service.mesh.h"
#include "services/event/event.h"
#include "services/event/feed.h"
#include "services/event/handlers.h"
#include "services/event/page.h"
#include "services/event/service.h"

enum { QUERY_WORDS_MAX = 10 };

struct query {
    const Myevents__V1__ListEventsRequest *request;
    char *words[QUERY_WORDS_MAX];
    size_t word_count;
    int64_t from_ms, before_ms; /* 0: open */
    int64_t now_ms;
};

/* --- filter --- */

static void split_words(struct query *query, struct arena *arena) {
    char *rest = arena_copy_string(arena, query->request->query);
    fold_case(rest);
    for (char *word; (word = strsep(&rest, " ")) && query->word_count < QUERY_WORDS_MAX;)
        if (word[0])
            query->words[query->word_count++] = word;
}

static bool has_words(const struct query *query, const struct event_entry *entry) {
    for (size_t i = 0; i < query->word_count; i++)
        if (!strstr(entry->search.data, query->words[i]))
            return false;
    return true;
}

static bool has_state(const struct query *query, const Myevents__V1__Event *event) {
    if (query->request->state == MYEVENTS__V1__EVENT_STATE__EVENT_STATE_UNSPECIFIED)
        return event->state != MYEVENTS__V1__EVENT_STATE__EVENT_STATE_DRAFT;
    return event->state == query->request->state;
}

static bool is_or_any(const char *wanted, const char *value) {
    return !wanted[0] || strcmp(wanted, value) == 0;
}

static bool matches(const struct query *query, const struct event_entry *entry) {
    const Myevents__V1__ListEventsRequest *request = query->request;
    const Myevents__V1__Event *event = entry->message;
    return has_state(query, event) && is_or_any(request->location_id, event->location_id) &&
           is_or_any(request->category, event->category) &&
           is_or_any(request->country, event->country) &&
           (!request->start_time_from || entry->start_ms >= query->from_ms) &&
           (!request->start_time_before || entry->start_ms < query->before_ms) &&
           (!request->with_seats ||
               (event->seats_available > 0 && event_takes_bookings(event, query->now_ms))) &&
           has_words(query, entry);
}

/* --- order --- */

static int64_t start_key(const struct event_entry *entry) {
    return entry->start_ms;
}

static int64_t create_key(const struct event_entry *entry) {
    return timestamp_ms(entry->message->create_time);
}

static int64_t seats_key(const struct event_entry *entry) {
    return entry->message->seats_available;
}

struct order {
    const char *name;
    int64_t (*key)(const struct event_entry *entry); /* NULL: by name */
};

static const struct order orders[] = {
    {"start_time", start_key},
    {"create_time", create_key},
    {"name", NULL},
    {"seats_available", seats_key},
};

static const struct order *parse_order(const char *order_by, bool *ret_descending) {
    struct text rest = text_from(order_by), name = text_cut(&rest, ' ');
    struct text direction = text_trim(rest);
    *ret_descending = text_equal(direction, TEXT("desc"));
    if (direction.size && !*ret_descending && !text_equal(direction, TEXT("asc")))
        return NULL;
    if (!name.size)
        return &orders[0];
    for (size_t i = 0; i < ARRAY_SIZE(orders); i++)
        if (text_equal(text_from(orders[i].name), name))
            return &orders[i];
    return NULL;
}

struct sort {
    const struct order *order;
    bool descending;
};

static int compare(const void *left, const void *right, void *data) {
    const struct sort *sort = data;
    const struct event_entry *a = *(struct event_entry *const *)left;
    const struct event_entry *b = *(struct event_entry *const *)right;
    int order;
    if (!sort->order->key)
        order = page_order_text(a->message->name, a->message->id, b->message->name, b->message->id);
    else if (sort->order->key(a) != sort->order->key(b))
        order = sort->order->key(a) < sort->order->key(b) ? -1 : 1;
    else
        order = strcmp(a->message->id, b->message->id);
    return sort->descending ? -order : order;
}

/* Whether the entry stands behind the place that the token names. */
static bool is_behind(
    const struct sort *sort, const struct page_token *token, const struct event_entry *entry) {
    int order = sort->order->key
                    ? page_compare_number(token, sort->order->key(entry), entry->message->id)
                    : page_compare_text(token, entry->message->name, entry->message->id);
    return sort->descending ? order > 0 : order < 0;
}

static char *token_after(const struct sort *sort, struct arena *arena, uint64_t filter,
    const struct event_entry *entry) {
    return sort->order->key
               ? page_token_for_number(arena, filter, sort->order->key(entry), entry->message->id)
               : page_token_for_text(arena, filter, entry->message->name, entry->message->id);
}

/* --- page --- */

static uint64_t filter_of(struct arena *arena, const struct query *query) {
    const Myevents__V1__ListEventsRequest *request = query->request;
    return page_filter(arena, "%s\n%s\n%s\n%s\n%lld\n%lld\n%d\n%d\n%s", request->query,
        request->location_id, request->category, request->country, (long long)query->from_ms,
        (long long)query->before_ms, request->with_seats, request->state, request->order_by);
}

static size_t collect(
    const struct catalog *catalog, const struct query *query, struct event_entry **ret_found) {
    size_t count = 0;
    for (size_t i = 0; i < catalog->by_start_count; i++)
        if (matches(query, catalog->by_start[i]))
            ret_found[count++] = catalog->by_start[i];
    return count;
}

struct found {
    struct event_entry **entries;
    size_t count;
};

/* Where the page that the token names begins. */
static size_t page_begin(
    const struct sort *sort, const struct page_token *token, const struct found *found) {
    size_t from = 0;
    while (token->is_set && from < found->count && !is_behind(sort, token, found->entries[from]))
        from++;
    return from;
}

static void reply_page(struct call *call, struct event_service *service, const struct sort *sort,
    uint64_t filter, const struct found *found, size_t from, size_t size) {
    struct arena *arena = call_arena(call);
    size_t left = found->count - from, shown = left < size ? left : size;
    Myevents__V1__Event **events = arena_alloc(arena, (shown + 1) * sizeof *events);
    for (size_t i = 0; i < shown; i++)
        events[i] = found->entries[from + i]->message;

    Myevents__V1__ListEventsResponse response = MYEVENTS__V1__LIST_EVENTS_RESPONSE__INIT;
    char watch_token[FEED_TOKEN_SIZE];
    feed_token(service->feed, watch_token);
    response.events = events;
    response.n_events = shown;
    response.total_size = (int32_t)found->count;
    response.watch_token = watch_token;
    if (left > shown)
        response.next_page_token = token_after(
            sort, arena, filter, found->entries[from + shown - 1]);
    event_service_list_events_reply(call, &response);
}

static void check_time(
    struct check *check, const Google__Protobuf__Timestamp *time, const char *field) {
    check_field(check, !time || timestamp_is_valid(time), field, "must lie in the years 1 to 9999");
}

void handle_list_events(
    struct call *call, const Myevents__V1__ListEventsRequest *request, void *data) {
    struct event_service *service = data;
    struct sort sort;
    sort.order = parse_order(request->order_by, &sort.descending);
    struct check check = CHECK_INIT(call);
    page_check(&check, request->page_size);
    check_string(&check, request->query, "query", 0, PAGE_QUERY_MAX, false);
    if (request->location_id[0])
        check_id(&check, request->location_id, "location_id");
    check_time(&check, request->start_time_from, "start_time_from");
    check_time(&check, request->start_time_before, "start_time_before");
    check_field(&check, request->state <= MYEVENTS__V1__EVENT_STATE__EVENT_STATE_CANCELLED, "state",
        "is no state that is known here");
    check_field(&check, sort.order != NULL, "order_by",
        "must be start_time, create_time, name or seats_available, perhaps with \" desc\"");
    if (check_refuse(&check))
        return;

    struct arena *arena = call_arena(call);
    struct query query = {
        .request = request,
        .from_ms = timestamp_ms(request->start_time_from),
        .before_ms = timestamp_ms(request->start_time_before),
        .now_ms = clock_wall_ms(),
    };
    split_words(&query, arena);
    uint64_t filter = filter_of(arena, &query);
    struct page_token token;
    if (page_parse(call, request->page_token, filter, &token) < 0)
        return;
    struct found found = {.entries = arena_alloc(arena,
                              (service->catalog.by_start_count + 1) * sizeof *found.entries)};
    found.count = collect(&service->catalog, &query, found.entries);
    /* The catalog keeps the default order. */
    if (sort.order != &orders[0] || sort.descending)
        qsort_r(found.entries, found.count, sizeof *found.entries, compare, &sort);
    reply_page(call, service, &sort, filter, &found, page_begin(&sort, &token, &found),
        page_size(request->page_size));
}
