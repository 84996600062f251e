/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/journal.h"

#include "net/clock.h"
#include "run/run_int.h"
#include "run/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FORMAT = 0x45534a31, /* "ESJ1" */
    FRAME_HEAD = 8,      /* length and checksum */
    RESULT_HEAD = 8,     /* how long the run had lasted */
    DIGITS = 16,         /* of the checksum of a file */
};

/* A power failure costs the results of so long a time. */
#define SYNC_INTERVAL ES_USEC_PER_S

struct es_journal {
    const char *path;
    int fd;
    bool broken; /* a write failed */
    es_usec synced;
};

#define CHECKSUM_START 0xcbf29ce484222325U

/* FNV-1a. */
static uint64_t checksum(uint64_t h, struct es_slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        h = (h ^ s.p[i]) * 0x100000001b3U;
    }
    return h;
}

void es_journal_note_file(struct es_journal_head *head, const char *path,
                          struct es_arena *arena)
{
    uint8_t chunk[4096];
    uint64_t sum = CHECKSUM_START;
    FILE *in = fopen(path, "rb");
    size_t n = in ? fread(chunk, 1, sizeof chunk, in) : 0;
    while (n > 0) {
        sum = checksum(sum, es_slice_make(chunk, n));
        n = fread(chunk, 1, sizeof chunk, in);
    }
    if (in) {
        fclose(in);
    }
    ES_PUSH(arena, &head->files,
            es_arena_printf(arena, "%0*" PRIx64 " %s", DIGITS, in ? sum : 0, path));
}

const char *es_journal_file_path(const char *noted)
{
    return strlen(noted) > DIGITS ? noted + DIGITS + 1 : "";
}

static bool fail(const struct es_journal *j, const char *what, struct es_diag *d)
{
    return es_fail(d, (struct es_loc){.file = j->path}, ES_CODE_ENVIRONMENT, "%s: %s",
                   what, strerror(errno));
}

/* A lock of the whole file. It belongs to this process alone, not to its workers, so that it
 * ends with this one; where a file system knows no locks there is none. */
static bool lock(const struct es_journal *j, struct es_diag *d)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(j->fd, F_SETLK, &whole) == 0 || (errno != EACCES && errno != EAGAIN)) {
        return true;
    }
    bool known = fcntl(j->fd, F_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
    return es_fail(
        d, (struct es_loc){.file = j->path}, ES_CODE_ENVIRONMENT,
        "a run is writing here%s",
        known ? es_arena_printf(d->arena, " (process %ld)", (long)whole.l_pid) : "");
}

static struct es_journal *get_hold(const char *path, int flags, struct es_arena *arena,
                                   struct es_diag *d)
{
    struct es_journal *j = ES_NEW(arena, struct es_journal);
    j->path = path;
    j->fd = open(path, flags | O_CLOEXEC, 0666);
    if (j->fd < 0) {
        fail(j, "cannot be opened", d);
        return NULL;
    }
    if (!lock(j, d)) {
        es_journal_close(j);
        return NULL;
    }
    return j;
}

static bool put(struct es_journal *j, struct es_slice bytes, struct es_diag *d)
{
    uint8_t storage[FRAME_HEAD];
    struct es_buf head;
    es_buf_init(&head, storage, sizeof storage);
    es_buf_u32(&head, (uint32_t)bytes.n);
    es_buf_u32(&head, (uint32_t)checksum(CHECKSUM_START, bytes));
    if (!j->broken &&
        (!es_write_all(j->fd, es_buf_slice(&head)) || !es_write_all(j->fd, bytes))) {
        j->broken = true;
        return fail(j, "cannot write", d);
    }
    es_usec now = es_clock_now();
    if (!j->broken && now >= j->synced + SYNC_INTERVAL) {
        fdatasync(j->fd);
        j->synced = es_clock_now();
    }
    return !j->broken;
}

static void write_head(const struct es_journal_head *h, struct es_buf *out)
{
    es_buf_u32(out, FORMAT);
    es_wire_put_text(out, h->tool_version);
    es_wire_put_text(out, h->run_id);
    es_wire_put_text(out, h->start_folder);
    es_buf_u64(out, (uint64_t)h->start_unix_us);
    es_wire_put_texts(out, h->arguments.at, h->arguments.n);
    es_wire_put_texts(out, h->listed.at, h->listed.n);
    es_wire_put_texts(out, h->files.at, h->files.n);
}

static size_t room_for(const struct es_journal_texts *texts)
{
    size_t room = ES_WIRE_TEXT_MIN;
    for (size_t i = 0; i < texts->n; i++) {
        room += ES_WIRE_TEXT_MIN + strlen(texts->at[i]);
    }
    return room;
}

static size_t room_for_head(const struct es_journal_head *h)
{
    return strlen(h->tool_version) + strlen(h->run_id) + strlen(h->start_folder) +
           room_for(&h->arguments) + room_for(&h->listed) + room_for(&h->files) + 64;
}

struct es_journal *es_journal_create(const char *path,
                                     const struct es_journal_head *head,
                                     struct es_arena *arena, struct es_diag *d)
{
    struct es_journal *j = get_hold(path, O_RDWR | O_CREAT, arena, d);
    struct es_arena *own = es_arena_new();
    struct es_buf bytes;
    es_buf_build(&bytes, own, room_for_head(head));
    write_head(head, &bytes);
    if (j && ftruncate(j->fd, 0) != 0) {
        j->broken = true;
        fail(j, "cannot write", d);
    } else if (j) {
        put(j, es_buf_slice(&bytes), d);
    }
    es_arena_free(own);
    return j;
}

bool es_journal_add(struct es_journal *j, es_usec wall_us,
                    const struct es_instance_result *r, struct es_diag *d)
{
    struct es_arena *own = es_arena_new();
    struct es_buf result, all;
    bool good = es_result_encode(r, own, &result);
    es_buf_build(&all, own, RESULT_HEAD + result.n);
    es_buf_u64(&all, (uint64_t)wall_us);
    es_buf_put(&all, es_buf_slice(&result));
    /* What does not fit into the largest buffer is run again. */
    good = !good || put(j, es_buf_slice(&all), d);
    es_arena_free(own);
    return good;
}

void es_journal_close(struct es_journal *j)
{
    if (j && j->fd >= 0) {
        close(j->fd);
        j->fd = -1;
    }
}

static struct es_journal_texts read_texts(struct es_rd *in, struct es_arena *arena)
{
    struct es_journal_texts texts = {0};
    texts.at = es_wire_texts(in, arena, &texts.n);
    texts.room = texts.n;
    return texts;
}

/* h->tool_version is set where the bytes are a head at all. */
static bool read_head(struct es_slice frame, struct es_arena *arena,
                      struct es_journal_head *h)
{
    struct es_rd in;
    es_rd_init(&in, frame);
    bool known = es_rd_u32(&in) == FORMAT;
    h->tool_version = known ? es_wire_text(&in, arena) : NULL;
    if (!h->tool_version || strcmp(h->tool_version, ES_VERSION) != 0) {
        return false;
    }
    h->run_id = es_wire_text(&in, arena);
    h->start_folder = es_wire_text(&in, arena);
    h->start_unix_us = (int64_t)es_rd_u64(&in);
    h->arguments = read_texts(&in, arena);
    h->listed = read_texts(&in, arena);
    h->files = read_texts(&in, arena);
    return !in.failed && h->run_id && h->start_folder;
}

/* The next frame; false at the end of what is whole. */
static bool next_frame(struct es_rd *in, struct es_slice *frame)
{
    struct es_rd ahead = *in;
    uint32_t length = es_rd_u32(&ahead);
    uint32_t sum = es_rd_u32(&ahead);
    *frame = es_rd_bytes(&ahead, length);
    if (ahead.failed || sum != (uint32_t)checksum(CHECKSUM_START, *frame)) {
        return false;
    }
    *in = ahead;
    return true;
}

static void read_results(struct es_rd *in, struct es_arena *arena,
                         struct es_journal_content *out)
{
    struct es_slice frame;
    struct es_rd whole = *in;
    while (next_frame(in, &frame)) {
        struct es_instance_result r;
        struct es_rd head;
        es_rd_init(&head, frame);
        es_usec wall_us = (es_usec)es_rd_u64(&head);
        if (!es_instance_result_read(es_rd_rest(&head), arena, &r)) {
            break;
        }
        ES_PUSH(arena, &out->results, r);
        out->wall_us = wall_us;
        whole = *in;
    }
    *in = whole;
}

static bool read_bytes(const struct es_journal *j, struct es_arena *arena,
                       struct es_slice *out, struct es_diag *d)
{
    struct stat info;
    if (fstat(j->fd, &info) != 0) {
        return fail(j, "cannot be read", d);
    }
    size_t size = (size_t)info.st_size;
    uint8_t *bytes = es_arena_alloc(arena, size + 1);
    size_t at = 0;
    while (at < size) {
        ssize_t n = read(j->fd, bytes + at, size - at);
        if (n == 0 || (n < 0 && errno != EINTR)) {
            break;
        }
        at += n > 0 ? (size_t)n : 0;
    }
    *out = es_slice_make(bytes, at);
    return at == size || fail(j, "cannot be read", d);
}

static bool fail_head(const struct es_journal *j, const struct es_journal_head *h,
                      struct es_diag *d)
{
    struct es_loc loc = {.file = j->path};
    if (!h->tool_version || strcmp(h->tool_version, ES_VERSION) == 0) {
        return es_fail(d, loc, ES_CODE_INPUT, "is not the journal of a run");
    }
    return es_fail(d, loc, ES_CODE_INPUT,
                   "was written by estspec %s; this is %s, which would judge otherwise",
                   h->tool_version, ES_VERSION);
}

/* Reads everything and stands behind the last frame that is whole. */
static bool read_all(struct es_journal *j, struct es_arena *bytes,
                     struct es_arena *arena, struct es_journal_content *out,
                     struct es_diag *d)
{
    struct es_slice all = ES_SLICE_NONE, frame = ES_SLICE_NONE;
    struct es_rd in;
    ES_TRY(read_bytes(j, bytes, &all, d));
    es_rd_init(&in, all);
    if (!next_frame(&in, &frame) || !read_head(frame, arena, &out->head)) {
        return fail_head(j, &out->head, d);
    }
    read_results(&in, arena, out);
    if (ftruncate(j->fd, (off_t)in.at) != 0 || lseek(j->fd, 0, SEEK_END) < 0) {
        return fail(j, "cannot write", d);
    }
    return true;
}

struct es_journal *es_journal_open(const char *path, struct es_arena *arena,
                                   struct es_journal_content *out, struct es_diag *d)
{
    struct es_journal *j = get_hold(path, O_RDWR, arena, d);
    struct es_arena *bytes = es_arena_new();
    *out = (struct es_journal_content){.wall_us = 0};
    if (j && !read_all(j, bytes, arena, out, d)) {
        es_journal_close(j);
        j = NULL;
    }
    es_arena_free(bytes);
    return j;
}
