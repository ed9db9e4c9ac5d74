/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/endpoint.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/memory.h"
#include "gateway/call_options.h"
#include "mesh/client.h"
#include "mesh/observe.h"
#include "mesh/service_config.h"

/* The runtime counts calls by the address of their method, so methods are never given back: two
 * gateways in one process, one after the other, share them. */
static struct map methods_by_path;
static struct arena methods_arena;

static enum method_kind method_kind(const struct schema_method *method) {
    return (enum method_kind)((method->is_client_streaming ? METHOD_CLIENT_STREAM : 0) |
                              (method->is_server_streaming ? METHOD_SERVER_STREAM : 0));
}

static enum method_idempotency method_idempotency(const struct schema_method *method) {
    switch (method->effect) {
    case EFFECT_NONE:
        return METHOD_NO_SIDE_EFFECTS;
    case EFFECT_IDEMPOTENT:
        return METHOD_IDEMPOTENT;
    case EFFECT_UNKNOWN:
        break;
    }
    return METHOD_SIDE_EFFECTS;
}

const struct method *endpoint_method(const struct schema_method *described) {
    struct method *method = map_get(&methods_by_path, described->path);
    if (method)
        return method;
    method = arena_zalloc(&methods_arena, sizeof(*method));
    method->path = arena_copy_text(&methods_arena, described->path);
    method->name = arena_copy_text(&methods_arena, described->name);
    method->kind = method_kind(described);
    method->idempotency = method_idempotency(described);
    map_put(&methods_by_path, text_from(method->path), method);
    return method;
}

static const struct gateway_target *find_target(
    const struct gateway_options *options, struct text service) {
    for (size_t i = 0; i < options->target_count; i++)
        if (text_equal(text_from(options->targets[i].service), service))
            return &options->targets[i];
    return NULL;
}

static bool is_survey(const struct gateway_options *options, const struct schema_method *method) {
    return options->survey && text_equal(text_from(options->survey->method), method->path);
}

/* The filter for retries costs 5 of 25 us CPU of a GET: who has none does without. */
static struct channel *peer_channel(struct api *api, struct loop *loop,
    const struct gateway_target *target, const struct gateway_options *options) {
    for (size_t i = 0; i < api->peer_count; i++)
        if (strcmp(api->peers[i].target, target->target) == 0)
            return api->peers[i].channel;
    struct peer *peer = &api->peers[api->peer_count++];
    const struct service_config *config = options->service_config;
    const struct channel_options channel_options = {
        .default_timeout_ms = options->timeout_ms,
        .never_repeats = !config || !service_config_has_retries(config),
        .in_flight_max = options->upstream_calls_max,
        .service_config = config,
    };
    *peer = (struct peer){target->target, target->name ? target->name : "",
        channel_new(loop, target->target, &channel_options)};
    return peer->channel;
}

static bool endpoint_init(struct endpoint *endpoint, struct api *api, struct loop *loop,
    const struct gateway_options *options, struct buffer *ret_error) {
    const struct route *route = endpoint->route;
    const struct schema_method *method = route->method;
    const struct gateway_target *target = find_target(options, method->service->full_name);
    endpoint->method = endpoint_method(method);
    traffic_route_init(&endpoint->traffic, route->rule->verb, route->rule->pattern);
    if (is_survey(options, method))
        return true;
    if (!target) {
        buffer_printf(
            ret_error, "no target is known for %.*s", TEXT_ARG(method->service->full_name));
        return false;
    }
    if (method->is_client_streaming) {
        buffer_printf(ret_error, "%.*s has a path, but a stream of requests has no form in REST",
            TEXT_ARG(method->full_name));
        return false;
    }
    observe_method(OBSERVE_CLIENT, endpoint->method);
    endpoint->channel = peer_channel(api, loop, target, options);
    endpoint->is_retried = options->service_config &&
                           service_config_retries(options->service_config, endpoint->method->path);
    return true;
}

static void describe(struct api *api, const struct gateway_options *options) {
    const struct openapi_info info = {
        .title = options->title,
        .version = MYEVENTS_VERSION,
        .description = options->description,
        .headers = call_fields,
        .header_count = CALL_FIELDS,
    };
    openapi_append(&api->openapi, api->router, &info);
}

bool api_init(struct api *api, struct loop *loop, const struct gateway_options *options,
    struct buffer *ret_error) {
    *api = (struct api){0};
    api->schema = schema_new(options->descriptor_sets, options->descriptor_set_count, ret_error);
    if (!api->schema)
        return false;
    api->router = router_new(api->schema, ret_error);
    if (!api->router)
        return false;
    api->peers = memory_new(options->target_count * sizeof(api->peers[0]));
    api->endpoints = memory_new(api->router->route_count * sizeof(api->endpoints[0]));
    for (size_t i = 0; i < api->router->route_count; i++) {
        api->endpoints[i].route = &api->router->routes[i];
        if (!endpoint_init(&api->endpoints[i], api, loop, options, ret_error))
            return false;
    }
    describe(api, options);
    return true;
}

void api_deinit(struct api *api) {
    for (size_t i = 0; i < api->peer_count; i++)
        channel_free(api->peers[i].channel);
    for (size_t i = 0; api->endpoints && i < api->router->route_count; i++)
        traffic_route_deinit(&api->endpoints[i].traffic);
    free(api->endpoints);
    free(api->peers);
    buffer_deinit(&api->openapi);
    router_free(api->router);
    schema_free(api->schema);
}
