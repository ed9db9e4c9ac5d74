/* SPDX-License-Identifier: Apache-2.0 */
#include "telemetry/settings.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/id.h"
#include "telemetry/config.h"

enum { PORT_MAX = 65535 };

/* --- the endpoint --- */

static bool is_port(struct text text) {
    uint64_t port;
    return text_to_u64(text, &port) == 0 && port > 0 && port <= PORT_MAX;
}

/* "host", "host:port", "[v6]", "[v6]:port". Empty: none of them. */
static struct text split_port(struct text *authority) {
    struct text host = *authority;
    const char *end = memrchr(host.data, ']', host.size);
    const char *from = end ? end : host.data;
    const char *colon = memchr(from, ':', (size_t)(host.data + host.size - from));
    if (colon)
        host.size = (size_t)(colon - host.data);
    *authority = colon ? (struct text){colon + 1, authority->size - host.size - 1} : TEXT("4317");
    return host;
}

static bool is_host(struct text host) {
    for (size_t i = 0; i < host.size; i++)
        if (!isalnum((unsigned char)host.data[i]) && !strchr(".-_:[]", host.data[i]))
            return false;
    return host.size > 0;
}

static const char *read_endpoint(
    const char *name, const char *value, struct arena *arena, const char **ret_target) {
    struct text rest = text_from(value);
    if (text_starts_with(rest, TEXT("https://")))
        return arena_printf(arena,
            "%s: https:// is not supported yet; use http:// to a collector on this host or in "
            "this pod",
            name);
    bool is_http = text_starts_with(rest, TEXT("http://"));
    rest = is_http ? (struct text){rest.data + 7, rest.size - 7} : TEXT("");
    struct text path = rest, authority = text_cut(&path, '/');
    struct text port = authority, host = split_port(&port);
    if (!is_host(host) || !is_port(port) || path.size > 0)
        return arena_printf(arena,
            "%s: \"%.200s\" is not http://host:port, as in http://127.0.0.1:4317", name, value);
    *ret_target = arena_printf(arena, "%.*s:%.*s", TEXT_ARG(host), TEXT_ARG(port));
    return NULL;
}

static const char *read_endpoints(
    const struct telemetry_config *config, struct arena *arena, struct settings *settings) {
    const char *problem = NULL;
    if (config->endpoint[0])
        problem = read_endpoint(
            "OTEL_EXPORTER_OTLP_ENDPOINT", config->endpoint, arena, &settings->target);
    if (!problem && config->traces_endpoint[0])
        problem = read_endpoint("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", config->traces_endpoint,
            arena, &settings->target);
    return problem;
}

/* --- lists of pairs --- */

static int hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* NULL: an escape is wrong, or what comes out is no text. */
static char *decode(struct arena *arena, struct text value) {
    char *decoded = arena_alloc(arena, value.size + 1);
    size_t size = 0;
    for (size_t i = 0; i < value.size; i++, size++) {
        decoded[size] = value.data[i];
        if (value.data[i] != '%')
            continue;
        int high = i + 2 < value.size ? hex_digit(value.data[i + 1]) : -1;
        int low = i + 2 < value.size ? hex_digit(value.data[i + 2]) : -1;
        if (high < 0 || low < 0 || high + low == 0)
            return NULL;
        decoded[size] = (char)(high << 4 | low);
        i += 2;
    }
    decoded[size] = '\0';
    return text_is_utf8((struct text){decoded, size}) ? decoded : NULL;
}

static bool is_printable(const char *value) {
    for (; *value; value++)
        if (*value < 0x20 || *value > 0x7e)
            return false;
    return true;
}

/* Metadata keys; those that gRPC or the value's bytes would speak for are not to be set. */
static const char *check_header(struct settings_pair *pair, struct arena *arena) {
    char *key = arena_copy_string(arena, pair->key);
    for (char *at = key; *at; at++) {
        *at = (char)tolower((unsigned char)*at);
        if (!isalnum((unsigned char)*at) && !strchr("_-.", *at))
            return "a key is made of letters, digits, _, - and .";
    }
    struct text text = text_from(key);
    if (text_starts_with(text, TEXT("grpc-")) || text_ends_with(text, TEXT("-bin")))
        return "grpc-... and ...-bin cannot be set";
    pair->key = key;
    return is_printable(pair->value) ? NULL : "a value is printable ASCII";
}

static const char *check_attribute(struct settings_pair *pair, struct arena *arena) {
    return is_printable(pair->key) ? NULL : "a key is printable ASCII";
}

struct pair_list {
    const char *name; /* of the variable */
    const char *(*check)(struct settings_pair *pair, struct arena *arena);
    struct settings_pair *pairs;
    size_t *count;
    size_t max;
};

static bool has_key(const struct settings_pair *pairs, size_t count, const char *key) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(pairs[i].key, key) == 0)
            return true;
    return false;
}

/* Of several values for a key the first counts. */
static const char *read_pair(const struct pair_list *list, struct text part, struct arena *arena) {
    struct text value = part, key = text_trim(text_cut(&value, '='));
    char *decoded = decode(arena, text_trim(value));
    if (key.size == 0 || key.size == part.size || !decoded)
        return "it is key=value, key=value ..., percent-encoded";
    if (*list->count == list->max)
        return arena_printf(arena, "there are at most %zu", list->max);
    struct settings_pair pair = {arena_copy_text(arena, key), decoded};
    const char *problem = list->check(&pair, arena);
    if (!problem && !has_key(list->pairs, *list->count, pair.key))
        list->pairs[(*list->count)++] = pair;
    return problem;
}

/* An entry is named by its number, since it may be a secret. */
static const char *read_pairs(
    const struct pair_list *list, const char *value, struct arena *arena) {
    struct text rest = text_from(value);
    for (unsigned number = 1; rest.size > 0; number++) {
        struct text part = text_trim(text_cut(&rest, ','));
        const char *problem = part.size > 0 ? read_pair(list, part, arena) : NULL;
        if (problem)
            return arena_printf(arena, "%s: entry %u: %s", list->name, number, problem);
    }
    return NULL;
}

/* --- the resource --- */

static void add_attribute(struct settings *settings, const char *key, const char *value) {
    if (!has_key(settings->attributes, settings->attribute_count, key))
        settings->attributes[settings->attribute_count++] = (struct settings_pair){key, value};
}

enum { OWN_ATTRIBUTES = 6 };

/* What the operator says goes before what we know. */
static const char *read_resource(const struct telemetry_config *config, const char *service,
    struct arena *arena, struct settings *settings) {
    const struct pair_list list = {"OTEL_RESOURCE_ATTRIBUTES", check_attribute,
        settings->attributes, &settings->attribute_count, SETTINGS_ATTRIBUTES_MAX - OWN_ATTRIBUTES};
    if (config->service_name[0])
        add_attribute(settings, "service.name", config->service_name);
    const char *problem = read_pairs(&list, config->resource_attributes, arena);
    struct id instance = id_new();
    add_attribute(settings, "service.name", service);
    add_attribute(settings, "service.version", MYEVENTS_VERSION);
    add_attribute(settings, "service.instance.id", arena_copy_string(arena, instance.text));
    add_attribute(settings, "telemetry.sdk.name", "myevents");
    add_attribute(settings, "telemetry.sdk.language", "c");
    add_attribute(settings, "telemetry.sdk.version", MYEVENTS_VERSION);
    return problem;
}

/* --- all of it --- */

static const char *read_sampler(const struct telemetry_config *config, struct settings *settings) {
    char *end;
    double ratio = config->sampler_arg[0] ? strtod(config->sampler_arg, &end) : 1;
    bool is_number = !config->sampler_arg[0] || *end == '\0';
    if (!is_number || !(ratio >= 0 && ratio <= 1))
        return "OTEL_TRACES_SAMPLER_ARG: it is a number from 0 to 1, as in 0.1";
    settings->sampler = sampler_make((enum sampler_kind)config->sampler, ratio);
    return NULL;
}

static const char *read_batch(const struct telemetry_config *config) {
    return config->batch_max <= config->queue_max
               ? NULL
               : "OTEL_BSP_MAX_EXPORT_BATCH_SIZE: it is at most OTEL_BSP_MAX_QUEUE_SIZE";
}

const char *settings_read(const struct telemetry_config *config, const char *service,
    struct arena *arena, struct settings *ret_settings) {
    struct settings settings = {0};
    const struct pair_list headers = {"OTEL_EXPORTER_OTLP_HEADERS", check_header, settings.headers,
        &settings.header_count, SETTINGS_HEADERS_MAX};
    const char *problem = read_endpoints(config, arena, &settings);
    if (!problem)
        problem = read_pairs(&headers, config->headers, arena);
    if (!problem)
        problem = read_resource(config, service, arena, &settings);
    if (!problem)
        problem = read_sampler(config, &settings);
    if (!problem)
        problem = read_batch(config);
    if (problem)
        return problem;
    settings.is_on = settings.target && !config->is_disabled && config->exporter == TELEMETRY_OTLP;
    *ret_settings = settings;
    return NULL;
}
