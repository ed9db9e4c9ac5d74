/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/goaway.h"

#include <dlfcn.h>
#include <pthread.h>

#include "base/attr.h"
#include "base/task.h"

/* A call on a thread of core's: its inner functions need what such a thread has prepared. */
struct errand {
    grpc_completion_queue_functor functor;
    void (*send)(grpc_server *server);
    grpc_server *server;
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool is_done;
};

static void run(grpc_completion_queue_functor *functor, int ok) {
    struct errand *errand = container_of(functor, struct errand, functor);
    errand->send(errand->server);
    MUTEX_GUARD(&errand->lock);
    errand->is_done = true;
    pthread_cond_signal(&errand->done);
}

/* Core reports the end of such a queue on a thread of its own. */
static void run_inside(struct errand *errand) {
    grpc_completion_queue *queue = grpc_completion_queue_create_for_callback(
        &errand->functor, NULL);
    grpc_completion_queue_shutdown(queue);
    pthread_mutex_lock(&errand->lock);
    while (!errand->is_done)
        pthread_cond_wait(&errand->done, &errand->lock);
    pthread_mutex_unlock(&errand->lock);
    grpc_completion_queue_destroy(queue);
}

bool goaway_send(grpc_server *server) {
    struct errand errand = {
        .functor.functor_run = run,
        .server = server,
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .done = PTHREAD_COND_INITIALIZER,
    };
    *(void **)&errand.send = dlsym(RTLD_DEFAULT, "_ZN9grpc_core6Server11SendGoawaysEv");
    if (errand.send)
        run_inside(&errand);
    return errand.send != NULL;
}
