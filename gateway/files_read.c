/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "gateway/file_type.h"
#include "gateway/files_private.h"

enum { HASH_SIZE = 8 };

struct reading {
    struct files *files;
    const char *root; /* resolved */
    struct buffer *error;
};

static void closep(int *fd) {
    if (*fd >= 0)
        close(*fd);
}

static void closedirp(DIR **dir) {
    if (*dir)
        closedir(*dir);
}

static bool fail(struct reading *reading, const char *path, const char *problem) {
    buffer_printf(reading->error, "%s: %s", path, problem);
    return false;
}

/* Where it really is; NULL when that is not below the root, or nowhere. */
static char *resolve(const struct reading *reading, const char *path) {
    char *real = realpath(path, NULL);
    size_t size = strlen(reading->root);
    if (real && strncmp(real, reading->root, size) == 0 && real[size] == '/')
        return real;
    free(real);
    return NULL;
}

/* Whether the last `size` characters are a hash: no word has digits or capitals in it. */
static bool ends_with_hash(struct text stem, size_t size) {
    if (size < HASH_SIZE || size >= stem.size || stem.data[stem.size - 1 - size] != '-')
        return false;
    for (size_t i = stem.size - size; i < stem.size; i++)
        if ((stem.data[i] >= '0' && stem.data[i] <= '9') ||
            (stem.data[i] >= 'A' && stem.data[i] <= 'Z'))
            return true;
    return false;
}

/* Bundlers write a hash of at least eight characters behind the name: "index-BfY3kx_2.js". One of
 * eight may have a hyphen in it. */
static bool has_hash(struct text path) {
    if (!text_starts_with(path, TEXT("/assets/")))
        return false;
    struct text rest = path, name = path;
    while (rest.size > 0)
        name = text_cut(&rest, '/');
    struct text stem = text_cut(&name, '.');
    size_t size = 0;
    while (size < stem.size && stem.data[stem.size - 1 - size] != '-')
        size++;
    return ends_with_hash(stem, size) || ends_with_hash(stem, HASH_SIZE);
}

static struct file *file_new(struct files *files, struct text path) {
    struct file *file = arena_zalloc(&files->arena, sizeof(*file));
    file->path = text_from(arena_copy_text(&files->arena, path));
    file->type = file_type(path);
    file->is_page = text_ends_with(path, TEXT(".html"));
    file->is_immutable = has_hash(path);
    map_put(&files->by_path, file->path, file);
    files->count++;
    return file;
}

static enum file_form cut_form(struct text *path) {
    for (enum file_form form = FILE_AS_IS + 1; form < FILE_FORMS; form++) {
        struct text ending = text_from(file_codings[form].ending);
        if (text_ends_with(*path, ending)) {
            path->size -= ending.size;
            return form;
        }
    }
    return FILE_AS_IS;
}

static void add_form(struct files *files, struct text path, struct text bytes) {
    enum file_form form = cut_form(&path);
    struct file *file = map_get(&files->by_path, path);
    if (!file)
        file = file_new(files, path);
    file->has_codings |= form != FILE_AS_IS;
    file->forms[form].bytes = bytes;
    file->forms[form].etag = etag_of(bytes, file_codings[form].name);
}

/* -EFBIG beyond a limit; else what the system says. */
static int read_bytes(struct files *files, const char *real, struct text *ret_bytes) {
    _cleanup_(closep) int fd = open(real, O_RDONLY | O_CLOEXEC);
    struct stat stat;
    if (fd < 0 || fstat(fd, &stat) < 0)
        return -errno;
    size_t size = (size_t)stat.st_size, done = 0;
    if (size > FILES_ONE_SIZE_MAX || files->size + size > FILES_ALL_SIZE_MAX)
        return -EFBIG;
    char *bytes = arena_alloc(&files->arena, size + 1);
    while (done < size) {
        ssize_t n = read(fd, bytes + done, size - done);
        if (n <= 0)
            return n < 0 ? -errno : -EIO;
        done += (size_t)n;
    }
    files->size += size;
    *ret_bytes = (struct text){bytes, size};
    return 0;
}

static bool read_file(struct reading *reading, const char *real, const char *path) {
    struct text bytes = {0};
    if (reading->files->count == FILES_COUNT_MAX)
        return fail(reading, real, "is one file too many");
    int r = read_bytes(reading->files, real, &bytes);
    if (r == -EFBIG)
        return fail(reading, real, "is too large to be served from memory");
    if (r < 0)
        return fail(reading, real, strerror(-r));
    add_form(reading->files, text_from(path), bytes);
    return true;
}

static bool read_folder(struct reading *reading, const char *folder, const char *path, int depth);

static bool read_entry(
    struct reading *reading, const char *folder, const char *path, const char *name, int depth) {
    char from[PATH_MAX], to[PATH_MAX];
    struct stat stat_buffer;
    int from_size = snprintf(from, sizeof(from), "%s/%s", folder, name);
    int to_size = snprintf(to, sizeof(to), "%s/%s", path, name);
    if (name[0] == '.' || from_size >= PATH_MAX || to_size >= PATH_MAX)
        return true;
    _cleanup_(memory_freep) char *real = resolve(reading, from);
    if (!real || stat(real, &stat_buffer) < 0)
        return true;
    if (S_ISDIR(stat_buffer.st_mode))
        return read_folder(reading, real, to, depth + 1);
    return !S_ISREG(stat_buffer.st_mode) || read_file(reading, real, to);
}

static bool read_folder(struct reading *reading, const char *folder, const char *path, int depth) {
    if (depth > FILES_DEPTH_MAX)
        return fail(reading, folder, "is nested too deeply");
    _cleanup_(closedirp) DIR *dir = opendir(folder);
    if (!dir)
        return fail(reading, folder, strerror(errno));
    for (struct dirent *entry; (entry = readdir(dir));)
        if (!read_entry(reading, folder, path, entry->d_name, depth))
            return false;
    return true;
}

struct files *files_new(const char *folder, struct buffer *ret_error) {
    struct files *files = memory_new(sizeof(*files));
    _cleanup_(memory_freep) char *root = realpath(folder, NULL);
    struct reading reading = {files, root, ret_error};
    bool is_read = root ? read_folder(&reading, root, "", 0)
                        : fail(&reading, folder, strerror(errno));
    if (is_read)
        return files;
    files_free(files);
    return NULL;
}

void files_free(struct files *files) {
    if (!files)
        return;
    map_deinit(&files->by_path);
    arena_deinit(&files->arena);
    free(files);
}
