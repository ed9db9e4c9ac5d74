/* SPDX-License-Identifier: Apache-2.0 */
#include "services/booking/verify.h"

#include <errno.h>
#include <pb_decode.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/map.h"
#include "myevents/events/v1/records.pb.h"
#include "services/booking/docs.h"
#include "services/booking/history.h"
#include "store/store.h"

enum { SENTENCE_SIZE = 512, OUTBOX_PAGE = 256 };

/* What was read of an event, what was counted, and what the outbox says. */
struct event_count {
    struct inventory inventory;
    bool has_inventory;
    int64_t held, sold;
    bool is_recorded;
    int32_t recorded_capacity, recorded_held, recorded_sold;
    int64_t recorded_sequence;
};

struct booking_count {
    struct uuid id;
    enum booking_state state;
    enum booking_state recorded; /* BOOKING_NONE: no record is kept */
};

struct key_count {
    int64_t created_ms;
    struct uuid id; /* what the key made */
};

struct verify {
    const struct verify_options *options;
    struct store_view *view;
    struct arena arena;
    struct map events;   /* id -> event_count */
    struct map bookings; /* id -> booking_count */
    struct map keys;     /* method, scope, key -> key_count */
    struct verify_result result;
};

struct id_text {
    char text[UUID_TEXT_SIZE];
};

static struct id_text text_of(const struct uuid *id) {
    struct id_text text;
    uuid_format(id, text.text);
    return text;
}

_printf_(2, 3) static void found(struct verify *verify, const char *format, ...) {
    char sentence[SENTENCE_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof(sentence), format, args);
    va_end(args);
    verify->result.findings++;
    verify->options->on_finding(verify->options->data, sentence);
}

/* --- collections --- */

/* Calls `each` with every document; one that cannot be read is a finding. */
static int walk(struct verify *verify, enum docs_collection collection, const char *name,
    int (*each)(struct verify *verify, struct text key, struct text value)) {
    struct store_cursor cursor;
    int r = store_cursor_begin(&cursor, verify->view, collection, TEXT(""), TEXT(""), false);
    while (r == 0) {
        struct text key, value;
        r = store_cursor_next(&cursor, &key, &value);
        if (r == 0)
            r = each(verify, key, value);
        if (r == -EBADMSG) {
            found(verify, "a document in %s is damaged", name);
            r = 0;
        }
    }
    store_cursor_end(&cursor);
    return r == STORE_END ? 0 : r;
}

static struct event_count *event_of(struct verify *verify, const struct uuid *id) {
    struct event_count *event = map_get(&verify->events, uuid_key(id));
    if (!event) {
        event = arena_zalloc(&verify->arena, sizeof(*event));
        event->inventory.event_id = *id;
        map_put(&verify->events, uuid_key(&event->inventory.event_id), event);
    }
    return event;
}

static int count_inventory(struct verify *verify, struct text key, struct text value) {
    struct inventory inventory;
    int r = docs_read_inventory(key, value, &inventory);
    if (r < 0)
        return r;
    struct event_count *event = event_of(verify, &inventory.event_id);
    event->inventory = inventory;
    event->has_inventory = true;
    verify->result.events++;
    if (verify->options->on_inventory)
        verify->options->on_inventory(verify->options->data, &inventory);
    return 0;
}

/* --- idempotency keys --- */

static void count_key(struct verify *verify, char method, const struct uuid *scope, struct text key,
    const struct uuid *id, int64_t created_ms) {
    if (!key.size)
        return;
    char *bytes = arena_alloc(&verify->arena, 1 + ID_BYTES + key.size);
    bytes[0] = method;
    memcpy(bytes + 1, scope->bytes, ID_BYTES);
    memcpy(bytes + 1 + ID_BYTES, key.data, key.size);
    struct key_count *count = arena_alloc(&verify->arena, sizeof(*count));
    *count = (struct key_count){created_ms, *id};
    const struct key_count *before = map_put(
        &verify->keys, (struct text){bytes, 1 + ID_BYTES + key.size}, count);
    if (before && created_ms - before->created_ms < verify->options->key_window_ms)
        found(verify, "one idempotency key stands for both %s and %s", text_of(&before->id).text,
            text_of(id).text);
}

static int count_user(struct verify *verify, struct text key, struct text value) {
    static const struct uuid nobody;
    struct user user;
    int r = docs_read_user(key, value, &user);
    if (r < 0)
        return r;
    verify->result.users++;
    count_key(verify, 'u', &nobody, user.create_key, &user.id, user.create_ms);
    return 0;
}

/* --- bookings --- */

static int check_user(struct verify *verify, const struct booking *booking) {
    struct user user;
    int r = docs_get_user(verify->view, &booking->user_id, &user);
    if (r == STORE_ABSENT)
        found(verify, "booking %s is of user %s, who does not exist", text_of(&booking->id).text,
            text_of(&booking->user_id).text);
    return r == STORE_ABSENT || r == -EBADMSG ? 0 : r; /* damage was found among the users */
}

static int count_booking(struct verify *verify, struct text key, struct text value) {
    struct booking booking;
    int r = docs_read_booking(key, value, &booking);
    if (r < 0)
        return r;
    verify->result.bookings++;
    const struct transition *last = booking_last(&booking);
    struct booking_count *count = arena_zalloc(&verify->arena, sizeof(*count));
    *count = (struct booking_count){.id = booking.id, .state = last->state};
    map_put(&verify->bookings, uuid_key(&count->id), count);
    struct event_count *event = event_of(verify, &booking.event_id);
    if (last->state == BOOKING_HELD)
        event->held += booking.seats;
    else if (last->state == BOOKING_CONFIRMED)
        event->sold += booking.seats;
    if (!history_is_allowed(&booking))
        found(verify, "booking %s has a history that the rules do not allow",
            text_of(&booking.id).text);
    count_key(
        verify, 'c', &booking.user_id, booking.create_key, &booking.id, booking.history[0].time_ms);
    uint32_t extended = booking_count_until(&booking, REASON_EXTENDED);
    if (extended > 0)
        count_key(verify, 'x', &booking.user_id, booking.extend_key, &booking.id,
            booking.history[extended - 1].time_ms);
    return check_user(verify, &booking);
}

/* --- the outbox --- */

static void note_availability(struct verify *verify, const struct store_record *record) {
    myevents_events_v1_AvailabilityRecord message = myevents_events_v1_AvailabilityRecord_init_zero;
    pb_istream_t stream = pb_istream_from_buffer(
        (const pb_byte_t *)record->data.data, record->data.size);
    struct uuid id;
    if (!pb_decode(&stream, myevents_events_v1_AvailabilityRecord_fields, &message) ||
        uuid_parse(text_from(message.event_id), &id) < 0) {
        found(verify, "record %llu cannot be read", (unsigned long long)record->sequence);
        return;
    }
    struct event_count *event = event_of(verify, &id);
    event->is_recorded = true;
    event->recorded_capacity = message.capacity;
    event->recorded_held = message.held;
    event->recorded_sold = message.sold;
    event->recorded_sequence = message.sequence;
}

static void note_booking(struct verify *verify, const struct store_record *record) {
    myevents_events_v1_BookingRecord message = myevents_events_v1_BookingRecord_init_zero;
    pb_istream_t stream = pb_istream_from_buffer(
        (const pb_byte_t *)record->data.data, record->data.size);
    struct uuid id;
    if (!pb_decode(&stream, myevents_events_v1_BookingRecord_fields, &message) ||
        uuid_parse(text_from(message.booking_id), &id) < 0) {
        found(verify, "record %llu cannot be read", (unsigned long long)record->sequence);
        return;
    }
    struct booking_count *booking = map_get(&verify->bookings, uuid_key(&id));
    if (booking)
        booking->recorded = (enum booking_state)message.state;
    else
        found(verify, "record %llu is about booking %s, which does not exist",
            (unsigned long long)record->sequence, message.booking_id);
}

static void note_record(struct verify *verify, const struct store_record *record) {
    if (text_starts_with(record->type, TEXT("myevents.availability.")))
        note_availability(verify, record);
    else if (text_starts_with(record->type, TEXT("myevents.booking.")))
        note_booking(verify, record);
}

static int walk_outbox(struct verify *verify) {
    struct store_record records[OUTBOX_PAGE];
    uint64_t first, last;
    int r = store_outbox_bounds(verify->view, &first, &last);
    if (r < 0 || first == 0)
        return r;
    uint64_t next = first;
    while (next <= last) {
        size_t count;
        r = store_outbox_read(verify->view, next, records, OUTBOX_PAGE, &count);
        if (r < 0)
            return r;
        for (size_t i = 0; i < count; i++, next++) {
            if (records[i].sequence != next)
                found(verify, "the outbox has no record %llu, but %llu", (unsigned long long)next,
                    (unsigned long long)records[i].sequence);
            next = records[i].sequence;
            note_record(verify, &records[i]);
        }
        if (count == 0) {
            found(verify, "the outbox ends at record %llu, not at %llu",
                (unsigned long long)next - 1, (unsigned long long)last);
            break;
        }
        verify->result.records += count;
    }
    return 0;
}

/* --- the balance --- */

static int check_version(struct verify *verify, const struct inventory *inventory) {
    char scratch[DOCS_PARTITION_SIZE];
    uint64_t version;
    int r = store_partition_version(
        verify->view, docs_event_partition(&inventory->event_id, scratch), &version);
    if (r == 0 && version != (uint64_t)inventory->sequence)
        found(verify, "event %s: its inventory is of version %lld, its partition of %llu",
            text_of(&inventory->event_id).text, (long long)inventory->sequence,
            (unsigned long long)version);
    return r;
}

static void check_recorded(struct verify *verify, const struct event_count *event) {
    const struct inventory *inventory = &event->inventory;
    if (!event->is_recorded)
        return; /* forgotten long ago, or nothing of it ever changed */
    if (event->recorded_capacity != inventory->capacity ||
        event->recorded_held != inventory->held || event->recorded_sold != inventory->sold ||
        event->recorded_sequence > inventory->sequence)
        found(verify,
            "event %s: the others were last told capacity %d, held %d, sold %d as of %lld, but it "
            "has %d, %d, %d as of %lld",
            text_of(&inventory->event_id).text, event->recorded_capacity, event->recorded_held,
            event->recorded_sold, (long long)event->recorded_sequence, inventory->capacity,
            inventory->held, inventory->sold, (long long)inventory->sequence);
}

static int check_event(struct verify *verify, const struct event_count *event) {
    const struct inventory *inventory = &event->inventory;
    struct id_text id = text_of(&inventory->event_id);
    if (!event->has_inventory) {
        found(verify, "event %s has bookings or records, but no inventory", id.text);
        return 0;
    }
    verify->result.held += (uint64_t)event->held;
    verify->result.sold += (uint64_t)event->sold;
    if (!inventory_is_conserved(inventory))
        found(verify, "event %s: capacity %d, held %d, sold %d leave %d free", id.text,
            inventory->capacity, inventory->held, inventory->sold, inventory_free_seats(inventory));
    if (event->held != inventory->held || event->sold != inventory->sold)
        found(verify, "event %s: held %d, sold %d, but its bookings come to held %lld, sold %lld",
            id.text, inventory->held, inventory->sold, (long long)event->held,
            (long long)event->sold);
    check_recorded(verify, event);
    return check_version(verify, inventory);
}

static int check_events(struct verify *verify) {
    size_t cursor = 0;
    struct text key;
    for (struct event_count *event; (event = map_next(&verify->events, &cursor, &key));) {
        int r = check_event(verify, event);
        if (r < 0)
            return r;
    }
    return 0;
}

static void check_bookings(struct verify *verify) {
    size_t cursor = 0;
    struct text key;
    for (struct booking_count *booking; (booking = map_next(&verify->bookings, &cursor, &key));)
        if (booking->recorded != BOOKING_NONE && booking->recorded != booking->state)
            found(verify, "booking %s is in state %d, but the others were last told %d",
                text_of(&booking->id).text, (int)booking->state, (int)booking->recorded);
}

static int recount(struct verify *verify) {
    int r = walk(verify, INVENTORIES, "inventories", count_inventory);
    if (r == 0)
        r = walk(verify, USERS, "users", count_user);
    if (r == 0)
        r = walk(verify, BOOKINGS, "bookings", count_booking);
    if (r == 0)
        r = walk_outbox(verify);
    if (r == 0)
        r = check_events(verify);
    if (r == 0)
        check_bookings(verify);
    return r;
}

int verify_store(
    struct store *store, const struct verify_options *options, struct verify_result *ret_result) {
    struct verify verify = {.options = options, .view = store_view_open(store)};
    arena_init(&verify.arena, 0);
    int r = recount(&verify);
    map_deinit(&verify.keys);
    map_deinit(&verify.bookings);
    map_deinit(&verify.events);
    arena_deinit(&verify.arena);
    store_view_close(verify.view);
    *ret_result = verify.result;
    return r;
}
