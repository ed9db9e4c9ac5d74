/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/peer.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "mesh/client.h"
#include "mesh/service_config.h"
#include "proto/api_service_config.h"

struct channel *peer_new(struct loop *loop, const char *target) {
    _cleanup_(buffer_deinit) struct buffer error = {0};
    struct service_config *config = service_config_load(
        getenv("SERVICE_CONFIG_FILE"), api_service_config, &error);
    if (!config) {
        fprintf(stderr, "myeventsctl: SERVICE_CONFIG_FILE: %.*s", (int)error.size, error.data);
        exit(2);
    }
    struct channel *channel = channel_new(
        loop, target, &(struct channel_options){.service_config = config});
    service_config_unref(config);
    return channel;
}
