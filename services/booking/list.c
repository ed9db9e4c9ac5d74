/* SPDX-License-Identifier: Apache-2.0 */
#include "services/booking/list.h"

#include <assert.h>
#include <errno.h>

#include "mesh/call.h"
#include "mesh/check.h"
#include "myevents/v1/booking_service.mesh.h"
#include "services/booking/desk.h"
#include "services/booking/docs.h"
#include "services/booking/refusal.h"
#include "services/booking/reply.h"

enum { PAGE_SIZE_DEFAULT = 50, PAGE_SIZE_MAX = 1000 };

/* Whose bookings: the way through the directory. */
struct listing {
    struct desk *desk;
    bool is_by_user;
    struct uuid id; /* of the user or the event */
    size_t page_size;
};

static struct booking_entry *older(
    const struct listing *listing, const struct booking_entry *entry) {
    return listing->is_by_user ? entry->older_of_user : entry->older_of_event;
}

static bool is_of(const struct listing *listing, const struct booking_entry *entry) {
    return uuid_equal(
        &listing->id, listing->is_by_user ? &entry->user->id : &entry->lane->inventory.event_id);
}

/* --- page tokens: the last booking shown --- */

static char *token_of(struct arena *arena, const struct booking_entry *entry) {
    char *token = arena_alloc(arena, UUID_TEXT_SIZE);
    uuid_format(&entry->id, token);
    return token;
}

/* False: not a token of this list. */
static bool token_find(
    const struct listing *listing, const char *token, struct booking_entry **ret_next) {
    struct uuid id;
    if (uuid_parse(text_from(token), &id) < 0)
        return false;
    struct booking_entry *last = directory_booking(&listing->desk->directory, &id);
    if (!last || !is_of(listing, last))
        return false;
    *ret_next = older(listing, last);
    return true;
}

/* --- a page --- */

static int read_page(const struct listing *listing, struct arena *arena, struct booking_entry *next,
    Myevents__V1__ListBookingsResponse *ret_reply) {
    _cleanup_(store_view_closep) struct store_view *view = store_view_open(listing->desk->store);
    struct booking_entry *last = NULL;
    ret_reply->bookings = arena_alloc(arena, listing->page_size * sizeof(*ret_reply->bookings));
    for (; next && ret_reply->n_bookings < listing->page_size; next = older(listing, next)) {
        struct booking booking;
        int r = docs_get_booking(view, &next->id, &booking);
        if (r != 0)
            return r == STORE_ABSENT ? -EBADMSG : r;
        ret_reply->bookings[ret_reply->n_bookings++] = reply_booking(arena, &booking);
        last = next;
    }
    if (next)
        ret_reply->next_page_token = token_of(arena, last);
    return 0;
}

static void answer_page(
    const struct listing *listing, struct call *call, struct booking_entry *first) {
    Myevents__V1__ListBookingsResponse reply = MYEVENTS__V1__LIST_BOOKINGS_RESPONSE__INIT;
    int r = read_page(listing, call_arena(call), first, &reply);
    if (r < 0)
        call_fail_errno(call, r, "read a page of bookings");
    else
        booking_service_list_bookings_reply(call, &reply);
}

static bool refuse_invalid(
    struct call *call, const Myevents__V1__ListBookingsRequest *request, bool is_by_user) {
    struct check check = CHECK_INIT(call);
    bool has_one = (request->user_id[0] != '\0') != (request->event_id[0] != '\0');
    if (check_field(&check, has_one, "user_id", "either user_id or event_id is required")) {
        check_id(&check, is_by_user ? request->user_id : request->event_id,
            is_by_user ? "user_id" : "event_id");
    }
    check_field(&check, request->page_size >= 0 && request->page_size <= PAGE_SIZE_MAX, "page_size",
        "must be 1 to %d, or 0", PAGE_SIZE_MAX);
    return check_refuse(&check);
}

static void refuse_token(struct call *call) {
    struct check check = CHECK_INIT(call);
    check_field(&check, false, "page_token", "is not a token of this list");
    check_refuse(&check);
}

/* The newest booking; NULL in *ret_newest: none. False: no such user. An event without bookings may
 * be unknown here, so its list is empty. */
static bool find_newest(const struct listing *listing, struct booking_entry **ret_newest) {
    if (listing->is_by_user) {
        struct user_entry *user = directory_user(&listing->desk->directory, &listing->id);
        *ret_newest = user ? user->newest : NULL;
        return user;
    }
    struct lane *lane = lanes_find(&listing->desk->lanes, &listing->id);
    *ret_newest = lane ? lane->newest : NULL;
    return true;
}

void handle_list_bookings(
    struct call *call, const Myevents__V1__ListBookingsRequest *request, void *data) {
    struct listing listing = {
        .desk = data,
        .is_by_user = request->user_id[0] != '\0',
        .page_size = request->page_size ? (size_t)request->page_size : PAGE_SIZE_DEFAULT,
    };
    if (refuse_invalid(call, request, listing.is_by_user))
        return;
    int r = uuid_parse(
        text_from(listing.is_by_user ? request->user_id : request->event_id), &listing.id);
    assert(r == 0);
    struct booking_entry *first;
    if (!find_newest(&listing, &first))
        refuse_call_plainly(call, OUTCOME_USER_NOT_FOUND);
    else if (request->page_token[0] && !token_find(&listing, request->page_token, &first))
        refuse_token(call);
    else
        answer_page(&listing, call, first);
}
