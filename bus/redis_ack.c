/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "bus/redis_subscription.h"

void redis_ack(struct redis_subscription *s, const struct redis_source *source, struct text entry) {
    if (!source->is_replay) {
        snprintf(s->done, sizeof(s->done), "%.*s", TEXT_ARG(entry));
        return;
    }
    if (s->delete_count++ == 0) {
        redis_command_begin(&s->deletes, "XDEL");
        redis_command_string(&s->deletes, source->key);
    }
    redis_command_text(&s->deletes, entry);
}

void redis_ack_mark(struct redis_subscription *s) {
    snprintf(s->done, sizeof(s->done), "%" PRIu64 "-0", s->delivery.applied);
}

void redis_ack_reset(struct redis_subscription *s) {
    s->done[0] = 0;
    s->delete_count = 0;
}

static int receive(struct redis_subscription *s, int64_t until_ms, bool has_deletes) {
    int r = redis_group_receive_hold(s, &s->reading, until_ms);
    if (r == 0 && has_deletes)
        r = redis_receive_done(&s->reading);
    if (r < 0)
        redis_disconnect(&s->reading); /* more replies may be on their way */
    return r;
}

int redis_ack_exchange(struct redis_subscription *s, const struct redis_command *command) {
    int64_t until_ms = clock_monotonic_ms() + s->options.claim_after_ms;
    bool has_deletes = s->delete_count > 0;
    int r = redis_group_send_hold(s, &s->reading, s->done);
    if (r < 0)
        return r;
    if (has_deletes)
        redis_send(&s->reading, &s->deletes);
    if (command)
        redis_send(&s->reading, command);
    redis_ack_reset(s);
    return receive(s, until_ms, has_deletes);
}
