/* SPDX-License-Identifier: Apache-2.0 */
#include "services/event/service.h"

#include "base/clock.h"
#include "myevents/v1/event_service.mesh.h"
#include "services/event/docs.h"
#include "services/event/handlers.h"

enum { FORGET_PAUSE_MS = 60 * 1000 };

static const struct event_service_handlers handlers = {
    .create_location = handle_create_location,
    .get_location = handle_get_location,
    .list_locations = handle_list_locations,
    .update_location = handle_update_location,
    .delete_location = handle_delete_location,
    .create_event = handle_create_event,
    .get_event = handle_get_event,
    .list_events = handle_list_events,
    .list_categories = handle_list_categories,
    .update_event = handle_update_event,
    .delete_event = handle_delete_event,
    .publish_event = handle_publish_event,
    .cancel_event = handle_cancel_event,
    .watch_events = handle_watch_events,
};

static void forget(struct timer *timer) {
    struct event_service *service = container_of(timer, struct event_service, forget);
    catalog_forget_requests(
        &service->catalog, clock_wall_ms() - service->options.idempotency_window_ms);
    timer_start(timer, FORGET_PAUSE_MS);
}

static void begin(void *data) {
    struct event_service *service = data;
    timer_init(&service->forget, service->loop, forget);
    forget(&service->forget);
}

static void end(void *data) {
    struct event_service *service = data;
    timer_stop(&service->forget);
}

int service_init(struct event_service *service, struct loop *loop, struct store *store,
    struct feed *feed, struct channel *bookings, const struct service_options *options) {
    *service = (struct event_service){
        .loop = loop, .store = store, .feed = feed, .bookings = bookings, .options = *options};
    catalog_init(&service->catalog);
    int r = docs_load(store, &service->catalog);
    if (r < 0)
        return r;
    r = turns_init(&service->turns, loop, store);
    if (r < 0)
        return r;
    loop_run_and_wait(loop, begin, service);
    return 0;
}

void service_deinit(struct event_service *service) {
    loop_run_and_wait(service->loop, end, service);
    turns_deinit(&service->turns);
    catalog_deinit(&service->catalog);
}

void service_register(struct event_service *service, struct server *server) {
    event_service_register(server, &handlers, service);
}
