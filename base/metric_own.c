/* SPDX-License-Identifier: Apache-2.0 */
/* What every process tells about itself. */
#include "base/log.h"
#include "base/metric.h"
#include "base/process.h"

static struct metric_series *own_counter(const char *name, const char *help) {
    return metric_series(metric_counter(name, help, NULL));
}

static struct metric_series *own_gauge(const char *name, const char *help) {
    return metric_series(metric_gauge(name, help, NULL));
}

static struct {
    struct metric_series *cpu_seconds, *resident, *open_fds, *max_fds, *lost_lines;
} own;

static void collect_own(void *data _unused_) {
    struct process_usage usage;
    process_read_usage(&usage);
    metric_set_real(own.cpu_seconds, usage.cpu_seconds);
    metric_set(own.resident, usage.resident_bytes);
    metric_set(own.open_fds, usage.open_fds);
    metric_set(own.max_fds, usage.max_fds);
    metric_set(own.lost_lines, (int64_t)log_lost_count());
}

void metric_init(const char *service) {
    struct metric *build = metric_gauge("myevents_build_info",
        "Which program this is; the value is always 1.", "service", "version", NULL);
    metric_set(metric_series(build, service, MYEVENTS_VERSION), 1);
    own.cpu_seconds = own_counter(
        "process_cpu_seconds_total", "Total user and system CPU time spent in seconds.");
    own.resident = own_gauge("process_resident_memory_bytes", "Resident memory size in bytes.");
    own.open_fds = own_gauge("process_open_fds", "Number of open file descriptors.");
    own.max_fds = own_gauge("process_max_fds", "Maximum number of open file descriptors.");
    own.lost_lines = own_counter("myevents_log_lines_lost_total", "Log lines whose write failed.");
    metric_set_real(own_gauge("process_start_time_seconds",
                        "Start time of the process since unix epoch in seconds."),
        process_start_time());
    metric_on_collect(collect_own, NULL);
}
