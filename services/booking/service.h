/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* myevents.v1.BookingService and myevents.internal.v1.InventoryService: the handlers. */

struct desk;
struct server;
struct watch_hub;

void service_register(struct server *server, struct desk *desk, struct watch_hub *hub);
