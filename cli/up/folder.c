/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/up/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

/* Grows when an old folder could not be read any more. */
#define FOLDER_VERSION "1"
#define RUN_PREFIX     "/tmp/myevents-"

enum { FILE_PATH_SIZE = PATH_MAX + 16 };

_printf_(1, 2) static int refuse(const char *format, ...) {
    va_list args;
    va_start(args, format);
    fprintf(stderr, "myeventsctl up: ");
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n");
    va_end(args);
    return -1;
}

static int make_folder(const char *path) {
    if (mkdir(path, 0700) < 0 && errno != EEXIST)
        return refuse("cannot make the data folder %s: %s", path, strerror(errno));
    return 0;
}

static int count_entries(const char *path) {
    DIR *dir = opendir(path);
    if (!dir)
        return refuse("cannot use the data folder %s: %s", path, strerror(errno));
    int count = 0;
    for (struct dirent *entry; (entry = readdir(dir));)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(dir);
    return count;
}

static int write_version(const char *path) {
    char file[FILE_PATH_SIZE];
    snprintf(file, sizeof file, "%s/VERSION", path);
    int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return refuse("cannot write %s: %s", file, strerror(errno));
    bool is_written = write(fd, FOLDER_VERSION "\n", 2) == 2 && fsync(fd) == 0;
    close(fd);
    return is_written ? 0 : refuse("cannot write %s: %s", file, strerror(errno));
}

static int check_version(const char *path) {
    char file[FILE_PATH_SIZE], version[32] = {0};
    snprintf(file, sizeof file, "%s/VERSION", path);
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return refuse(
            "%s is not empty and no data folder of MyEvents; choose another with --data", path);
    ssize_t size = read(fd, version, sizeof version - 1);
    close(fd);
    version[size > 0 ? strcspn(version, "\n") : 0] = '\0';
    if (strcmp(version, FOLDER_VERSION) != 0)
        return refuse(
            "data folder %s has version \"%s\", this program reads version " FOLDER_VERSION
            "; run the program that wrote it, or choose another folder with --data",
            path, version);
    return 0;
}

static int claim(const char *path) {
    int count = count_entries(path);
    if (count < 0)
        return -1;
    return count == 0 ? write_version(path) : check_version(path);
}

static int lock_folder(struct folder *folder) {
    char file[FILE_PATH_SIZE];
    snprintf(file, sizeof file, "%s/LOCK", folder->path);
    folder->lock_fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (folder->lock_fd < 0)
        return refuse("cannot open %s: %s", file, strerror(errno));
    if (flock(folder->lock_fd, LOCK_EX | LOCK_NB) < 0)
        return refuse(
            "data folder %s is in use by another `up`; stop it or choose another with --data",
            folder->path);
    return 0;
}

static int make_parts(const struct folder *folder) {
    static const char *const parts[] = {"redis", "event", "booking"};
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        char path[FILE_PATH_SIZE];
        snprintf(path, sizeof path, "%s/%s", folder->path, parts[i]);
        if (make_folder(path) < 0)
            return -1;
    }
    return 0;
}

/* --- sockets --- */

static void remove_sockets(const char *run_path) {
    DIR *dir = opendir(run_path);
    if (!dir)
        return;
    for (struct dirent *entry; (entry = readdir(dir));)
        unlinkat(dirfd(dir), entry->d_name, 0);
    closedir(dir);
    rmdir(run_path);
}

/* What a supervisor left behind that was killed. */
static void remove_old_run(const char *link) {
    char old[PATH_MAX] = {0};
    if (readlink(link, old, sizeof old - 1) > 0 &&
        text_starts_with(text_from(old), TEXT(RUN_PREFIX)))
        remove_sockets(old);
    unlink(link);
}

static int make_run(struct folder *folder) {
    char link[FILE_PATH_SIZE];
    snprintf(link, sizeof link, "%s/run", folder->path);
    remove_old_run(link);
    strcpy(folder->run_path, RUN_PREFIX "XXXXXX");
    if (!mkdtemp(folder->run_path))
        return refuse("cannot make a folder for sockets in /tmp: %s", strerror(errno));
    if (symlink(folder->run_path, link) < 0)
        return refuse("cannot make %s: %s", link, strerror(errno));
    return 0;
}

int folder_open(const char *path, struct folder *ret_folder) {
    struct folder folder = {.lock_fd = -1};
    if (make_folder(path) < 0)
        return -1;
    if (!realpath(path, folder.path))
        return refuse("cannot resolve %s: %s", path, strerror(errno));
    if (claim(folder.path) < 0 || lock_folder(&folder) < 0 || make_parts(&folder) < 0 ||
        make_run(&folder) < 0) {
        folder_close(&folder);
        return -1;
    }
    *ret_folder = folder;
    return 0;
}

void folder_close(struct folder *folder) {
    if (folder->run_path[0]) {
        char link[FILE_PATH_SIZE];
        snprintf(link, sizeof link, "%s/run", folder->path);
        remove_sockets(folder->run_path);
        unlink(link);
    }
    if (folder->lock_fd >= 0)
        close(folder->lock_fd);
    *folder = (struct folder){.lock_fd = -1};
}
