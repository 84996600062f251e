/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/console_int.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TERMINAL_WIDTH = 79 };

static bool is_set(const char *variable)
{
    const char *value = getenv(variable);
    return value && *value;
}

void es_console_init(struct es_console *c, FILE *out, bool verbose)
{
    const char *term = getenv("TERM");
    bool able = isatty(fileno(out)) && !(term && strcmp(term, "dumb") == 0);
    *c = (struct es_console){
        .out = out,
        .colour = able && !is_set("NO_COLOR"),
        .progress_line = able,
        .verbose = verbose,
    };
}

void es_console_paint(const struct es_console *c, enum es_paint paint, const char *text,
                      size_t n)
{
    static const char *const codes[] = {
        [ES_PAINT_RED] = "1;31",  [ES_PAINT_GREEN] = "32",  [ES_PAINT_YELLOW] = "1;33",
        [ES_PAINT_BLUE] = "1;36", [ES_PAINT_PINK] = "1;35", [ES_PAINT_DIM] = "2",
        [ES_PAINT_BOLD] = "1",
    };
    if (c->colour && paint != ES_PAINT_NONE) {
        fprintf(c->out, "\033[%sm%.*s\033[0m", codes[paint], (int)n, text);
    } else {
        fprintf(c->out, "%.*s", (int)n, text);
    }
}

static enum es_paint verdict_paint(enum es_verdict v)
{
    switch (v) {
    case ES_VERDICT_PASS:
        return ES_PAINT_GREEN;
    case ES_VERDICT_WARNING:
        return ES_PAINT_YELLOW;
    case ES_VERDICT_INCONCLUSIVE:
        return ES_PAINT_BLUE;
    case ES_VERDICT_FAIL:
        return ES_PAINT_RED;
    case ES_VERDICT_ERROR:
        break;
    }
    return ES_PAINT_PINK;
}

static enum es_paint paint_of(const struct es_instance_result *i)
{
    if (i->status == ES_STATUS_JUDGED) {
        return verdict_paint(i->verdict);
    }
    return i->status == ES_STATUS_UNEXPECTED_PASS ? ES_PAINT_RED : ES_PAINT_DIM;
}

static void hide_progress(struct es_console *c)
{
    if (c->progress_shown) {
        fputs("\r\033[K", c->out);
        c->progress_shown = false;
    }
}

static void show_progress(struct es_console *c, const struct es_instance_result *i,
                          size_t done, size_t selected)
{
    char text[TERMINAL_WIDTH + 1];
    if (!c->progress_line || done >= selected) {
        return;
    }
    snprintf(text, sizeof text, "[%zu/%zu] %zu pass, %zu fail, %zu other   %s", done,
             selected, c->passed, c->failed, c->other, i->id);
    fprintf(c->out, "\r\033[K%s", text);
    c->progress_shown = true;
}

void es_console_start(struct es_console *c, const struct es_run_result *r,
                      size_t selected)
{
    fprintf(c->out, "estspec %s: %zu instance%s against %s, seed %" PRIx64 "\n",
            r->tool_version ? r->tool_version : "", selected, selected == 1 ? "" : "s",
            r->driver ? r->driver : "nothing", r->seed);
    fflush(c->out);
    c->wrote = true;
}

/* Paints a line of the failure text: the verdict, what is under the caret, the command. */
static void print_painted(const struct es_console *c,
                          const struct es_instance_result *i, struct es_slice line,
                          bool first)
{
    const char *text = (const char *)line.p;
    size_t head = first ? strlen(es_report_word(i)) : 0;
    if (es_slice_has_prefix(line, "      | ")) {
        es_console_paint(c, paint_of(i), text, line.n);
    } else if (es_slice_has_prefix(line, "  again ")) {
        es_console_paint(c, ES_PAINT_BOLD, text, line.n);
    } else {
        es_console_paint(c, paint_of(i), text, head);
        fprintf(c->out, "%.*s", (int)(line.n - head), text + head);
    }
    fputs("\n", c->out);
}

static void print_full(struct es_console *c, const struct es_run_result *r,
                       const struct es_instance_result *i)
{
    struct es_arena *a = es_arena_new();
    struct es_slice rest = es_slice_of(es_failure_text(r, i, a));
    fputs(c->wrote ? "\n" : "", c->out);
    for (bool first = true; rest.n; first = false) {
        print_painted(c, i, es_slice_split(&rest, '\n'), first);
    }
    es_arena_free(a);
    c->wrote = true;
}

static void print_short(struct es_console *c, const struct es_instance_result *i,
                        bool repeated)
{
    struct es_arena *a = es_arena_new();
    const char *word = es_report_word(i);
    const char *why = es_report_why(a, i);
    es_console_paint(c, paint_of(i), word, strlen(word));
    fprintf(c->out, "  %s%s%s%s\n", es_report_clean(a, i->id),
            repeated ? "   same as above" : "",
            !*why      ? ""
            : repeated ? ": "
                       : "   ",
            why);
    es_arena_free(a);
    c->wrote = true;
}

/* Whether a failure like this was shown; remembers it. When there is no more room it is
 * shown in full, which loses nothing. */
static bool was_shown(struct es_console *c, const struct es_instance_result *i)
{
    uint64_t print = es_report_fingerprint(i);
    for (size_t k = 0; k < c->groups_n; k++) {
        if (c->groups[k] == print) {
            return true;
        }
    }
    if (c->groups_n < ES_CONSOLE_GROUPS) {
        c->groups[c->groups_n++] = print;
    }
    return false;
}

static void print_red(struct es_console *c, const struct es_run_result *r,
                      const struct es_instance_result *i)
{
    bool shown = was_shown(c, i);
    bool bare = i->findings_n == 0 && i->verdict == ES_VERDICT_INCONCLUSIVE &&
                i->status == ES_STATUS_JUDGED;
    if (!shown && !bare) {
        print_full(c, r, i);
    } else if (!shown || !bare || c->verbose) {
        print_short(c, i, shown);
    }
}

static void count(struct es_console *c, const struct es_instance_result *i)
{
    if (i->status == ES_STATUS_JUDGED && i->verdict == ES_VERDICT_PASS) {
        c->passed++;
    } else if (i->status == ES_STATUS_UNEXPECTED_PASS ||
               (i->status == ES_STATUS_JUDGED && i->verdict == ES_VERDICT_FAIL)) {
        c->failed++;
    } else {
        c->other++;
    }
}

void es_console_instance(struct es_console *c, const struct es_run_result *r,
                         const struct es_instance_result *i, size_t done,
                         size_t selected)
{
    count(c, i);
    hide_progress(c);
    if (i->status != ES_STATUS_NOT_RUN && es_report_is_red(i, true)) {
        print_red(c, r, i);
    } else if (c->verbose) {
        print_short(c, i, false);
    }
    show_progress(c, i, done, selected);
    fflush(c->out);
}

void es_console_end(struct es_console *c, const struct es_run_result *r)
{
    hide_progress(c);
    es_console_overview(c, r);
    fflush(c->out);
}
