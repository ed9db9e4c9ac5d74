/* SPDX-License-Identifier: Apache-2.0 */
#include "bus/redis_connection.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

enum { CONNECT_TIMEOUT_MS = 2000 };

/* What an error reply that begins so means to us. Others are -EPROTO. */
static const struct {
    const char *beginning;
    int result;
    bool is_elsewhere; /* a new connection may find a server that can */
} refusals[] = {
    {"OOM ", -EAGAIN},
    {"LOADING ", -EAGAIN},
    {"BUSY ", -EAGAIN},
    {"TRYAGAIN ", -EAGAIN},
    {"NOREPLICAS ", -EAGAIN},
    {"MISCONF ", -EAGAIN}, /* it could not write to its disk */
    {"READONLY ", -EAGAIN, true},
    {"MASTERDOWN ", -EAGAIN, true},
    {"CLUSTERDOWN ", -EAGAIN, true},
    {"ERR no such key", -ENOENT},
    {"NOSCRIPT ", -ESTALE},
    {"NOAUTH ", -EACCES, true},
    {"WRONGPASS ", -EACCES, true},
    {"NOPERM ", -EACCES},
};

void redis_connection_init(struct redis_connection *connection, const struct redis_address *address,
    const char *client_name) {
    *connection = (struct redis_connection){.address = address, .client_name = client_name};
}

void redis_connection_deinit(struct redis_connection *connection) {
    redis_disconnect(connection);
    redis_command_deinit(&connection->command);
}

void redis_disconnect(struct redis_connection *connection) {
    if (connection->context)
        redisFree(connection->context);
    connection->context = NULL;
}

const char *redis_connection_error(const struct redis_connection *connection) {
    return connection->error;
}

static struct timeval time_value(int64_t duration_ms) {
    return (struct timeval){.tv_sec = duration_ms / 1000, .tv_usec = duration_ms % 1000 * 1000};
}

static int fail(struct redis_connection *connection) {
    const char *why = connection->context ? connection->context->errstr : "out of memory";
    snprintf(connection->error, sizeof(connection->error), "%s", why);
    redis_disconnect(connection);
    return -EAGAIN;
}

static redisContext *open_context(const struct redis_address *address) {
    struct timeval timeout = time_value(CONNECT_TIMEOUT_MS);
    return address->path[0] ? redisConnectUnixWithTimeout(address->path, timeout)
                            : redisConnectWithTimeout(address->host, address->port, timeout);
}

static void send_login(
    struct redis_connection *connection, struct redis_command *command, unsigned *count) {
    const struct redis_address *address = connection->address;
    if (!address->password[0])
        return;
    redis_command_begin(command, "AUTH");
    if (address->user[0])
        redis_command_string(command, address->user);
    redis_command_string(command, address->password);
    redis_send(connection, command);
    ++*count;
}

static void send_database(
    struct redis_connection *connection, struct redis_command *command, unsigned *count) {
    if (!connection->address->database)
        return;
    redis_command_begin(command, "SELECT");
    redis_command_number(command, connection->address->database);
    redis_send(connection, command);
    ++*count;
}

static void send_name(
    struct redis_connection *connection, struct redis_command *command, unsigned *count) {
    redis_command_begin(command, "CLIENT");
    redis_command_strings(command, "SETNAME", connection->client_name, NULL);
    redis_send(connection, command);
    ++*count;
}

/* Its own command: connection->command may hold the caller's. */
static int introduce(struct redis_connection *connection) {
    struct redis_command command = {0};
    unsigned count = 0;
    int r = 0;
    send_login(connection, &command, &count);
    send_database(connection, &command, &count);
    send_name(connection, &command, &count);
    redis_command_deinit(&command);
    while (r == 0 && count-- > 0)
        r = redis_receive_done(connection);
    if (r < 0)
        redis_disconnect(connection);
    return r;
}

int redis_connect(struct redis_connection *connection) {
    if (connection->context)
        return 0;
    connection->context = open_context(connection->address);
    if (!connection->context || connection->context->err)
        return fail(connection);
    if (redisSetTimeout(connection->context, time_value(REDIS_TIMEOUT_MS)) != REDIS_OK)
        return fail(connection);
    if (!connection->address->path[0])
        redisEnableKeepAlive(connection->context);
    memset(connection->hashes, 0, sizeof(connection->hashes));
    return introduce(connection);
}

static void append_bytes(struct redis_connection *connection, const char *data, size_t size) {
    /* Fails only without memory, and then in the reply too. */
    if (connection->context)
        redisAppendFormattedCommand(connection->context, data, size);
}

void redis_send(struct redis_connection *connection, const struct redis_command *command) {
    char head[16];
    int size = snprintf(head, sizeof(head), "*%u\r\n", command->count);
    append_bytes(connection, head, (size_t)size);
    append_bytes(connection, command->arguments.data, command->arguments.size);
}

static int refused(struct redis_connection *connection, struct text sentence) {
    snprintf(connection->error, sizeof(connection->error), "%.*s", TEXT_ARG(sentence));
    for (size_t i = 0; i < ARRAY_SIZE(refusals); i++)
        if (text_starts_with(sentence, text_from(refusals[i].beginning))) {
            if (refusals[i].is_elsewhere)
                redis_disconnect(connection);
            return refusals[i].result;
        }
    return -EPROTO;
}

static int sort_reply(struct redis_connection *connection, void *received, redisReply **ret_reply) {
    redisReply *reply = received;
    if (reply->type != REDIS_REPLY_ERROR) {
        *ret_reply = reply;
        return 0;
    }
    int r = refused(connection, (struct text){reply->str, reply->len});
    freeReplyObject(reply);
    return r;
}

int redis_receive(struct redis_connection *connection, redisReply **ret_reply) {
    void *received = NULL;
    if (!connection->context)
        return -EAGAIN;
    if (redisGetReply(connection->context, &received) != REDIS_OK)
        return fail(connection);
    return sort_reply(connection, received, ret_reply);
}

/* Writes what was sent so far. */
static int flush(struct redis_connection *connection) {
    int done = 0;
    while (!done)
        if (redisBufferWrite(connection->context, &done) != REDIS_OK)
            return fail(connection);
    return 0;
}

static int wait_readable(struct redis_connection *connection, int cancel_fd) {
    struct pollfd fds[] = {
        {.fd = connection->context->fd, .events = POLLIN}, {.fd = cancel_fd, .events = POLLIN}};
    int r;
    do
        r = poll(fds, ARRAY_SIZE(fds), REDIS_TIMEOUT_MS);
    while (r < 0 && errno == EINTR);
    if (r > 0 && fds[0].revents)
        return 0;
    snprintf(connection->error, sizeof(connection->error), "no answer");
    redis_disconnect(connection);
    return r > 0 ? -ECANCELED : -EAGAIN;
}

static int read_more(struct redis_connection *connection, int cancel_fd) {
    int r = flush(connection);
    if (r == 0)
        r = wait_readable(connection, cancel_fd);
    if (r == 0 && redisBufferRead(connection->context) != REDIS_OK)
        r = fail(connection);
    return r;
}

int redis_receive_unless(
    struct redis_connection *connection, int cancel_fd, redisReply **ret_reply) {
    void *received = NULL;
    int r = connection->context ? 0 : -EAGAIN;
    while (r == 0) {
        if (redisGetReplyFromReader(connection->context, &received) != REDIS_OK)
            return fail(connection);
        if (received)
            return sort_reply(connection, received, ret_reply);
        r = read_more(connection, cancel_fd);
    }
    return r;
}

int redis_receive_done(struct redis_connection *connection) {
    _cleanup_(redis_reply_freep) redisReply *reply = NULL;
    return redis_receive(connection, &reply);
}

int redis_call(struct redis_connection *connection, redisReply **ret_reply) {
    int r = redis_connect(connection);
    if (r < 0)
        return r;
    redis_send(connection, &connection->command);
    return redis_receive(connection, ret_reply);
}

int redis_call_done(struct redis_connection *connection) {
    _cleanup_(redis_reply_freep) redisReply *reply = NULL;
    return redis_call(connection, &reply);
}

static int load_script(struct redis_connection *connection, enum redis_script script) {
    _cleanup_(redis_reply_freep) redisReply *reply = NULL;
    struct redis_command command = {0};
    redis_command_begin(&command, "SCRIPT");
    redis_command_strings(&command, "LOAD", redis_script_body(script), NULL);
    redis_send(connection, &command);
    redis_command_deinit(&command);
    int r = redis_receive(connection, &reply);
    if (r < 0)
        return r;
    if (reply->type != REDIS_REPLY_STRING || reply->len != REDIS_SCRIPT_HASH_SIZE)
        return -EPROTO;
    memcpy(connection->hashes[script], reply->str, REDIS_SCRIPT_HASH_SIZE);
    return 0;
}

int redis_script_begin(
    struct redis_connection *connection, enum redis_script script, unsigned key_count) {
    int r = redis_connect(connection);
    if (r == 0 && !connection->hashes[script][0])
        r = load_script(connection, script);
    if (r < 0)
        return r;
    redis_command_begin(&connection->command, "EVALSHA");
    redis_command_string(&connection->command, connection->hashes[script]);
    redis_command_number(&connection->command, key_count);
    return 0;
}

int redis_script_call(
    struct redis_connection *connection, enum redis_script script, redisReply **ret_reply) {
    int r = redis_call(connection, ret_reply);
    if (r != -ESTALE)
        return r;
    /* The hash is that of the text, so the command at hand stays right. */
    r = load_script(connection, script);
    return r < 0 ? r : redis_call(connection, ret_reply);
}

bool redis_reply_is_array(const redisReply *reply, size_t count_min) {
    return reply->type == REDIS_REPLY_ARRAY && reply->elements >= count_min;
}

const redisReply *redis_reply_find(const redisReply *reply, const char *name) {
    if (reply->type != REDIS_REPLY_ARRAY)
        return NULL;
    for (size_t i = 0; i + 1 < reply->elements; i += 2)
        if (text_equal(redis_reply_text(reply->element[i]), text_from(name)))
            return reply->element[i + 1];
    return NULL;
}

uint64_t redis_entry_sequence(struct text entry) {
    uint64_t sequence;
    return text_to_u64(text_cut(&entry, '-'), &sequence) == 0 ? sequence : 0;
}

uint64_t redis_reply_sequence(const redisReply *reply) {
    return reply ? redis_entry_sequence(redis_reply_text(reply)) : 0;
}

uint64_t redis_reply_number(const redisReply *reply) {
    return reply && reply->type == REDIS_REPLY_INTEGER && reply->integer > 0
               ? (uint64_t)reply->integer
               : 0;
}
