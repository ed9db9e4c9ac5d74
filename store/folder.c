/* SPDX-License-Identifier: Apache-2.0 */
#include "store/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char lock_name[] = "writer.lock";
enum { FOLDER_MODE = 0700, LOCK_MODE = 0600 };

int folder_sync(const char *path) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int r = fsync(fd) < 0 ? -errno : 0;
    close(fd);
    return r;
}

static int sync_parent(const char *path) {
    char parent[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t size = slash ? (size_t)(slash - path) : 0;
    if (!slash)
        return folder_sync(".");
    if (size == 0)
        return folder_sync("/");
    memcpy(parent, path, size);
    parent[size] = '\0';
    return folder_sync(parent);
}

static int make_one(const char *path) {
    if (mkdir(path, FOLDER_MODE) == 0)
        return sync_parent(path);
    struct stat status;
    int r = -errno;
    if (r == -EEXIST && stat(path, &status) == 0)
        return S_ISDIR(status.st_mode) ? 0 : -ENOTDIR;
    return r;
}

int folder_make(const char *path) {
    char part[PATH_MAX];
    size_t size = strlen(path);
    if (size == 0 || size >= sizeof(part))
        return size == 0 ? -EINVAL : -ENAMETOOLONG;
    for (size_t end = 1; end <= size; end++) {
        if ((path[end] != '/' && path[end] != '\0') || path[end - 1] == '/')
            continue;
        memcpy(part, path, end);
        part[end] = '\0';
        int r = make_one(part);
        if (r < 0)
            return r;
    }
    return 0;
}

int folder_check_empty(const char *path) {
    DIR *folder = opendir(path);
    if (!folder)
        return -errno;
    int r = 0;
    for (const struct dirent *entry; r == 0 && (entry = readdir(folder));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            r = -ENOTEMPTY;
    closedir(folder);
    return r;
}

static pid_t read_holder(int fd) {
    char digits[32] = {0};
    return pread(fd, digits, sizeof(digits) - 1, 0) > 0 ? (pid_t)strtol(digits, NULL, 10) : 0;
}

static int write_holder(int fd) {
    return ftruncate(fd, 0) < 0 || dprintf(fd, "%d\n", (int)getpid()) < 0 ? -errno : 0;
}

int folder_lock(const char *path, int *ret_fd, pid_t *ret_holder) {
    char name[PATH_MAX];
    if (snprintf(name, sizeof(name), "%s/%s", path, lock_name) >= (int)sizeof(name))
        return -ENAMETOOLONG;
    int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, LOCK_MODE);
    if (fd < 0)
        return -errno;
    int r = flock(fd, LOCK_EX | LOCK_NB) < 0 ? -errno : write_holder(fd);
    if (r == -EWOULDBLOCK) {
        *ret_holder = read_holder(fd);
        r = -EBUSY;
    }
    if (r < 0) {
        close(fd);
        return r;
    }
    *ret_fd = fd;
    return 0;
}
