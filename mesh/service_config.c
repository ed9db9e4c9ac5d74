/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/service_config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buffer.h"
#include "base/map.h"
#include "base/memory.h"
#include "mesh/service_config_rules.h"

/* Core reads three digits behind the point of a tokenRatio, and knows no exponents. */
enum { REAL_DIGITS = 6, SENTENCE_PATH_MAX = 200 };

/* What is known of a methodConfig. */
struct policy {
    int64_t timeout_ms;
    bool retries;
};

struct service_config {
    atomic_uint uses;
    char *json;
    struct arena arena;
    struct map policies; /* by "/service/method", "/service/", "/" */
    bool has_retries;
};

static void closep(int *fd) {
    if (*fd >= 0)
        close(*fd);
}

static void add_defaults(json_t *root) {
    if (!json_object_get(root, "loadBalancingConfig"))
        json_object_set_new(root, "loadBalancingConfig", json_pack("[{s:{}}]", "round_robin"));
}

static void refuse_form(const char *source, const json_error_t *error, struct buffer *ret_error) {
    buffer_printf(ret_error, "%s: line %d, column %d: this is no JSON: %s\n", source, error->line,
        error->column, error->text);
}

/* "1.5s", as the rules have found it sound. */
static int64_t read_timeout_ms(const json_t *entry) {
    const char *timeout = json_string_value(json_object_get(entry, "timeout"));
    return timeout ? (int64_t)(strtod(timeout, NULL) * 1000 + 0.5) : INT64_MAX;
}

static const char *string_or_empty(const json_t *object, const char *key) {
    const char *value = json_string_value(json_object_get(object, key));
    return value ? value : "";
}

static struct text path_of(struct service_config *config, const json_t *name) {
    const char *service = string_or_empty(name, "service");
    const char *format = *service ? "/%s/%s" : "/";
    return text_from(
        arena_printf(&config->arena, format, service, string_or_empty(name, "method")));
}

static void note_methods(struct service_config *config, const json_t *entry) {
    size_t i;
    json_t *name;
    struct policy *policy = arena_alloc(&config->arena, sizeof(*policy));
    policy->timeout_ms = read_timeout_ms(entry);
    policy->retries = json_object_get(entry, "retryPolicy") != NULL;
    config->has_retries |= policy->retries;
    json_array_foreach(json_object_get(entry, "name"), i, name)
        map_put(&config->policies, path_of(config, name), policy);
}

static struct service_config *service_config_new(json_t *root) {
    struct service_config *config = memory_new(sizeof(*config));
    size_t i;
    json_t *entry;
    atomic_store(&config->uses, 1);
    arena_init(&config->arena, 0);
    json_array_foreach(json_object_get(root, "methodConfig"), i, entry) {
        note_methods(config, entry);
        json_object_del(entry, "timeout");
    }
    config->json = json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(REAL_DIGITS));
    return config;
}

struct service_config *service_config_parse(
    const char *source, struct text json, struct buffer *ret_error) {
    json_error_t error;
    if (json.size > SERVICE_CONFIG_SIZE_MAX) {
        buffer_printf(ret_error, "%s: has %zu bytes; allowed: up to %d\n", source, json.size,
            SERVICE_CONFIG_SIZE_MAX);
        return NULL;
    }
    json_auto_t *root = json_loadb(json.data, json.size, JSON_REJECT_DUPLICATES, &error);
    if (!root) {
        refuse_form(source, &error, ret_error);
        return NULL;
    }
    if (!service_config_check(source, root, ret_error))
        return NULL;
    add_defaults(root);
    return service_config_new(root);
}

/* Up to one byte more than is allowed, so that the parser refuses what is longer. */
static int read_file(const char *path, struct buffer *ret_content) {
    _cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    for (;;) {
        size_t room = SERVICE_CONFIG_SIZE_MAX + 1 - ret_content->size;
        ssize_t size = read(fd, buffer_reserve(ret_content, room), room);
        if (size <= 0)
            return size == 0 ? 0 : -errno;
        ret_content->size += (size_t)size;
    }
}

struct service_config *service_config_load(
    const char *path, struct text fallback, struct buffer *ret_error) {
    if (!path || !*path)
        return service_config_parse("service config", fallback, ret_error);
    _cleanup_(buffer_deinit) struct buffer content = {0};
    int r = read_file(path, &content);
    if (r < 0) {
        buffer_printf(
            ret_error, "%.*s: cannot be read: %s\n", SENTENCE_PATH_MAX, path, strerror(-r));
        return NULL;
    }
    return service_config_parse(path, buffer_text(&content), ret_error);
}

struct service_config *service_config_ref(const struct service_config *shared) {
    struct service_config *config = (struct service_config *)shared;
    if (config)
        atomic_fetch_add(&config->uses, 1);
    return config;
}

void service_config_unref(struct service_config *config) {
    if (!config || atomic_fetch_sub(&config->uses, 1) > 1)
        return;
    map_deinit(&config->policies);
    arena_deinit(&config->arena);
    free(config->json);
    free(config);
}

const char *service_config_json(const struct service_config *config) {
    return config->json;
}

bool service_config_has_retries(const struct service_config *config) {
    return config->has_retries;
}

static const struct policy *find_policy(const struct service_config *config, const char *path) {
    const char *slash = strrchr(path, '/');
    const struct text names[] = {text_from(path), {path, (size_t)(slash - path) + 1}, TEXT("/")};
    const struct policy *policy = NULL;
    for (size_t i = 0; i < ARRAY_SIZE(names) && !policy; i++)
        policy = map_get(&config->policies, names[i]);
    return policy;
}

bool service_config_retries(const struct service_config *config, const char *path) {
    const struct policy *policy = find_policy(config, path);
    return policy && policy->retries;
}

int64_t service_config_timeout_ms(const struct service_config *config, const char *path) {
    const struct policy *policy = find_policy(config, path);
    return policy ? policy->timeout_ms : INT64_MAX;
}
