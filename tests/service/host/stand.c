/* SPDX-License-Identifier: Apache-2.0 */
#include "stand.h"

#include <signal.h>

#include "base/clock.h"

enum { POLL_MS = 5 };

/* Said in its log, because it was given any free port. */
static int port_behind(const char *said, const char *words) {
    const char *at = strstr(said, words);
    return at ? atoi(at + strlen(words)) : 0;
}

static void learn_ports(struct stand *stand) {
    _cleanup_(buffer_deinit) struct buffer said = {0};
    int64_t until_ms = clock_monotonic_ms() + STAND_TIMEOUT_MS;
    int probes;
    while (!(probes = port_behind(command_output(&stand->service, &said), " metrics_port="))) {
        if (clock_monotonic_ms() > until_ms)
            fail_msg("it does not become ready: %s", said.data);
        pause_ms(POLL_MS);
    }
    int port = port_behind(said.data, " address=127.0.0.1:0 port=");
    snprintf(stand->probes, sizeof(stand->probes), "127.0.0.1:%d", probes);
    snprintf(stand->address, sizeof(stand->address), "127.0.0.1:%d", port);
}

void stand_start(struct stand *stand, const char *program, const char *further) {
    const char *folder = stand->redis.folder;
    char listen[128], target[128], database[128], broker[128];
    const char *path = getenv(program);
    assert_non_null(path);
    snprintf(listen, sizeof(listen), "LISTEN_ADDR=unix:%s/service,127.0.0.1:0", folder);
    snprintf(target, sizeof(target), "unix:%s/service", folder);
    snprintf(database, sizeof(database), "DATABASE_URL=lmdb://%s/store", folder);
    snprintf(broker, sizeof(broker), "BROKER_URL=%s", stand->redis.url);
    const char *const variables[] = {listen, database, broker, "METRICS_ADDR=127.0.0.1:0",
        "EVENT_SERVICE_ADDR=127.0.0.1:1", "BOOKING_SERVICE_ADDR=127.0.0.1:1", further, NULL};
    command_start(&stand->service, folder, (const char *const[]){path, NULL}, variables);
    learn_ports(stand);
    stand->channel = channel_new(stand->loop, target, NULL);
}

int stand_setup(void **state) {
    struct stand *stand = calloc(1, sizeof(*stand));
    redis_server_start(&stand->redis);
    stand->loop = loop_new("test");
    loop_start(stand->loop);
    arena_init(&stand->arena, 0);
    *state = stand;
    return 0;
}

int stand_end(struct stand *stand, int signal) {
    if (signal)
        kill(stand->service.pid, signal);
    return command_wait(&stand->service, STAND_TIMEOUT_MS);
}

int stand_teardown(void **state) {
    struct stand *stand = *state;
    if (stand->service.pid > 0)
        stand_end(stand, SIGKILL);
    channel_free(stand->channel);
    loop_stop(stand->loop);
    loop_free(stand->loop);
    arena_deinit(&stand->arena);
    redis_server_stop(&stand->redis);
    free(stand);
    return 0;
}
