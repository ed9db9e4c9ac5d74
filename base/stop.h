/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Stopping by SIGTERM or SIGINT. stop_init() blocks both in the calling thread, so it is called
 * first of all in main, before any thread starts; stop_wait() returns the signal's number. A second
 * signal while draining ends the process at once with status 1; a second request does not. Also
 * ignores SIGPIPE.
 */

void stop_init(void);
int stop_wait(void);
void stop_request(void); /* as if SIGTERM had come; any thread */
