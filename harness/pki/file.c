/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pki/file.h"

#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX_BYTES = 1 << 20 };

static bool fail(struct es_diag *d, const char *path, const char *what)
{
    int reason = errno;
    return es_fail(d, (struct es_loc){.file = path}, ES_CODE_ENVIRONMENT,
                   "cannot %s: %s", what, strerror(reason));
}

static bool read_all(int fd, struct es_arena *a, const char *path, size_t size,
                     struct es_slice *out, struct es_diag *d)
{
    struct es_buf b;
    es_buf_build(&b, a, size + 1);
    while (b.n < size) {
        ssize_t n = read(fd, &b.p[b.n], size - b.n);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return fail(d, path, "read");
        }
        if (n == 0) {
            break;
        }
        b.n += (size_t)n;
    }
    *out = es_buf_slice(&b);
    return true;
}

bool es_pki_file_read(struct es_arena *a, const char *path, struct es_slice *out,
                      struct es_diag *d)
{
    struct stat info;
    bool good = false;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return fail(d, path, "open");
    }
    if (fstat(fd, &info) != 0) {
        fail(d, path, "read");
    } else if (!S_ISREG(info.st_mode)) {
        es_fail(d, (struct es_loc){.file = path}, ES_CODE_ENVIRONMENT, "is not a file");
    } else if (info.st_size > FILE_MAX_BYTES) {
        es_fail(d, (struct es_loc){.file = path}, ES_CODE_ENVIRONMENT,
                "is larger than %d octets", FILE_MAX_BYTES);
    } else {
        good = read_all(fd, a, path, (size_t)info.st_size, out, d);
    }
    close(fd);
    return good;
}

static bool write_all(int fd, struct es_slice contents)
{
    while (contents.n > 0) {
        ssize_t n = write(fd, contents.p, contents.n);
        if (n < 0 && errno != EINTR) {
            return false;
        }
        contents = es_slice_from(contents, n > 0 ? (size_t)n : 0);
    }
    return true;
}

bool es_pki_file_write(struct es_arena *a, const char *path, struct es_slice contents,
                       unsigned mode, struct es_diag *d)
{
    const char *part = es_arena_printf(a, "%s.part", path);
    unlink(part); /* a rest of an earlier run may have another mode */
    int fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)mode);
    if (fd < 0) {
        return fail(d, path, "write");
    }
    bool good = write_all(fd, contents);
    int reason = errno;
    if (close(fd) != 0 && good) {
        good = false;
        reason = errno;
    }
    errno = reason;
    if (!good || rename(part, path) != 0) {
        fail(d, path, "write");
        unlink(part);
        return false;
    }
    return true;
}

bool es_pki_folder_make(const char *path, struct es_diag *d)
{
    struct stat info;
    if (mkdir(path, 0777) == 0) {
        return true;
    }
    if (errno == EEXIST && stat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
        return true;
    }
    return fail(d, path, "make the folder");
}

bool es_pki_file_exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0;
}
