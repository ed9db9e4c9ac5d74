/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/plugin/claim.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buffer.h"
#include "proto/plugin/model.h"

struct claim {
    const char *identifier; /* tags with their keyword, since C keeps them apart */
    const char *owner;      /* "method myevents.v1.EventService.GetEvent" */
};

struct claims {
    struct arena *arena;
    struct buffer entries; /* of struct claim */
};

_printf_(3, 4) static void claim(
    struct claims *claims, const char *owner, const char *format, ...) {
    va_list args;
    va_start(args, format);
    struct claim entry = {arena_vprintf(claims->arena, format, args), owner};
    va_end(args);
    buffer_append(&claims->entries, &entry, sizeof(entry));
}

static void claim_method(
    struct claims *claims, const struct service_model *service, const struct method_model *method) {
    const char *owner = arena_printf(
        claims->arena, "method %s.%s", service->full_name, method->name);
    claim(claims, owner, "%s_%s", service->upper, method->upper);
    claim(claims, owner, "%s_%s_%s", service->lower, method->lower,
        method->server_streams ? "send" : "reply");
    if (method->client_streams)
        return;
    claim(claims, owner, "%s_%s", service->lower, method->lower);
    if (method->server_streams)
        claim(claims, owner, "struct %s_%s_events", service->lower, method->lower);
    else
        claim(claims, owner, "%s_%s_and_wait", service->lower, method->lower);
}

static void claim_service(struct claims *claims, const struct service_model *service) {
    const char *owner = arena_printf(claims->arena, "service %s", service->full_name);
    claim(claims, owner, "%s", service->lower);
    claim(claims, owner, "%s_register", service->lower);
    claim(claims, owner, "enum %s_method", service->lower);
    claim(claims, owner, "%s_METHOD_COUNT", service->upper);
    claim(claims, owner, "struct %s_handlers", service->lower);
    for (size_t i = 0; i < service->method_count; i++)
        claim_method(claims, service, &service->methods[i]);
}

static int compare(const void *a, const void *b) {
    const struct claim *left = a, *right = b;
    int order = strcmp(left->identifier, right->identifier);
    return order != 0 ? order : strcmp(left->owner, right->owner);
}

static void report_equal(
    const struct file_model *file, struct claim *entries, size_t count, struct buffer *errors) {
    qsort(entries, count, sizeof(*entries), compare);
    for (size_t i = 1; i < count; i++) {
        if (strcmp(entries[i - 1].identifier, entries[i].identifier) == 0)
            buffer_printf(errors,
                "%s: %s and %s both need the name '%s' in C; rename one of them\n", file->proto,
                entries[i - 1].owner, entries[i].owner, entries[i].identifier);
    }
}

void claim_names(struct arena *arena, const struct file_model *file, struct buffer *errors) {
    struct claims claims = {.arena = arena};
    for (size_t i = 0; i < file->service_count; i++)
        claim_service(&claims, &file->services[i]);
    size_t count = claims.entries.size / sizeof(struct claim);
    if (count > 0)
        report_equal(file, (struct claim *)claims.entries.data, count, errors);
    buffer_deinit(&claims.entries);
}
