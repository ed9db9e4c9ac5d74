/* SPDX-License-Identifier: Apache-2.0 */
#include "bus/redis_subscription.h"

static void begin(struct redis_subscription *s, struct redis_source *source) {
    redis_command_begin(&source->acks, "XACK");
    redis_command_strings(&source->acks, source->key, s->options.group, NULL);
    redis_command_begin(&source->deletes, "XDEL");
    redis_command_string(&source->deletes, source->key);
}

void redis_ack(struct redis_subscription *s, struct redis_source *source, struct text entry) {
    if (source->ack_count++ == 0)
        begin(s, source);
    redis_command_text(&source->acks, entry);
    if (source->is_replay)
        redis_command_text(&source->deletes, entry);
}

static unsigned send_source(struct redis_subscription *s, struct redis_source *source) {
    if (source->ack_count == 0)
        return 0;
    source->ack_count = 0;
    redis_send(&s->reading, &source->acks);
    if (!source->is_replay)
        return 1;
    redis_send(&s->reading, &source->deletes);
    return 2;
}

unsigned redis_ack_send(struct redis_subscription *s) {
    return send_source(s, &s->main) + send_source(s, &s->replay);
}

int redis_ack_receive(struct redis_subscription *s, unsigned count) {
    int r = 0;
    while (r == 0 && count-- > 0)
        r = redis_receive_done(&s->reading);
    if (r < 0)
        redis_disconnect(&s->reading); /* more replies may be on their way */
    return r;
}

void redis_ack_reset(struct redis_subscription *s) {
    s->main.ack_count = s->replay.ack_count = 0;
}
