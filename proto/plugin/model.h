/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The services of one proto, with every name that the generated code needs. */

#include <google/protobuf/descriptor.pb-c.h>
#include <stdbool.h>
#include <stddef.h>

struct arena;
struct buffer;

struct method_model {
    const char *name;        /* "GetEvent" */
    const char *path;        /* "/myevents.v1.EventService/GetEvent" */
    const char *lower;       /* "get_event" */
    const char *upper;       /* "GET_EVENT" */
    const char *idempotency; /* "METHOD_IDEMPOTENT" */
    const char *input_type;  /* "Myevents__V1__GetEventRequest" */
    const char *input_descriptor;
    const char *output_type;
    const char *output_descriptor;
    bool client_streams;
    bool server_streams;
};

struct service_model {
    const char *full_name; /* "myevents.v1.EventService" */
    const char *lower;     /* "event_service" */
    const char *upper;     /* "EVENT_SERVICE" */
    struct method_model *methods;
    size_t method_count;
};

struct file_model {
    const char *proto; /* "myevents/v1/event_service.proto" */
    const char *stem;  /* without ".proto" */
    struct service_model *services;
    size_t service_count;
};

/* What is wrong with the file goes to `errors`, a line each. Lives in the arena. */
struct file_model *model_read(
    struct arena *arena, const Google__Protobuf__FileDescriptorProto *file, struct buffer *errors);
