/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A method that the gateway answers itself (struct gateway_survey): it asks every target one
 * question at once, adds what it says of itself, and shows all of it as one list. Of the http loop.
 *
 *  1. Who does not answer within SURVEY_TIMEOUT_MS, or not well, is in the list as the options have
 *     it: a survey always succeeds.
 *  2. An answer is used for SURVEY_FRESH_MS, and who asks while one is under way waits for that, so
 *     targets are asked once a second however many clients there are.
 */

struct endpoint;
struct gateway;
struct route_match;
struct survey;
struct visit;

enum { SURVEY_TIMEOUT_MS = 1000, SURVEY_FRESH_MS = 1000 };

/* NULL: the options have none. */
struct survey *survey_new(struct gateway *gateway);
/* When no call is open. */
void survey_free(struct survey *survey);
void survey_answer(struct survey *survey, struct visit *visit, const struct endpoint *endpoint,
    const struct route_match *match);
