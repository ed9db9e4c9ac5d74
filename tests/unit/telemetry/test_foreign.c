/* SPDX-License-Identifier: Apache-2.0 */

/* What is exported is what a collector of another make reads. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/span.h"
#include "mesh/loop.h"
#include "telemetry/exporter.h"

enum { SKIP_TEST = 77, LINE_SIZE = 2048, TIMEOUT_MS = 60000 };

static struct {
    pid_t pid;
    int order; /* it ends when this does */
    FILE *says;
} collector;

/* What it says in its first line; 77 ends the test when it cannot run. */
static int start_collector(const char *script, const char *protos) {
    int order[2], answer[2], status;
    char line[16];
    if (pipe2(order, O_CLOEXEC) < 0 || pipe2(answer, O_CLOEXEC) < 0)
        exit(1);
    collector.pid = fork();
    if (collector.pid == 0) {
        dup2(order[0], 0);
        dup2(answer[1], 1);
        execl("/usr/bin/python3", "python3", script, protos, NULL);
        _exit(SKIP_TEST);
    }
    close(order[0]);
    close(answer[1]);
    collector.order = order[1];
    collector.says = fdopen(answer[0], "r");
    if (fgets(line, sizeof(line), collector.says))
        return atoi(line);
    waitpid(collector.pid, &status, 0);
    exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

static int collector_port;

static void export_one(const struct trace *parent, struct trace *ret_own) {
    char target[32];
    snprintf(target, sizeof(target), "127.0.0.1:%d", collector_port);
    const struct settings settings = {
        .target = target,
        .attributes = {{"service.name", "caf\xc3\xa9"}, {"service.version", "1"}},
        .attribute_count = 2,
        .sampler = sampler_make(SAMPLER_ALWAYS_ON, 1),
    };
    struct loop *loop = loop_new("main");
    const struct exporter_options options = {.loop = loop,
        .settings = &settings,
        .queue_max = 8,
        .batch_max = 8,
        .delay_ms = TIMEOUT_MS,
        .timeout_ms = TIMEOUT_MS,
        .export_timeout_ms = TIMEOUT_MS};
    struct exporter *exporter = exporter_new(&options);
    loop_start(loop);
    exporter_start(exporter);
    struct span *span = span_begin(SPAN_CONSUMER, "process stream", parent, ret_own);
    span_text(span, "messaging.system", TEXT("redis"));
    span_text(span, "empty", TEXT(""));
    span_text(span, "broken", TEXT("a\xff"));
    span_number(span, "negative", INT64_MIN);
    span_number(span, "zero", 0);
    span_link(span, parent);
    span_fail(span, "no seats");
    span_end(span);
    exporter_stop(exporter);
    exporter_free(exporter);
    loop_stop(loop);
    loop_free(loop);
}

static void another_make_reads_all_that_was_said(void **state) {
    char line[LINE_SIZE], expected[LINE_SIZE];
    struct trace parent, own;
    trace_start(&parent);
    export_one(&parent, &own);
    close(collector.order);
    assert_non_null(fgets(line, sizeof(line), collector.says));
    line[strcspn(line, "\n")] = '\0';
    snprintf(expected, sizeof(expected),
        "resource[service.name=caf\xc3\xa9,service.version=1] scope[myevents] "
        "name[process stream] kind[5] trace[%s] span[%s] parent[%s] flags[1] "
        "attributes[messaging.system=redis,empty=,broken=a?,negative=-9223372036854775808,zero=0] "
        "links[%s] status[2 no seats] lasted[True]",
        parent.trace_id, own.span_id, parent.span_id, parent.span_id);
    assert_string_equal(line, expected);
    assert_null(fgets(line, sizeof(line), collector.says));
    int status;
    waitpid(collector.pid, &status, 0);
    assert_int_equal(status, 0);
}

int main(int argc, char **argv) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_make_reads_all_that_was_said),
    };
    collector_port = start_collector(argv[1], argv[2]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
