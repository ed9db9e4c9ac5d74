/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/attr.h"

_noreturn_ static void memory_abort(void) {
    static const char sentence[] = "out of memory\n";
    ssize_t written _unused_ = write(STDERR_FILENO, sentence, sizeof(sentence) - 1);
    abort();
}

/* libc may answer NULL for no bytes at all, which would look like a failure. */
static size_t at_least_one(size_t size) {
    return size ? size : 1;
}

void *memory_new(size_t size) {
    void *memory = calloc(1, at_least_one(size));
    if (!memory)
        memory_abort();
    return memory;
}

void *memory_resize(void *pointer, size_t size) {
    void *memory = realloc(pointer, at_least_one(size));
    if (!memory)
        memory_abort();
    return memory;
}

void *memory_copy(const void *data, size_t size) {
    void *memory = memory_resize(NULL, size);
    if (size > 0)
        memcpy(memory, data, size);
    return memory;
}

char *memory_copy_string(const char *string) {
    return memory_copy(string, strlen(string) + 1);
}

void memory_freep(void *pointer_to_pointer) {
    free(*(void **)pointer_to_pointer);
}
