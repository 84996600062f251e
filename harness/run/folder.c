/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/buf.h"
#include "run/run.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* A path may have 4096 bytes, a name 255; the report folder stands before it. */
enum { NAME_MAX_BYTES = 200 };

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("-_.,=+@~", c));
}

static uint32_t hash(const char *text)
{
    uint32_t h = 2166136261u;
    for (; *text; text++) {
        h = (h ^ (uint8_t)*text) * 16777619u;
    }
    return h;
}

/* One name of the path; slashes in values (inside brackets) are no separators. */
static bool put_name(struct es_buf *out, struct es_slice name)
{
    bool same = !es_slice_is(name, "..") && name.n <= NAME_MAX_BYTES;
    for (size_t i = 0; i < name.n && i < NAME_MAX_BYTES; i++) {
        char c = (char)name.p[i];
        bool plain = is_plain(c) && !(i == 0 && c == '.');
        if (c != ']') {
            es_buf_u8(out, (uint8_t)(c == '[' ? '.' : plain ? c : '_'));
        }
        same = same && (plain || c == '[' || c == ']');
    }
    return same;
}

const char *es_run_instance_folder(const char *id, struct es_arena *arena)
{
    struct es_buf out;
    struct es_slice rest = es_slice_of(id);
    size_t bracket = es_slice_find(rest, '[');
    bool same = true;
    es_buf_build(&out, arena, rest.n + 16);
    for (size_t at = 0; at < rest.n;) {
        size_t slash = at + es_slice_find(es_slice_from(rest, at), '/');
        size_t end = slash < bracket ? slash : rest.n;
        if (end > at) {
            es_buf_text(&out, out.n ? "/" : "");
            same = put_name(&out, es_slice_sub(rest, at, end - at)) && same;
        }
        at = end + 1;
    }
    if (!same) {
        /* Two ids that differ only in what was mapped must not share a folder. */
        es_buf_printf(&out, "~%08" PRIx32, hash(id));
    }
    return es_buf_cstr(&out);
}

static bool make_one(const char *path, struct es_diag *d)
{
    struct stat info;
    if (mkdir(path, 0777) == 0 || errno == EEXIST) {
        if (stat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
            return true;
        }
        errno = ENOTDIR;
    }
    return es_fail(d, (struct es_loc){.file = path}, ES_CODE_ENVIRONMENT,
                   "cannot make the folder: %s", strerror(errno));
}

bool es_run_folder_make(const char *path, struct es_diag *d)
{
    struct stat info;
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
        return true;
    }
    for (size_t i = 1; path[i]; i++) {
        if (path[i] != '/') {
            continue;
        }
        const char *above = es_arena_text(d->arena, es_slice_make(path, i));
        if (stat(above, &info) != 0) {
            ES_TRY(make_one(above, d));
        }
    }
    return make_one(path, d);
}

const char *es_run_id(int64_t unix_us, uint64_t seed, struct es_arena *arena)
{
    time_t seconds = (time_t)(unix_us / ES_USEC_PER_S);
    struct tm parts = {0};
    char text[32] = "";
    gmtime_r(&seconds, &parts);
    strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &parts);
    return es_arena_printf(arena, "%s-%" PRIx64, text, seed);
}
