/* SPDX-License-Identifier: Apache-2.0 */

/*
 *     fuzz_x [-s seconds] [-r number] [file ...]
 *
 * Runs the seeds and the files, then random changes of them for so many seconds. The random numbers
 * are the same in every run unless -r says otherwise. When the target fails, the input is written
 * to standard error in hex: 'xxd -r -p' makes it a file to be run again.
 */

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/memory.h"
#include "tests/fuzz/fuzz.h"

enum { INPUT_SIZE_MAX = 64 * 1024, INPUTS_MAX = 4096, CHANGES_MAX = 8, INSERT_SIZE_MAX = 64 };

struct input {
    uint8_t *data;
    size_t size;
};

static struct input inputs[INPUTS_MAX];
static size_t input_count;
static struct input current;
static uint64_t random_state = 1;

static void print_current(void) {
    static const char digits[] = "0123456789abcdef";
    static char hex[2 * INPUT_SIZE_MAX + 1];
    for (size_t i = 0; i < current.size; i++) {
        hex[2 * i] = digits[current.data[i] >> 4];
        hex[2 * i + 1] = digits[current.data[i] & 15];
    }
    hex[2 * current.size] = '\n';
    if (write(STDERR_FILENO, hex, 2 * current.size + 1) < 0)
        _exit(2);
}

static void on_signal(int number) {
    print_current();
    signal(number, SIG_DFL);
    raise(number);
}

/* There under a sanitizer only, which ends the process without a signal. */
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static void report_failures(void) {
    signal(SIGABRT, on_signal);
    signal(SIGSEGV, on_signal);
    signal(SIGALRM, on_signal); /* an input that takes for ever */
    if (__sanitizer_set_death_callback)
        __sanitizer_set_death_callback(print_current);
}

static uint64_t next_random(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static size_t below(size_t limit) {
    return limit ? next_random() % limit : 0;
}

static void add_input(const void *data, size_t size) {
    if (input_count == INPUTS_MAX || size > INPUT_SIZE_MAX)
        return;
    inputs[input_count++] = (struct input){memory_copy(data, size), size};
}

static void add_file(const char *path) {
    static char bytes[INPUT_SIZE_MAX];
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(2);
    }
    add_input(bytes, fread(bytes, 1, sizeof(bytes), file));
    fclose(file);
}

/* Makes room for, or removes, so many bytes at a place. */
static void insert_bytes(size_t at, const void *bytes, size_t size) {
    if (current.size + size > INPUT_SIZE_MAX)
        return;
    memmove(current.data + at + size, current.data + at, current.size - at);
    memcpy(current.data + at, bytes, size);
    current.size += size;
}

static void remove_bytes(size_t at, size_t size) {
    memmove(current.data + at, current.data + at + size, current.size - at - size);
    current.size -= size;
}

static void flip_bit(void) {
    if (current.size > 0)
        current.data[below(current.size)] ^= (uint8_t)(1 << below(8));
}

static void set_byte(void) {
    static const uint8_t telling[] = "\0\r\n\t :;,=/\"\\0129azAZ\x7f\x80\xff";
    if (current.size > 0)
        current.data[below(current.size)] = telling[below(sizeof(telling) - 1)];
}

static void insert_byte(void) {
    uint8_t byte = (uint8_t)next_random();
    insert_bytes(below(current.size + 1), &byte, 1);
}

static void insert_part_of_another(void) {
    const struct input *other = &inputs[below(input_count)];
    size_t from = below(other->size), size = below(INSERT_SIZE_MAX);
    if (size > other->size - from)
        size = other->size - from;
    insert_bytes(below(current.size + 1), other->data + from, size);
}

static void repeat_part(void) {
    uint8_t part[INSERT_SIZE_MAX];
    size_t from = below(current.size), size = below(sizeof(part));
    if (size > current.size - from)
        size = current.size - from;
    memcpy(part, current.data + from, size);
    insert_bytes(from, part, size);
}

static void remove_part(void) {
    size_t at = below(current.size), size = below(INSERT_SIZE_MAX);
    remove_bytes(at, size < current.size - at ? size : current.size - at);
}

static void cut_off(void) {
    current.size = below(current.size + 1);
}

static void (*const changes[])(void) = {flip_bit, set_byte, set_byte, insert_byte,
    insert_part_of_another, repeat_part, remove_part, cut_off};

static void change(void) {
    const struct input *input = &inputs[below(input_count)];
    memcpy(current.data, input->data, input->size);
    current.size = input->size;
    for (size_t count = below(CHANGES_MAX) + 1; count > 0; count--)
        changes[below(ARRAY_SIZE(changes))]();
}

/* In memory of exactly that size, so that a sanitizer sees a byte too many. */
static void run_current(void) {
    uint8_t *copy = memory_copy(current.data, current.size);
    alarm(60);
    LLVMFuzzerTestOneInput(copy, current.size);
    free(copy);
}

static void run_inputs(void) {
    for (size_t i = 0; i < input_count; i++) {
        memcpy(current.data, inputs[i].data, inputs[i].size);
        current.size = inputs[i].size;
        run_current();
    }
}

static unsigned long run_changes(int seconds) {
    time_t end = time(NULL) + seconds;
    unsigned long runs = 0;
    while (time(NULL) < end)
        for (int i = 0; i < 100; i++, runs++) {
            change();
            run_current();
        }
    return runs;
}

static void add_seeds(void) {
    const void *seed;
    size_t size;
    for (size_t i = 0; (seed = fuzz_seed(i, &size)); i++)
        add_input(seed, size);
}

int main(int argc, char **argv) {
    int seconds = 3;
    for (int option; (option = getopt(argc, argv, "s:r:")) != -1;) {
        if (option == 's')
            seconds = atoi(optarg);
        else if (option == 'r')
            random_state = strtoull(optarg, NULL, 10) | 1;
        else
            return 2;
    }
    add_seeds();
    for (int i = optind; i < argc; i++)
        add_file(argv[i]);
    if (input_count == 0)
        add_input("", 0);
    current.data = memory_new(INPUT_SIZE_MAX);
    report_failures();
    run_inputs();
    printf("%zu inputs, %lu changes of them\n", input_count, run_changes(seconds));
    for (size_t i = 0; i < input_count; i++)
        free(inputs[i].data);
    free(current.data);
    return 0;
}
