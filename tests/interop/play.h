/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The server's streams: the answers that requests ask for, each of its size and after its interval,
 * no faster than the client reads them.
 */

#include "tests/interop/names.h"

struct loop;

/* More answers than one request, or one HalfDuplexCall, may ask for are RESOURCE_EXHAUSTED. */
enum { PLAY_STEPS_MAX = 10000 };

/* Handlers; `data` is the loop on which they run. */
void play_streaming_output(struct call *call, const OutputRequest *request, void *data);
void play_full_duplex(struct call *call, void *data);
void play_half_duplex(struct call *call, void *data);

/* What the client sent to be sent back to it. */
void echo_metadata(struct call *call);
/* Ends the call with the status that is asked for, if one is. */
bool echo_status(struct call *call, const EchoStatus *status);
/* False when the message that is being shown came otherwise than it says; the call has been ended
 * then. NULL: it does not say. */
bool accept_compression(struct call *call, const BoolValue *expected);
/* False when a payload cannot have this size; the call has been ended then. */
bool accept_size(struct call *call, int64_t size);
