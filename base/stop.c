/* SPDX-License-Identifier: Apache-2.0 */
#include "base/stop.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

#include "base/task.h"

/* Orders a request from inside against a signal from outside: together they are one stop. */
static pthread_mutex_t stop_lock = PTHREAD_MUTEX_INITIALIZER;
static bool is_stopping;

static sigset_t stop_signals(void) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    return signals;
}

void stop_init(void) {
    sigset_t signals = stop_signals();
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static void end_at_once(int number _unused_) {
    _exit(1);
}

/* From now on a signal is a second one. It reaches this thread, all others have it blocked. */
static void arm_second_signal(const sigset_t *signals) {
    struct sigaction action = {.sa_handler = end_at_once};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    pthread_sigmask(SIG_UNBLOCK, signals, NULL);
}

int stop_wait(void) {
    sigset_t signals = stop_signals();
    int number = 0;
    while (sigwait(&signals, &number) != 0)
        continue;
    MUTEX_GUARD(&stop_lock);
    is_stopping = true;
    while (sigtimedwait(&signals, NULL, &(struct timespec){0}) > 0)
        continue; /* a request that came in the same moment */
    arm_second_signal(&signals);
    return number;
}

void stop_request(void) {
    MUTEX_GUARD(&stop_lock);
    if (!is_stopping)
        kill(getpid(), SIGTERM);
}
