/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The handlers, one file per resource; service.c holds the table of them. */

#include "myevents/v1/event_service.pb-c.h"

struct call;

void handle_create_location(
    struct call *call, const Myevents__V1__CreateLocationRequest *request, void *data);
void handle_get_location(
    struct call *call, const Myevents__V1__GetLocationRequest *request, void *data);
void handle_list_locations(
    struct call *call, const Myevents__V1__ListLocationsRequest *request, void *data);
void handle_update_location(
    struct call *call, const Myevents__V1__UpdateLocationRequest *request, void *data);
void handle_delete_location(
    struct call *call, const Myevents__V1__DeleteLocationRequest *request, void *data);
void handle_create_event(
    struct call *call, const Myevents__V1__CreateEventRequest *request, void *data);
void handle_get_event(struct call *call, const Myevents__V1__GetEventRequest *request, void *data);
void handle_list_events(
    struct call *call, const Myevents__V1__ListEventsRequest *request, void *data);
void handle_list_categories(
    struct call *call, const Myevents__V1__ListCategoriesRequest *request, void *data);
void handle_update_event(
    struct call *call, const Myevents__V1__UpdateEventRequest *request, void *data);
void handle_delete_event(
    struct call *call, const Myevents__V1__DeleteEventRequest *request, void *data);
void handle_publish_event(
    struct call *call, const Myevents__V1__PublishEventRequest *request, void *data);
void handle_cancel_event(
    struct call *call, const Myevents__V1__CancelEventRequest *request, void *data);
void handle_watch_events(
    struct call *call, const Myevents__V1__WatchEventsRequest *request, void *data);
