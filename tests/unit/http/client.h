/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A plain blocking client: it sends exactly the bytes it is told and reads answers strictly.
 * Whatever does not come within ten seconds fails the test. */

#include <stdbool.h>

#include "base/buffer.h"
#include "base/text.h"

struct client {
    int fd;
    struct buffer input;
    size_t used;
};

struct reply {
    int status;
    struct buffer head; /* with the empty line */
    struct buffer body;
    bool is_complete; /* false: the connection ended before the body did */
};

struct client client_connect(int port);
struct client client_connect_narrow(int port, int receive_size); /* the kernel takes so little */
void client_close(struct client *client);
void client_reset(struct client *client); /* closes with RST */
void client_send(struct client *client, const char *bytes);
void client_send_text(struct client *client, struct text bytes);

/* Reads one answer; one to HEAD has no body. */
void client_read(struct client *client, struct reply *reply);
void client_read_head(struct client *client, struct reply *reply);
/* Reads exactly so many bytes. */
void client_skip(struct client *client, size_t size);
/* At least one more byte of what comes; false at the end. */
bool client_read_some(struct client *client);
struct text client_unread(const struct client *client);
/* The server ends the connection, with nothing before that. */
void client_expect_end(struct client *client);

void reply_deinit(struct reply *reply);
bool reply_has(const struct reply *reply, const char *line); /* a complete header line */

/* Sends, reads one answer and checks status and body (NULL: any). */
void client_expect(struct client *client, const char *request, int status, const char *body);
