/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

void es_sink_init(struct es_sink *s)
{
    s->fd = -1;
    s->error = 0;
    es_buf_init(&s->buf, s->storage, sizeof s->storage);
}

bool es_sink_open(struct es_sink *s, const char *path)
{
    s->path = path;
    s->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    return s->fd >= 0;
}

static void write_all(struct es_sink *s, struct es_slice bytes)
{
    while (bytes.n && !s->error) {
        ssize_t n = write(s->fd, bytes.p, bytes.n);
        if (n >= 0) {
            bytes = es_slice_from(bytes, (size_t)n);
        } else if (errno != EINTR) {
            s->error = errno;
        }
    }
}

void es_sink_flush(struct es_sink *s)
{
    if (s->fd >= 0) {
        write_all(s, es_buf_slice(&s->buf));
    }
    es_buf_init(&s->buf, s->storage, sizeof s->storage);
}

void es_sink_put(struct es_sink *s, struct es_slice bytes)
{
    if (s->fd < 0) {
        return;
    }
    if (bytes.n > s->buf.max - s->buf.n) {
        es_sink_flush(s);
    }
    if (bytes.n > s->buf.max) {
        write_all(s, bytes);
    } else {
        es_buf_put(&s->buf, bytes);
    }
}

uint64_t es_sink_tell(struct es_sink *s)
{
    es_sink_flush(s);
    off_t at = s->fd >= 0 ? lseek(s->fd, 0, SEEK_CUR) : 0;
    return at > 0 ? (uint64_t)at : 0;
}

void es_sink_rewrite(struct es_sink *s, uint64_t at, struct es_slice bytes)
{
    es_sink_flush(s);
    if (s->fd >= 0 && !s->error &&
        pwrite(s->fd, bytes.p, bytes.n, (off_t)at) != (ssize_t)bytes.n) {
        s->error = errno;
    }
}

int es_sink_close(struct es_sink *s)
{
    es_sink_flush(s);
    if (s->fd >= 0 && close(s->fd) != 0 && !s->error) {
        s->error = errno;
    }
    s->fd = -1;
    return s->error;
}
