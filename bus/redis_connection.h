/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A connection to Redis that is made when it is needed and thrown away after any timeout or broken
 * reply: a late answer on an old connection would be taken for the answer to the next question. One
 * thread at a time.
 *
 *  1. -EAGAIN: no connection, or the server cannot now (loading, out of memory, a replica, too few
 *     replicas, disk full). Whether a command ran is unknown.
 *  2. -ENOENT: the stream is not there.
 *  3. -EACCES: the server refuses the login. -EPROTO: any other refusal.
 *  4. After a negative result redis_connection_error() has the server's or the system's words.
 */

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/text.h"
#include "bus/bus.h"
#include "bus/redis_address.h"
#include "bus/redis_command.h"
#include "bus/redis_script.h"

/* A blocking read waits for as long; the socket gives up three seconds later, because the server
 * may be late. */
enum { REDIS_BLOCK_MS = 2000, REDIS_TIMEOUT_MS = REDIS_BLOCK_MS + 3000 };

struct redis_connection {
    const struct redis_address *address;
    const char *client_name;
    redisContext *context; /* NULL: not connected */
    char hashes[REDIS_SCRIPT_COUNT][REDIS_SCRIPT_HASH_SIZE + 1];
    char error[BUS_ERROR_SIZE];
    struct redis_command command; /* for whoever makes the next call */
};

void redis_connection_init(struct redis_connection *connection, const struct redis_address *address,
    const char *client_name);
void redis_connection_deinit(struct redis_connection *connection);
_must_check_ int redis_connect(struct redis_connection *connection); /* 0 also when it stands */
void redis_disconnect(struct redis_connection *connection);
const char *redis_connection_error(const struct redis_connection *connection);

/* Sends `command` with the next redis_receive(). */
void redis_send(struct redis_connection *connection, const struct redis_command *command);
/* The next reply, never an error reply; the caller frees it. */
_must_check_ int redis_receive(struct redis_connection *connection, redisReply **ret_reply);
/* The same for a blocking command. -ECANCELED: cancel_fd became readable first; the connection is
 * gone, as its answer would come too late. */
_must_check_ int redis_receive_unless(
    struct redis_connection *connection, int cancel_fd, redisReply **ret_reply);
/* The next reply, when only its success matters. */
_must_check_ int redis_receive_done(struct redis_connection *connection);
/* Connects if need be, sends connection->command, receives its reply. */
_must_check_ int redis_call(struct redis_connection *connection, redisReply **ret_reply);
_must_check_ int redis_call_done(struct redis_connection *connection);

/* Begins connection->command as a call of the script; keys and arguments follow. Connects. */
_must_check_ int redis_script_begin(
    struct redis_connection *connection, enum redis_script script, unsigned key_count);
/* redis_call() that loads the script again when the server has forgotten it. */
_must_check_ int redis_script_call(
    struct redis_connection *connection, enum redis_script script, redisReply **ret_reply);

static inline void redis_reply_freep(redisReply **reply) {
    if (*reply)
        freeReplyObject(*reply);
}
static inline struct text redis_reply_text(const redisReply *reply) {
    return reply->type == REDIS_REPLY_STRING || reply->type == REDIS_REPLY_STATUS
               ? (struct text){reply->str, reply->len}
               : (struct text){0};
}
bool redis_reply_is_array(const redisReply *reply, size_t count_min);
/* The value behind `name` in a flat list of names and values; NULL when there is none. */
const redisReply *redis_reply_find(const redisReply *reply, const char *name);
/* The sequence in an entry's id, "<sequence>-<any>"; 0 when it is none. */
uint64_t redis_entry_sequence(struct text entry);
uint64_t redis_reply_sequence(const redisReply *reply);
uint64_t redis_reply_number(const redisReply *reply); /* 0 when it is none */
