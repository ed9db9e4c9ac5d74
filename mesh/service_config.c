/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/service_config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/buffer.h"
#include "base/memory.h"
#include "mesh/service_config_rules.h"

/* Core reads three digits behind the point of a tokenRatio, and knows no exponents. */
enum { REAL_DIGITS = 6, SENTENCE_PATH_MAX = 200 };

struct service_config {
    json_t *root;
    char *json;
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

struct service_config *service_config_parse(
    const char *source, struct text json, struct buffer *ret_error) {
    json_error_t error;
    if (json.size > SERVICE_CONFIG_SIZE_MAX) {
        buffer_printf(ret_error, "%s: has %zu bytes; allowed: up to %d\n", source, json.size,
            SERVICE_CONFIG_SIZE_MAX);
        return NULL;
    }
    json_t *root = json_loadb(json.data, json.size, JSON_REJECT_DUPLICATES, &error);
    if (!root) {
        refuse_form(source, &error, ret_error);
        return NULL;
    }
    if (!service_config_check(source, root, ret_error)) {
        json_decref(root);
        return NULL;
    }
    add_defaults(root);
    struct service_config *config = memory_new(sizeof(*config));
    config->root = root;
    config->json = json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(REAL_DIGITS));
    return config;
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

void service_config_free(struct service_config *config) {
    if (!config)
        return;
    json_decref(config->root);
    free(config->json);
    free(config);
}

const char *service_config_json(const struct service_config *config) {
    return config->json;
}

static const json_t *methods_of(const struct service_config *config) {
    return json_object_get(config->root, "methodConfig");
}

bool service_config_has_retries(const struct service_config *config) {
    size_t i;
    json_t *entry;
    json_array_foreach(methods_of(config), i, entry) {
        if (json_object_get(entry, "retryPolicy"))
            return true;
    }
    return false;
}

/* The entry that names exactly this; NULL for `method` or both: the one for the rest. */
static const json_t *find_entry(
    const struct service_config *config, const char *service, const char *method) {
    size_t i, j;
    json_t *entry, *name;
    json_array_foreach(methods_of(config), i, entry) {
        json_array_foreach(json_object_get(entry, "name"), j, name) {
            const char *its_service = json_string_value(json_object_get(name, "service"));
            const char *its_method = json_string_value(json_object_get(name, "method"));
            if (strcmp(its_service ? its_service : "", service) == 0 &&
                strcmp(its_method ? its_method : "", method) == 0)
                return entry;
        }
    }
    return NULL;
}

bool service_config_retries(const struct service_config *config, const char *path) {
    _cleanup_(memory_freep) char *service = memory_copy_string(path + 1);
    char *slash = strchr(service, '/');
    *slash = '\0';
    const json_t *entry = find_entry(config, service, slash + 1);
    if (!entry)
        entry = find_entry(config, service, "");
    if (!entry)
        entry = find_entry(config, "", "");
    return json_object_get(entry, "retryPolicy") != NULL;
}
