/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The commands. argv begins behind the command's name; the result is the exit status: 0 good, 1 the
 * command found or met something bad, 2 it was called wrongly. */

int command_backup(int argc, char **argv);
int command_loadgen(int argc, char **argv);
int command_seed(int argc, char **argv);
int command_streams(int argc, char **argv);
int command_up(int argc, char **argv);
int command_verify(int argc, char **argv);
