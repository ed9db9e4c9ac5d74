/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log_line.h"
#include "base/log_spec.h"
#include "base/task.h"
#include "base/trace.h"

static struct {
    char service[64];
    enum log_level level;
    enum log_format format;
} settings = {.level = LOG_INFO};

static _Atomic uint64_t lost_count;

void log_init(const char *service, enum log_level level, enum log_format format) {
    snprintf(settings.service, sizeof(settings.service), "%s", service);
    settings.level = level;
    settings.format = format;
}

bool log_is_on(enum log_level level) {
    return level >= settings.level;
}

uint64_t log_lost_count(void) {
    return atomic_load_explicit(&lost_count, memory_order_relaxed);
}

/*
 * The format is walked twice, because the fixed words come before the scope in the line and the
 * pairs after it. Each walk takes every argument, and writes what it is there for.
 */
struct walk {
    const char *format;
    va_list args;
    struct log_line *line; /* NULL: take the arguments only */
};

static void walk_skip_spaces(struct walk *walk) {
    while (*walk->format == ' ')
        walk->format++;
}

/* The size of "key" when the format goes on with "key=", otherwise 0. */
static size_t key_size(const char *format) {
    size_t size = 0;
    while ((format[size] >= 'a' && format[size] <= 'z') || format[size] == '_' ||
           (size > 0 && ((format[size] >= '0' && format[size] <= '9') || format[size] == '.')))
        size++;
    return format[size] == '=' ? size : 0;
}

static void walk_put(struct walk *walk, struct text text) {
    if (walk->line)
        log_line_put_value(walk->line, text);
}

/* One conversion. True when what it wrote is a number as JSON has them. */
static bool walk_spec(struct walk *walk) {
    struct log_spec spec;
    char scratch[LOG_SPEC_TEXT_SIZE];
    const char *after = log_spec_take(walk->format, &walk->args, &spec);
    if (!after) {
        /* How the argument is passed is unknown, so nothing behind it can be read either. */
        walk_put(walk, text_from(walk->format));
        walk->format = "";
        return false;
    }
    walk->format = after;
    if (!walk->line)
        return false;
    walk_put(walk, log_spec_print(&spec, scratch));
    return log_spec_is_number(&spec);
}

/* Up to the next space. True when it was a single number. */
static bool walk_token(struct walk *walk) {
    unsigned pieces = 0;
    bool is_number = false;
    for (; *walk->format && *walk->format != ' '; pieces++) {
        if (*walk->format == '%') {
            is_number = walk_spec(walk);
            continue;
        }
        size_t size = strcspn(walk->format, " %");
        walk_put(walk, (struct text){walk->format, size});
        walk->format += size;
    }
    return is_number && pieces == 1;
}

/* Writes the tokens without a key, one space between them. */
static void walk_words(struct walk *walk, struct log_line *line) {
    bool is_first = true;
    for (walk_skip_spaces(walk); *walk->format; walk_skip_spaces(walk)) {
        walk->line = key_size(walk->format) ? NULL : line;
        if (walk->line && !is_first)
            walk_put(walk, TEXT(" "));
        is_first = is_first && !walk->line;
        walk_token(walk);
    }
}

static void walk_pairs(struct walk *walk, struct log_line *line) {
    for (walk_skip_spaces(walk); *walk->format; walk_skip_spaces(walk)) {
        size_t size = key_size(walk->format);
        bool is_open = size && log_line_open(line, (struct text){walk->format, size});
        walk->line = is_open ? line : NULL;
        walk->format += size ? size + 1 : 0;
        bool is_number = walk_token(walk);
        if (is_open)
            log_line_close(line, is_number);
    }
}

static void put_time(struct log_line *line) {
    char text[CLOCK_TEXT_SIZE];
    clock_format_ms(clock_wall_ms(), text);
    log_line_field(line, TEXT("ts"), text_from(text));
}

static void put_optional(struct log_line *line, struct text key, const char *value) {
    if (value && value[0])
        log_line_field(line, key, text_from(value));
}

static void put_scope(struct log_line *line, const struct log_scope *scope) {
    put_optional(line, TEXT("service"), settings.service);
    if (!scope)
        return;
    put_optional(line, TEXT("component"), scope->component);
    put_optional(line, TEXT("method"), scope->method);
    if (!scope->trace)
        return;
    put_optional(line, TEXT("trace_id"), scope->trace->trace_id);
    put_optional(line, TEXT("span_id"), scope->trace->span_id);
}

static void line_write(struct text line) {
    ssize_t written;
    do
        written = write(STDOUT_FILENO, line.data, line.size);
    while (written < 0 && errno == EINTR);
    if (written != (ssize_t)line.size)
        atomic_fetch_add_explicit(&lost_count, 1, memory_order_relaxed);
}

static void put_words(struct log_line *line, const char *format, va_list args) {
    struct walk walk = {.format = format};
    va_copy(walk.args, args);
    if (log_line_open(line, TEXT("msg"))) {
        walk_words(&walk, line);
        log_line_close(line, false);
    }
    va_end(walk.args);
}

static void put_pairs(struct log_line *line, const char *format, va_list args) {
    struct walk walk = {.format = format};
    va_copy(walk.args, args);
    walk_pairs(&walk, line);
    va_end(walk.args);
}

void log_write(enum log_level level, const struct log_scope *scope, const char *format, ...) {
    static const char *const level_names[] = {"debug", "info", "warn", "error"};
    if (!log_is_on(level))
        return;
    int saved_errno = errno;
    struct log_line line;
    va_list args;
    va_start(args, format);
    log_line_init(&line, settings.format == LOG_JSON);
    put_time(&line);
    log_line_field(&line, TEXT("level"), text_from(level_names[level]));
    put_words(&line, format, args);
    put_scope(&line, scope);
    put_pairs(&line, format, args);
    line_write(log_line_finish(&line));
    va_end(args);
    errno = saved_errno;
}

static pthread_mutex_t budget_lock = PTHREAD_MUTEX_INITIALIZER;

/* How many lines of earlier seconds were suppressed, once. */
static uint32_t budget_turn(struct log_budget *budget, int64_t second) {
    if (budget->second == second)
        return 0;
    uint32_t suppressed = budget->suppressed;
    budget->second = second;
    budget->spent = budget->suppressed = 0;
    return suppressed;
}

bool log_budget_take(struct log_budget *budget, const char *what) {
    int64_t second = clock_monotonic_ms() / 1000;
    uint32_t suppressed;
    bool may_write;
    {
        MUTEX_GUARD(&budget_lock);
        suppressed = budget_turn(budget, second);
        may_write = budget->spent < budget->per_second;
        budget->spent += may_write;
        budget->suppressed += !may_write;
    }
    if (suppressed)
        log_info(NULL, "%s not logged count=%u", what, suppressed);
    return may_write;
}
