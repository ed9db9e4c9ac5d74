/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/survey.h"

#include <assert.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/memory.h"
#include "gateway/answer.h"
#include "gateway/call_options.h"
#include "gateway/error.h"
#include "gateway/gateway_private.h"
#include "gateway/proxy.h"
#include "gateway/transcode/transcode.h"
#include "gateway/transcode/wire.h"
#include "gateway/upstream.h"
#include "gateway/visit.h"
#include "http/server.h"
#include "mesh/client.h"
#include "mesh/observe.h"

enum { LIST_FIELD = 1 };

/* What one target says; each has a place of its own, so that the order is always the same. It is
 * asked past the balancers, which shun one that is not serving: that one has the most to say. */
struct answer {
    struct survey *survey;
    const struct peer *peer;
    struct channel *channel;
    struct upstream upstream;
    struct buffer wire;
};

struct survey {
    struct gateway *gateway;
    const struct gateway_survey *options;
    const struct schema_message *message; /* what each says */
    const struct method *method;          /* that each is asked */
    const struct route *route;            /* of who asks us */
    struct answer *answers;               /* one per peer */
    size_t under_way_count;
    struct list waiting; /* visits, while a survey is under way */
    struct buffer wire, json;
    int64_t made_ms;
};

/* Lives in the visit's arena. */
struct waiter {
    struct list link;
    struct visit *visit;
};

struct survey *survey_new(struct gateway *gateway) {
    const struct gateway_survey *options = gateway->options.survey;
    if (!options)
        return NULL;
    const struct schema_method *each = schema_method(gateway->api.schema, text_from(options->each));
    assert(each && "the descriptors have what a survey asks");
    struct survey *survey = memory_new(sizeof(*survey));
    *survey = (struct survey){.gateway = gateway,
        .options = options,
        .message = each->output,
        .method = endpoint_method(each),
        .answers = memory_new(gateway->api.peer_count * sizeof(survey->answers[0]))};
    observe_method(OBSERVE_CLIENT, survey->method);
    list_init(&survey->waiting);
    for (size_t i = 0; i < gateway->api.peer_count; i++) {
        const struct peer *peer = &gateway->api.peers[i];
        survey->answers[i].survey = survey;
        survey->answers[i].peer = peer;
        survey->answers[i].channel = channel_new(gateway->loop, peer->target, NULL);
    }
    return survey;
}

void survey_free(struct survey *survey) {
    if (!survey)
        return;
    for (size_t i = 0; i < survey->gateway->api.peer_count; i++) {
        channel_free(survey->answers[i].channel);
        buffer_deinit(&survey->answers[i].wire);
    }
    buffer_deinit(&survey->wire);
    buffer_deinit(&survey->json);
    free(survey->answers);
    free(survey);
}

/* --- answering --- */

static void answer(struct survey *survey, struct visit *visit) {
    if (http_is_gone(visit->exchange))
        visit_reply_empty(visit, 499);
    else if (survey->json.size > 0)
        answer_json(visit, buffer_text(&survey->json));
    else
        error_reply(visit, 500, "what was told cannot be shown");
}

/* Ours and each of theirs can be shown; all of it can. */
static void show(struct survey *survey) {
    struct arena arena;
    struct transcode_error error;
    arena_init(&arena, 0);
    buffer_clear(&survey->json);
    if (transcode_response(survey->gateway->api.schema, survey->route, buffer_text(&survey->wire),
            JSON_ZEROS_LISTED, &arena, &survey->json, &error) != 0) {
        log_error(NULL, "survey does not transcode field=%s problem=%s", error.path, error.message);
        buffer_clear(&survey->json);
    }
    arena_deinit(&arena);
}

static void conclude(struct survey *survey) {
    _cleanup_(buffer_deinit) struct buffer own = {0};
    survey->options->append_own(&own);
    buffer_clear(&survey->wire);
    wire_append_bytes(&survey->wire, LIST_FIELD, buffer_text(&own));
    for (size_t i = 0; i < survey->gateway->api.peer_count; i++)
        wire_append_bytes(&survey->wire, LIST_FIELD, buffer_text(&survey->answers[i].wire));
    show(survey);
    survey->made_ms = clock_monotonic_ms();
    for (struct list *link; (link = list_pop_front(&survey->waiting));)
        answer(survey, container_of(link, struct waiter, link)->visit);
}

/* --- asking --- */

/* One that says what JSON cannot have must not spoil the others' answer. */
static bool can_be_shown(struct survey *survey, struct text reply) {
    const struct gateway *gateway = survey->gateway;
    const struct json_reply json = {.schema = gateway->api.schema,
        .message = survey->message,
        .wire = reply,
        .zeros = JSON_ZEROS_OMITTED};
    struct transcode_error error;
    struct arena arena;
    arena_init(&arena, 0);
    buffer_clear(&survey->json);
    int r = wire_to_json(&json, &arena, &survey->json, &error);
    arena_deinit(&arena);
    return r == 0;
}

static void keep(struct answer *answer, const struct status *status, struct text reply) {
    static const struct status unsound = {
        .code = STATUS_INTERNAL, .message = "what it says of itself cannot be shown"};
    struct survey *survey = answer->survey;
    bool is_told = status->code == STATUS_OK && can_be_shown(survey, reply);
    buffer_clear(&answer->wire);
    if (is_told)
        buffer_append_text(&answer->wire, reply);
    else
        survey->options->append_missing(
            &answer->wire, answer->peer->name, status->code == STATUS_OK ? &unsound : status);
}

static void on_end(struct upstream *upstream, const struct status *status, struct text reply) {
    struct answer *answer = container_of(upstream, struct answer, upstream);
    keep(answer, status, reply);
    if (--answer->survey->under_way_count == 0)
        conclude(answer->survey);
}

static void begin(struct survey *survey) {
    static const struct upstream_events events = {NULL, on_end};
    static const struct rpc_options options = {
        .timeout_ms = SURVEY_TIMEOUT_MS, .is_untraced = true};
    struct gateway *gateway = survey->gateway;
    survey->under_way_count = gateway->api.peer_count;
    for (size_t i = 0; i < gateway->api.peer_count; i++)
        upstream_start(&survey->answers[i].upstream, gateway->upstreams, survey->answers[i].channel,
            survey->method, &options, TEXT(""), &events);
    if (gateway->api.peer_count == 0)
        conclude(survey);
}

static bool is_fresh(const struct survey *survey) {
    return survey->json.size > 0 && clock_monotonic_ms() - survey->made_ms < SURVEY_FRESH_MS;
}

static void wait_for_it(struct survey *survey, struct visit *visit) {
    struct waiter *waiter = arena_alloc(visit->arena, sizeof(*waiter));
    waiter->visit = visit;
    list_push_back(&survey->waiting, &waiter->link);
}

void survey_answer(struct survey *survey, struct visit *visit, const struct endpoint *endpoint,
    const struct route_match *match) {
    struct call_options options;
    if (survey->options->refusal) {
        error_reply(visit, 501, "%s", survey->options->refusal);
        return;
    }
    if (!proxy_prepare(visit, endpoint, match, &options))
        return;
    survey->route = endpoint->route;
    bool is_under_way = survey->under_way_count > 0;
    if (!is_under_way && is_fresh(survey)) {
        answer(survey, visit);
        return;
    }
    wait_for_it(survey, visit);
    if (!is_under_way)
        begin(survey);
}
