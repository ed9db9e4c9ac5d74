/* SPDX-License-Identifier: Apache-2.0 */
/* A service of one method, served and called. */
#include <stdio.h>

#include "examples/c/hello.mesh.h"
#include "mesh/loop.h"

typedef Examples__Hello__V1__GreetRequest GreetRequest;
typedef Examples__Hello__V1__GreetResponse GreetResponse;

static void greet(struct call *call, const GreetRequest *request, void *data) {
    GreetResponse response = EXAMPLES__HELLO__V1__GREET_RESPONSE__INIT;
    if (request->name[0] == '\0') {
        call_fail(call, STATUS_INVALID_ARGUMENT, "NAME_MISSING", "name must not be empty");
        return;
    }
    response.greeting = arena_printf(call_arena(call), "Hello, %s!", request->name);
    greeter_greet_reply(call, &response);
}

static int call_it(struct loop *loop, int port, const char *name) {
    char target[32];
    struct arena arena;
    GreetRequest request = EXAMPLES__HELLO__V1__GREET_REQUEST__INIT;
    const GreetResponse *response;
    snprintf(target, sizeof(target), "127.0.0.1:%d", port);
    struct channel *channel = channel_new(loop, target, NULL);
    arena_init(&arena, 0);
    request.name = (char *)name;
    struct status status = greeter_greet_and_wait(channel, NULL, &request, &arena, &response);
    puts(status.code == STATUS_OK ? response->greeting : status.message);
    arena_deinit(&arena);
    channel_free(channel);
    return status.code;
}

int main(int argc, char **argv) {
    static const struct greeter_handlers handlers = {.greet = greet};
    struct loop *loop = loop_new("main");
    struct server *server = server_new(loop, NULL);
    int port, status = STATUS_UNAVAILABLE;
    greeter_register(server, &handlers, NULL);
    loop_start(loop);
    if (server_listen(server, "127.0.0.1:0", &port) == 0) {
        server_start(server);
        status = call_it(loop, port, argc > 1 ? argv[1] : "world");
    }
    server_drain(server, 1000);
    server_free(server);
    loop_stop(loop);
    loop_free(loop);
    return status;
}
