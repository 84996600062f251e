/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/report_int.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool fail(const struct es_report_file *f, int why, struct es_diag *d)
{
    return es_fail(d, (struct es_loc){.file = f->path}, ES_CODE_ENVIRONMENT,
                   "cannot write: %s", strerror(why ? why : EIO));
}

bool es_report_file_open(struct es_report_file *f, const char *path, struct es_arena *a,
                         struct es_diag *d)
{
    f->path = path;
    f->part = es_arena_printf(a, "%s.part", path);
    f->out = fopen(f->part, "wb");
    return f->out || fail(f, errno, d);
}

bool es_report_file_close(struct es_report_file *f, bool good, struct es_diag *d)
{
    errno = 0;
    good = fflush(f->out) == 0 && !ferror(f->out) && good;
    int why = errno;
    /* The stream is closed whatever happened before. */
    bool closed = fclose(f->out) == 0;
    why = why ? why : errno;
    if (good && closed && rename(f->part, f->path) == 0) {
        return true;
    }
    why = why ? why : errno;
    remove(f->part);
    return fail(f, why, d);
}

bool es_report_write(const struct es_run_result *r, struct es_diag *d)
{
    struct es_arena *a = es_arena_new();
    bool good =
        es_report_write_junit(r, es_arena_printf(a, "%s/junit.xml", r->folder), d);
    good &= es_report_write_jsonl(r, es_arena_printf(a, "%s/run.jsonl", r->folder), d);
    good &=
        es_report_write_summary(r, es_arena_printf(a, "%s/summary.md", r->folder), d);
    es_arena_free(a);
    return good;
}
