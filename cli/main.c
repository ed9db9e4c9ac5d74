/* SPDX-License-Identifier: Apache-2.0 */
/* myeventsctl: everything an operator types. One row per command. */

#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "cli/commands.h"

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
} commands[] = {
    {"backup", command_backup, "copy a store's folder while it is in use"},
    {"loadgen", command_loadgen, "drive a flash sale and judge the outcome"},
    {"seed", command_seed, "fill an empty system with demo venues and events"},
    {"streams", command_streams, "streams of the bus: lag, dead letters, replay"},
    {"up", command_up, "run the whole system on this machine"},
    {"verify", command_verify, "recount a booking store and compare it with what is shown"},
};

static int print_help(FILE *out, int status) {
    fprintf(out, "myeventsctl COMMAND [--flags]\n\n");
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
        fprintf(out, "  %-8s %s\n", commands[i].name, commands[i].help);
    fprintf(out, "\nmyeventsctl COMMAND --help lists a command's flags.\n");
    return status;
}

int main(int argc, char **argv) {
    if (argc < 2)
        return print_help(stderr, 2);
    if (strcmp(argv[1], "--help") == 0)
        return print_help(stdout, 0);
    if (strcmp(argv[1], "--version") == 0)
        return printf("myeventsctl %s\n", MYEVENTS_VERSION) < 0;

    for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 2, argv + 2);

    fprintf(stderr, "myeventsctl: \"%s\" is no command\n\n", argv[1]);
    return print_help(stderr, 2);
}
