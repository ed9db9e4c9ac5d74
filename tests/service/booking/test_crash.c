/* SPDX-License-Identifier: Apache-2.0 */

/* The process dies in the middle of the work. The child is this program again, started afresh. */

#include "tests/service/booking/stand.h"

#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "services/booking/batch.h"

enum { EVENT_BOOKINGS = 4 * BATCH_CALL_OFF_MAX };

extern char **environ;
static const char *program;

static void die(void) {
    kill(getpid(), SIGKILL);
}

/* --- in the child --- */

/* The cancellation itself is the first change, the first bookings called off are the second. */
static void die_at_second_cancellation(struct stand *stand, struct lane *lane) {
    if (lane->inventory.sale == SALE_CANCELLED && ++stand->seen == 2)
        die();
}

static void child_calls_off(const char *folder) {
    struct stand stand = {.on_change = die_at_second_cancellation};
    stand_start(&stand, folder);
    struct uuid event_id = stand_event(&stand, EVENT_BOOKINGS);
    struct user_entry *user = stand_user(&stand);
    struct ask *asks = memory_new(EVENT_BOOKINGS * sizeof(*asks));
    for (int i = 0; i < EVENT_BOOKINGS; i++)
        asks[i] = ask_book(&event_id, user, 1, i % 2 ? 60000 : 0);
    stand_ask_all(&stand, asks, EVENT_BOOKINGS);
    struct ask off = ask_facts(&event_id, EVENT_BOOKINGS, true, 2);
    stand_ask(&stand, &off);
    pause();
}

/* Says on its standard output what was acknowledged, one line per booking, until it is killed. */
static void child_books(const char *folder) {
    struct stand stand = {0};
    stand_start(&stand, folder);
    struct uuid event_id = stand_event(&stand, INVENTORY_CAPACITY_MAX);
    struct user_entry *user = stand_user(&stand);
    for (;;) {
        struct ask asks[50];
        for (int i = 0; i < 50; i++)
            asks[i] = ask_book(&event_id, user, 1 + i % 3, i % 2 ? 600000 : 0);
        stand_ask_all(&stand, asks, 50);
        char lines[50 * UUID_TEXT_SIZE];
        for (int i = 0; i < 50; i++) {
            uuid_format(&asks[i].booking.id, lines + i * UUID_TEXT_SIZE);
            lines[(i + 1) * UUID_TEXT_SIZE - 1] = '\n';
        }
        if (write(STDOUT_FILENO, lines, sizeof(lines)) != (ssize_t)sizeof(lines))
            die();
    }
}

/* --- in the parent --- */

static pid_t spawn(const char *what, const char *folder, int ret_pipe[2]) {
    char *arguments[] = {(char *)program, (char *)what, (char *)folder, NULL};
    posix_spawn_file_actions_t actions;
    pid_t pid;
    assert_int_equal(pipe(ret_pipe), 0);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ret_pipe[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ret_pipe[0]);
    assert_int_equal(posix_spawn(&pid, program, &actions, NULL, arguments, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(ret_pipe[1]);
    return pid;
}

static void assert_killed(pid_t pid) {
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGKILL);
}

/* The only event in the store. */
static struct uuid only_event(struct stand *stand) {
    size_t cursor = 0;
    struct lane *lane = map_next(&stand->desk.lanes.by_event, &cursor, NULL);
    assert_non_null(lane);
    return lane->inventory.event_id;
}

static char *new_folder(char *folder, size_t size) {
    const char *parent = getenv("TMPDIR");
    snprintf(folder, size, "%s/booking-XXXXXX", parent ? parent : "/tmp");
    assert_non_null(mkdtemp(folder));
    return folder;
}

static int32_t live_seats(struct stand *stand, const struct uuid *event_id) {
    struct inventory inventory = stand_inventory(stand, event_id);
    return inventory.held + inventory.sold;
}

static void calling_off_goes_on_after_a_kill(void **state) {
    char folder[64];
    int pipe_ends[2];
    assert_killed(spawn("call-off", new_folder(folder, sizeof(folder)), pipe_ends));
    close(pipe_ends[0]);

    struct stand stand = {0};
    stand_start(&stand, folder);
    struct uuid event_id = only_event(&stand);
    while (live_seats(&stand, &event_id) > 0)
        usleep(1000);
    struct tally tally = stand_tally(&stand, &event_id);
    assert_int_equal(tally.bookings, EVENT_BOOKINGS);
    assert_int_equal(tally.live, 0);
    /* Two commits before the kill at most: there was something left to do. */
    assert_true(tally.inventory.sequence >= 4);
    stand_free(&stand);
}

static void what_was_acknowledged_survives_a_kill(void **state) {
    char folder[64], line[UUID_TEXT_SIZE + 1];
    int pipe_ends[2];
    pid_t pid = spawn("book", new_folder(folder, sizeof(folder)), pipe_ends);
    FILE *output = fdopen(pipe_ends[0], "r");
    struct uuid *acknowledged = memory_new(100000 * sizeof(*acknowledged));
    size_t count = 0;
    while (count < 100000 && fgets(line, sizeof(line), output)) {
        assert_int_equal(uuid_parse((struct text){line, ID_SIZE}, &acknowledged[count++]), 0);
        if (count == 2000)
            kill(pid, SIGKILL);
    }
    fclose(output);
    assert_killed(pid);
    assert_true(count >= 2000);

    struct stand stand = {0};
    stand_start(&stand, folder);
    struct uuid event_id = only_event(&stand);
    assert_false(stand_is_closed(&stand, &event_id));
    for (size_t i = 0; i < count; i++)
        assert_non_null(stand_entry(&stand, &acknowledged[i]));
    struct tally tally = stand_tally(&stand, &event_id);
    assert_int_equal(tally.held, tally.inventory.held);
    assert_int_equal(tally.sold, tally.inventory.sold);
    free(acknowledged);
    stand_free(&stand);
}

int main(int argc, char **argv) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(calling_off_goes_on_after_a_kill),
        cmocka_unit_test(what_was_acknowledged_survives_a_kill),
    };
    program = argv[0];
    if (argc == 3 && strcmp(argv[1], "call-off") == 0)
        child_calls_off(argv[2]);
    if (argc == 3 && strcmp(argv[1], "book") == 0)
        child_books(argv[2]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
