/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Server streams, as server-sent events or as JSON lines, whichever the client prefers.
 *
 *  1. The HTTP status is held until the first message, the end, or WATCH_HOLD_MS: a service that
 *     refuses does so at once and is answered like a unary call.
 *  2. The id of an event is the message's resume_token, so a browser that reconnects goes on where
 *     it was. A service that becomes unavailable just ends the stream, for the same reason; any
 *     other error is the last event, named "error", or a last line {"error": ...}.
 *  3. A slow client stops the service, through every queue between. A client that goes away cancels
 *     the call.
 */

struct endpoint;
struct route_match;
struct visit;

enum { WATCH_HOLD_MS = 1000, WATCH_RECONNECT_MS = 1000 };

void watch_start(
    struct visit *visit, const struct endpoint *endpoint, const struct route_match *match);
