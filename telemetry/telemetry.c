/* SPDX-License-Identifier: Apache-2.0 */
#include "telemetry/telemetry.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/memory.h"
#include "telemetry/config.h"
#include "telemetry/exporter.h"
#include "telemetry/settings.h"

enum { SENTENCE_SIZE = 512 };

struct telemetry {
    struct arena arena;
    struct settings settings;
    struct exporter *exporter;
};

static _Thread_local char open_error[SENTENCE_SIZE];

const char *telemetry_open_error(void) {
    return open_error;
}

static struct exporter *make_exporter(
    const struct telemetry_config *config, const struct settings *settings, struct loop *loop) {
    const struct exporter_options options = {
        .loop = loop,
        .settings = settings,
        .queue_max = config->queue_max,
        .batch_max = config->batch_max,
        .delay_ms = config->delay_ms,
        .timeout_ms = config->timeout_ms,
        .export_timeout_ms = config->export_timeout_ms,
    };
    return exporter_new(&options);
}

int telemetry_open(const struct telemetry_config *config, const char *service, struct loop *loop,
    struct telemetry **ret_telemetry) {
    struct telemetry *telemetry = memory_new(sizeof(*telemetry));
    arena_init(&telemetry->arena, 0);
    const char *problem = settings_read(config, service, &telemetry->arena, &telemetry->settings);
    if (problem)
        snprintf(open_error, sizeof(open_error), "%s", problem);
    if (!problem && telemetry->settings.is_on) {
        telemetry->exporter = make_exporter(config, &telemetry->settings, loop);
        *ret_telemetry = telemetry;
        return 0;
    }
    telemetry_free(telemetry);
    if (problem)
        return -EINVAL;
    *ret_telemetry = NULL;
    return 0;
}

void telemetry_start(struct telemetry *telemetry) {
    if (telemetry)
        exporter_start(telemetry->exporter);
}

void telemetry_stop(struct telemetry *telemetry) {
    if (telemetry)
        exporter_stop(telemetry->exporter);
}

void telemetry_free(struct telemetry *telemetry) {
    if (!telemetry)
        return;
    exporter_free(telemetry->exporter);
    arena_deinit(&telemetry->arena);
    free(telemetry);
}
