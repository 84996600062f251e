/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/diag.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const int statuses[] = {
#define X(name, status, text) [ES_CODE_##name] = status,
#include "base/codes.def"
#undef X
};

struct es_diag *es_diag_new(void)
{
    struct es_diag *d = es_mem_alloc(sizeof *d);
    d->arena = es_arena_new();
    return d;
}

void es_diag_free(struct es_diag *d)
{
    if (d) {
        es_arena_free(d->arena);
        es_mem_free(d);
    }
}

void es_diag_reset(struct es_diag *d)
{
    es_arena_reset(d->arena);
    d->count = d->total = 0;
}

static bool same_place(struct es_loc a, struct es_loc b)
{
    bool same_file =
        a.file == b.file || (a.file && b.file && strcmp(a.file, b.file) == 0);
    return same_file && a.line == b.line && a.col == b.col && a.off == b.off;
}

static void add(struct es_diag *d, struct es_loc loc, enum es_code code,
                const char *msg, int32_t cause)
{
    for (size_t i = 0; i < d->count; i++) {
        if (same_place(d->notes[i].loc, loc) && strcmp(d->notes[i].msg, msg) == 0) {
            return;
        }
    }
    d->total++;
    if (d->count < ES_DIAG_MAX) {
        if (loc.file) {
            loc.file = es_arena_text(d->arena, es_slice_of(loc.file));
        }
        d->notes[d->count++] = (struct es_note){code, loc, msg, NULL, cause};
    }
}

bool es_fail(struct es_diag *d, struct es_loc loc, enum es_code code, const char *fmt,
             ...)
{
    va_list args;
    va_start(args, fmt);
    add(d, loc, code, es_arena_vprintf(d->arena, fmt, args), -1);
    va_end(args);
    return false;
}

bool es_diag_chain(struct es_diag *d, struct es_loc loc, enum es_code code,
                   const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    add(d, loc, code, es_arena_vprintf(d->arena, fmt, args), (int32_t)d->count - 1);
    va_end(args);
    return false;
}

bool es_hint(struct es_diag *d, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    if (d->count && !d->notes[d->count - 1].hint) {
        d->notes[d->count - 1].hint = es_arena_vprintf(d->arena, fmt, args);
    }
    va_end(args);
    return false;
}

int es_diag_status(const struct es_diag *d)
{
    int worst = 0;
    for (size_t i = 0; i < d->count; i++) {
        int status = statuses[d->notes[i].code];
        if (worst == 0 || status == 2) {
            worst = status;
        }
    }
    return worst;
}

/* Reads line number `line` into text; false if there is none. */
static bool read_line(const char *file, uint32_t line, char *text, size_t max)
{
    FILE *in = fopen(file, "r");
    bool found = false;
    for (uint32_t at = 1; in && !found && fgets(text, (int)max, in);) {
        found = at == line;
        at += strchr(text, '\n') != NULL;
    }
    if (in) {
        fclose(in);
    }
    text[found ? strcspn(text, "\r\n") : 0] = 0;
    return found;
}

void es_loc_print(struct es_loc loc, const char *under, FILE *out)
{
    char text[512];
    if (!loc.file || loc.line == 0 ||
        !read_line(loc.file, loc.line, text, sizeof text)) {
        return;
    }
    uint32_t len = loc.len ? loc.len : 1;
    fprintf(out, "%5u | %s\n      | ", loc.line, text);
    for (uint32_t i = 1; i < loc.col && text[i - 1]; i++) {
        fputc(text[i - 1] == '\t' ? '\t' : ' ', out);
    }
    for (uint32_t i = 0; i < len; i++) {
        fputc('^', out);
    }
    fprintf(out, "%s%s\n", under && *under ? "  " : "", under ? under : "");
}

static void print_note(const struct es_diag *d, const struct es_note *n, FILE *out)
{
    if (n->loc.file && n->loc.line) {
        fprintf(out, "%s:%u:%u: error: %s\n", n->loc.file, n->loc.line, n->loc.col,
                n->msg);
        es_loc_print(n->loc, n->hint, out);
    } else if (n->loc.file) {
        fprintf(out, "%s: error: %s\n", n->loc.file, n->msg);
    } else {
        fprintf(out, "estspec: error: %s\n", n->msg);
    }
    if (n->hint && !(n->loc.file && n->loc.line)) {
        fprintf(out, "  %s\n", n->hint);
    }
    if (n->cause >= 0) {
        fprintf(out, "  because: %s\n", d->notes[n->cause].msg);
    }
}

static int compare_notes(const void *left, const void *right)
{
    const struct es_note *a = *(const struct es_note *const *)left;
    const struct es_note *b = *(const struct es_note *const *)right;
    int order = strcmp(a->loc.file ? a->loc.file : "", b->loc.file ? b->loc.file : "");
    if (order == 0) {
        order = a->loc.line < b->loc.line ? -1 : a->loc.line > b->loc.line;
    }
    if (order == 0) {
        order = a->loc.col < b->loc.col ? -1 : a->loc.col > b->loc.col;
    }
    return order ? order : (a < b ? -1 : a > b);
}

/* A note that explains another one is printed with that one. */
static bool is_cause(const struct es_diag *d, size_t index)
{
    for (size_t i = 0; i < d->count; i++) {
        if (d->notes[i].cause == (int32_t)index) {
            return true;
        }
    }
    return false;
}

void es_diag_print(const struct es_diag *d, FILE *out)
{
    const struct es_note *order[ES_DIAG_MAX];
    size_t n = 0;
    for (size_t i = 0; i < d->count; i++) {
        if (!is_cause(d, i)) {
            order[n++] = &d->notes[i];
        }
    }
    qsort(order, n, sizeof *order, compare_notes);
    for (size_t i = 0; i < n; i++) {
        print_note(d, order[i], out);
    }
    if (d->total > d->count) {
        fprintf(out, "%zu more errors left out\n", d->total - d->count);
    }
}
