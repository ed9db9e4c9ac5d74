/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The changes of events, for those who watch. The last FEED_CHANGES are kept; a watcher is a place
 * in them, so a slow one costs no memory: when its place has been overwritten it is told to list
 * again and goes on from now.
 *
 *  1. feed_publish() and feed_token() belong to the service's loop, feed_watch() to the stream
 *     loop; between them go tasks.
 *  2. A change published before feed_token() is covered by that token, one published after it is
 *     delivered to whoever watches from it.
 */

#include "myevents/v1/event_service.pb-c.h"

struct call;
struct feed;
struct loop;

enum { FEED_CHANGES = 4096, FEED_TOKEN_SIZE = 48 };

struct feed *feed_new(struct loop *stream_loop);
void feed_free(struct feed *feed); /* after the loop has stopped */

/* The event is copied. */
void feed_publish(
    struct feed *feed, Myevents__V1__EventChange change, const Myevents__V1__Event *event);
void feed_token(const struct feed *feed, char ret_token[static FEED_TOKEN_SIZE]);
void feed_watch(
    struct feed *feed, struct call *call, const Myevents__V1__WatchEventsRequest *request);
