/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * REST to gRPC. Whatever the descriptors say about the API is served; nothing here knows a service,
 * a bus or a store.
 *
 *     struct gateway *gateway = gateway_new(&options, &error);
 *     r = gateway_listen(gateway, "0.0.0.0:8080", &port);
 *     gateway_start(gateway);
 *     ...
 *     gateway_drain(gateway, 300, 10000);
 *     gateway_free(gateway);
 *
 * Paths are tried in this order: /healthz, /readyz, /openapi.json, the API, static files. Every
 * error has google.rpc.Status as its body, whoever made it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/text.h"

struct buffer;
struct gateway;
struct loop;
struct service_config;
struct status;

/* Where a service is found: "myevents.v1.EventService", "dns:///event:50051". */
struct gateway_target {
    const char *service;
    const char *target;
    const char *name; /* of the process, "event-service"; for surveys; NULL: "" */
};

/* A method that the gateway answers itself: its reply is a list (field 1) of what it says, and what
 * every target says when it is asked the other method. Both appenders run on the http loop. */
struct gateway_survey {
    const char *method; /* "/myevents.v1.SystemService/ListProcesses" */
    const char *each;   /* "/myevents.v1.SystemService/GetProcess"; of an empty request */
    void (*append_own)(struct buffer *wire);
    /* What stands for a target that does not answer, or not well. */
    void (*append_missing)(struct buffer *wire, const char *name, const struct status *status);
    const char *refusal; /* NULL; or why it is not answered: 501 with that sentence */
};

struct gateway_options {
    const char *title; /* of the API, in its description */
    const char *description;
    const struct text *descriptor_sets;
    size_t descriptor_set_count;
    const struct gateway_target *targets; /* of every service that has a path */
    size_t target_count;
    const struct gateway_survey *survey;         /* NULL: none */
    const struct service_config *service_config; /* for all targets; NULL: none */
    int64_t upstream_calls_max;                  /* unary calls to a target at once; 0: no limit */
    const char *static_dir;                      /* NULL or "": none */
    const char *cors_origins; /* "https://a.example,https://b.example", "*"; NULL or "": none */
    int64_t timeout_ms;       /* of unary calls; 0: 10,000 */
    int64_t timeout_max_ms;   /* that clients may ask for; 0: 60,000 */
    int64_t body_size_max;    /* 0: 1 MiB */
    int64_t connections_max;  /* 0: 10,000 */
    int64_t heartbeat_ms;     /* of streams; 0: 15,000 */
    uint32_t log_calls_per_second; /* lines about requests */
};

/* The strings of the options are borrowed. NULL, and sentences appended to `ret_error`. */
struct gateway *gateway_new(const struct gateway_options *options, struct buffer *ret_error);
_must_check_ int gateway_listen(struct gateway *gateway, const char *address, int *ret_port);
void gateway_start(struct gateway *gateway);
/* The API as an OpenAPI document, JSON. Lives as long as the gateway. */
struct text gateway_openapi(const struct gateway *gateway);
/* Of its calls; runs from gateway_start() until gateway_free(). */
struct loop *gateway_loop(const struct gateway *gateway);
/* Do all services say that they serve, and do we? Any thread. */
bool gateway_is_ready(const struct gateway *gateway);
/* Not ready from now on; after wait_ms takes no connection more and ends what it has, in timeout_ms
 * at the latest. Blocks. */
void gateway_drain(struct gateway *gateway, int64_t wait_ms, int64_t timeout_ms);
void gateway_free(struct gateway *gateway); /* after gateway_drain(), or never started */
