/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/plugin/claim.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buffer.h"
#include "proto/plugin/emit.h"
#include "proto/plugin/model.h"

/* What the templates of emit_header.c and emit_source.c define. C keeps tags apart from other
 * names, so they are listed with their keyword. */
static const char *const of_service[] = {"$service$", "$service$_methods", "$service$_register",
    "$SERVICE$_METHOD_COUNT", "enum $service$_method", "struct $service$_handlers", NULL};
static const char *const of_method[] = {
    "$SERVICE$_$METHOD$", "$service$_$method$_invoke_handler", NULL};
static const char *const of_one_answer[] = {"$service$_$method$_reply", NULL};
static const char *const of_many_answers[] = {"$service$_$method$_send", NULL};
static const char *const of_many_requests[] = {"struct $service$_$method$_reader",
    "$service$_$method$_read", "$service$_$method$_send_request",
    "$service$_$method$_invoke_on_request", NULL};
static const char *const of_unary_client[] = {"$service$_$method$", "$service$_$method$_and_wait",
    "$service$_$method$_invoke_on_reply", NULL};
static const char *const of_client_stream_client[] = {"$service$_$method$",
    "$service$_$method$_invoke_on_reply", "struct $service$_$method$_events", NULL};
static const char *const of_stream_client[] = {"$service$_$method$",
    "$service$_$method$_invoke_on_message", "struct $service$_$method$_events", NULL};

static const char *const *const of_clients[2][2] = {
    {of_unary_client, of_stream_client},
    {of_client_stream_client, of_stream_client},
};

struct claim {
    const char *name;
    const char *owner; /* "method myevents.v1.EventService.GetEvent" */
};

struct claims {
    struct arena *arena;
    struct buffer entries; /* of struct claim */
};

static void add(struct claims *claims, const char *owner, const struct buffer *name) {
    const struct claim claim = {arena_copy_text(claims->arena, buffer_text(name)), owner};
    buffer_append(&claims->entries, &claim, sizeof(claim));
}

static void claim_for_service(struct claims *claims, const struct service_model *service) {
    const char *owner = arena_printf(claims->arena, "service %s", service->full_name);
    for (const char *const *template = of_service; *template != NULL; template ++) {
        _cleanup_(buffer_deinit) struct buffer name = {0};
        emit_service(&name, *template, service);
        add(claims, owner, &name);
    }
}

static void claim_for_method(struct claims *claims, const char *const *templates,
    const struct service_model *service, const struct method_model *method) {
    const char *owner = arena_printf(
        claims->arena, "method %s.%s", service->full_name, method->name);
    for (; *templates != NULL; templates++) {
        _cleanup_(buffer_deinit) struct buffer name = {0};
        emit_method(&name, *templates, service, method);
        add(claims, owner, &name);
    }
}

static void claim_service(struct claims *claims, const struct service_model *service) {
    claim_for_service(claims, service);
    for (size_t i = 0; i < service->method_count; i++) {
        const struct method_model *method = &service->methods[i];
        claim_for_method(claims, of_method, service, method);
        claim_for_method(
            claims, method->server_streams ? of_many_answers : of_one_answer, service, method);
        if (method->client_streams)
            claim_for_method(claims, of_many_requests, service, method);
        claim_for_method(
            claims, of_clients[method->client_streams][method->server_streams], service, method);
    }
}

static int compare(const void *a, const void *b) {
    const struct claim *left = a, *right = b;
    int order = strcmp(left->name, right->name);
    return order != 0 ? order : strcmp(left->owner, right->owner);
}

static void report_equal(
    const struct file_model *file, struct claim *claims, size_t count, struct buffer *errors) {
    qsort(claims, count, sizeof(*claims), compare);
    for (size_t i = 1; i < count; i++) {
        if (strcmp(claims[i - 1].name, claims[i].name) == 0)
            buffer_printf(errors,
                "%s: %s and %s both need the name '%s' in C; rename one of them\n", file->proto,
                claims[i - 1].owner, claims[i].owner, claims[i].name);
    }
}

void claim_names(struct arena *arena, const struct file_model *file, struct buffer *errors) {
    struct claims claims = {.arena = arena};
    for (size_t i = 0; i < file->service_count; i++)
        claim_service(&claims, &file->services[i]);
    if (claims.entries.size > 0)
        report_equal(file, (struct claim *)claims.entries.data,
            claims.entries.size / sizeof(struct claim), errors);
    buffer_deinit(&claims.entries);
}
