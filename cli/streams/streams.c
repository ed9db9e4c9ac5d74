/* SPDX-License-Identifier: Apache-2.0 */
/* `myeventsctl streams`: what an operator sees of the bus and does about dead letters. */

#include "cli/streams/streams.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/flags.h"

struct streams {
    const char *broker;
    const char *stream; /* "": all */
    const char *replay; /* "": none */
    const char *output;
    bool dead;
    bool as_json;
    struct bus *bus;
    const char *names[2];
    size_t name_count;
};

static const char *const all_streams[] = {"myevents.event", "myevents.booking"};

static const struct flag flags[] = {
    {"broker", FLAG_TEXT, offsetof(struct streams, broker), "redis://127.0.0.1:6379",
        .help = "the bus", .variable = "BROKER_URL"},
    {"stream", FLAG_TEXT, offsetof(struct streams, stream), "",
        .help = "only this one: myevents.event or myevents.booking"},
    {"dead", FLAG_SWITCH, offsetof(struct streams, dead),
        .help = "list the dead letters and why they died"},
    {"replay", FLAG_TEXT, offsetof(struct streams, replay), "",
        .help = "deliver a dead letter to its group again: its entry (with --stream), or all"},
    {"output", FLAG_CHOICE, offsetof(struct streams, output), "text", .choices = "text|json",
        .help = "form of the answer"},
};
static const struct flag_table table = {"myeventsctl streams",
    "shows the streams of the bus: records, lag of every group, dead letters", flags,
    ARRAY_SIZE(flags)};

/* Not where the broker is: its URL may hold a password. */
static int say(const struct streams *streams, const char *name) {
    char error[BUS_ERROR_SIZE];
    bus_error(streams->bus, error);
    fprintf(stderr, "myeventsctl streams: cannot ask the broker for %s: %s\n", name, error);
    return 1;
}

static int show(struct streams *streams) {
    struct stream_row rows[ARRAY_SIZE(all_streams)];
    for (size_t i = 0; i < streams->name_count; i++) {
        rows[i].name = streams->names[i];
        int r = bus_stream_info(streams->bus, rows[i].name, &rows[i].info);
        if (r < 0)
            return say(streams, rows[i].name);
    }
    print_streams(rows, streams->name_count, streams->as_json);
    return 0;
}

static void on_letter(void *data, const struct bus_dead_letter *letter) {
    print_letter(data, letter);
}

static int show_dead(struct streams *streams) {
    struct letter_printer printer = {.as_json = streams->as_json};
    print_letters_begin(&printer);
    for (size_t i = 0; i < streams->name_count; i++) {
        printer.stream = streams->names[i];
        int r = bus_dead_letters(streams->bus, printer.stream, on_letter, &printer);
        if (r < 0)
            return say(streams, printer.stream);
    }
    print_letters_end(&printer);
    return 0;
}

static int replay(struct streams *streams) {
    bool is_all = strcmp(streams->replay, "all") == 0;
    size_t total = 0;
    if (!is_all && streams->name_count > 1) {
        fprintf(stderr, "myeventsctl streams: --replay of one entry needs --stream\n");
        return 2;
    }
    for (size_t i = 0; i < streams->name_count; i++) {
        size_t count = 0;
        int r = bus_replay(
            streams->bus, streams->names[i], is_all ? NULL : streams->replay, &count);
        if (r < 0)
            return say(streams, streams->names[i]);
        total += count;
    }
    if (streams->as_json)
        printf("{\"replayed\":%zu}\n", total);
    else
        printf("replayed %zu dead letters\n", total);
    return is_all || total > 0 ? 0 : 1;
}

static int choose_streams(struct streams *streams) {
    for (size_t i = 0; i < ARRAY_SIZE(all_streams); i++)
        if (!streams->stream[0] || strcmp(streams->stream, all_streams[i]) == 0)
            streams->names[streams->name_count++] = all_streams[i];
    if (streams->name_count > 0)
        return 0;
    fprintf(stderr, "myeventsctl streams: there is no stream \"%s\"; there are %s and %s\n",
        streams->stream, all_streams[0], all_streams[1]);
    return -EINVAL;
}

int command_streams(int argc, char **argv) {
    struct streams streams = {0};
    int r = flags_parse(&table, argc, argv, &streams);
    if (r != 0)
        return r == FLAGS_HELP ? 0 : 2;
    if (choose_streams(&streams) < 0)
        return 2;
    streams.as_json = strcmp(streams.output, "json") == 0;
    signal(SIGPIPE, SIG_IGN);
    if (bus_open(streams.broker, "myeventsctl", &streams.bus) < 0) {
        fprintf(stderr, "myeventsctl streams: %s\n", bus_open_error());
        return 2;
    }
    int status = streams.replay[0] ? replay(&streams)
                 : streams.dead    ? show_dead(&streams)
                                   : show(&streams);
    bus_close(streams.bus);
    return status;
}
