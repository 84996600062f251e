/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/report_int.h"

#include <inttypes.h>
#include <string.h>

enum {
    TEXT_MAX = 256 * 1024, /* of one failure text */
    WIDTH = 99,            /* the duration ends here */
    UNDER_CARET = 110,     /* longer differences get lines of their own */
    VALUE_MAX = 2000,      /* of a value, a message or the peer's log */
    FINDINGS_MAX = 10,     /* shown of one instance */
};

/* What is being written, and to where; all texts are made in `arena`. */
struct page {
    const struct es_run_result *r;
    const struct es_instance_result *i;
    struct es_arena *arena;
    FILE *out;
};

/* A clean text of at most VALUE_MAX bytes. */
static const char *value(struct page *p, const char *text)
{
    const char *clean = es_report_clean(p->arena, text);
    size_t n = strlen(clean);
    if (n <= VALUE_MAX) {
        return clean;
    }
    size_t cut = VALUE_MAX;
    while (cut && (clean[cut] & 0xc0) == 0x80) {
        cut--;
    }
    return es_arena_printf(p->arena, "%.*s... (%zu bytes in all)", (int)cut, clean, n);
}

/* "  label    text", further lines under the first. */
static void print_labelled(struct page *p, const char *label, const char *text)
{
    struct es_slice rest = es_slice_trim(es_slice_of(value(p, text)));
    while (rest.n) {
        struct es_slice line = es_slice_split(&rest, '\n');
        fprintf(p->out, "  %-8s %.*s\n", label, ES_SLICE_ARG(line));
        label = "";
    }
}

static void print_head(struct page *p, const struct es_finding *worst)
{
    const char *step = worst && worst->step
                           ? es_arena_printf(p->arena, "   step %s",
                                             es_report_line(p->arena, worst->step, 60))
                           : "";
    const char *left = es_arena_printf(p->arena, "%s  %s%s", es_report_word(p->i),
                                       es_report_clean(p->arena, p->i->id), step);
    const char *time = es_arena_printf(p->arena, "%.3f s",
                                       (double)p->i->wall_us / (double)ES_USEC_PER_S);
    int used = (int)(strlen(left) + strlen(time));
    fprintf(p->out, "%s%*s%s\n", left, used + 3 > WIDTH ? 3 : WIDTH - used, "", time);
}

/* Prints scenario line and caret; false if the file cannot be read any more. */
static bool print_source(struct page *p, struct es_loc loc, const char *under)
{
    long before = ftell(p->out);
    es_loc_print(loc, under, p->out);
    return ftell(p->out) != before;
}

/* Whether the difference fits behind the caret. */
static bool is_short(const struct es_finding *f, const char *difference)
{
    return !(f->got && strchr(f->got, '\n')) &&
           !(f->wanted && strchr(f->wanted, '\n')) && strlen(difference) <= UNDER_CARET;
}

static void print_calls(struct page *p, const char *calls)
{
    struct es_slice rest = es_slice_trim(es_slice_of(value(p, calls)));
    while (rest.n) {
        struct es_slice line = es_slice_split(&rest, '\n');
        fprintf(p->out, "  %.*s\n", ES_SLICE_ARG(line));
    }
}

/* Where, and got and wanted or the sentence: behind the caret, or in lines of their own. */
static void print_place(struct page *p, const struct es_finding *f)
{
    const char *difference = es_report_difference(p->arena, f);
    bool compared = f->got && f->wanted;
    bool fits = is_short(f, difference), said = false;
    if (f->loc.file) {
        fprintf(p->out, "  %s:%" PRIu32 ":%" PRIu32 "\n", f->loc.file, f->loc.line,
                f->loc.col);
        said = print_source(p, f->loc, fits ? difference : "") && fits;
    }
    if (!said && compared) {
        print_labelled(p, "got", f->got);
        print_labelled(p, "wanted", f->wanted);
    }
    if (compared || !said) {
        print_labelled(p, "what", f->text);
    }
    print_calls(p, f->calls);
}

static void print_rule(struct page *p, const struct es_finding *f)
{
    if (f->requirement) {
        fprintf(p->out, "  %s%s%s%s%s\n", f->requirement, f->level ? "   " : "",
                f->level ? f->level : "", f->section ? "   " : "",
                f->section ? f->section : "");
    }
    if (f->paraphrase) {
        es_report_wrap(p->arena, f->paraphrase, 6, p->out);
    }
}

static size_t count_same(const struct es_instance_result *i, const struct es_finding *f)
{
    size_t n = 0;
    for (size_t k = 0; k < i->findings_n; k++) {
        n += es_report_same_finding(&i->findings[k], f);
    }
    return n;
}

static void print_finding(struct page *p, const struct es_finding *f)
{
    size_t times = count_same(p->i, f);
    print_place(p, f);
    print_rule(p, f);
    if (times > 1) {
        fprintf(p->out, "  times    %zu in this instance; this is the first\n", times);
    }
    print_labelled(p, "sent", f->sent);
    print_labelled(p, "received", f->received);
}

/* Whether an earlier finding, or the one already shown, says the same. */
static bool is_shown(const struct es_instance_result *i, size_t index,
                     const struct es_finding *worst)
{
    if (worst && es_report_same_finding(worst, &i->findings[index])) {
        return true;
    }
    return es_report_is_repeated(i, index);
}

static void print_other_findings(struct page *p, const struct es_finding *worst)
{
    size_t shown = worst != NULL, left = 0;
    for (size_t k = 0; k < p->i->findings_n; k++) {
        const struct es_finding *f = &p->i->findings[k];
        if (f->verdict == ES_VERDICT_PASS || is_shown(p->i, k, worst)) {
            continue;
        }
        if (shown++ >= FINDINGS_MAX) {
            left++;
            continue;
        }
        fprintf(p->out, "  also     %s%s%s\n",
                f->verdict == p->i->verdict ? "" : es_verdict_name(f->verdict),
                f->verdict == p->i->verdict ? "step " : ", step ",
                f->step ? es_report_line(p->arena, f->step, 60) : "unknown");
        print_finding(p, f);
    }
    if (left) {
        fprintf(p->out, "  also     %zu more findings, see run.jsonl\n", left);
    }
}

/* Observations without effect: one line each. */
static void print_reports(struct page *p)
{
    for (size_t k = 0; k < p->i->findings_n; k++) {
        const struct es_finding *f = &p->i->findings[k];
        if (f->verdict == ES_VERDICT_PASS && !is_shown(p->i, k, NULL)) {
            print_labelled(p, "observed",
                           es_arena_printf(p->arena, "%s%s%s",
                                           f->requirement ? f->requirement : "",
                                           f->requirement ? ": " : "",
                                           es_report_difference(p->arena, f)));
        }
    }
}

static void print_fault(struct page *p)
{
    if (p->i->status == ES_STATUS_UNEXPECTED_PASS) {
        print_labelled(p, "fault",
                       "expected.yaml: the deviation that it lists did not occur");
    } else if (p->i->status == ES_STATUS_JUDGED && p->i->verdict == ES_VERDICT_ERROR) {
        print_labelled(p, "fault", "harness or driver; the peer is not judged");
    } else if (p->i->status == ES_STATUS_JUDGED &&
               p->i->verdict == ES_VERDICT_INCONCLUSIVE) {
        print_labelled(p, "fault",
                       p->i->judged_n
                           ? "open: not everything could be judged; of what was, "
                             "nothing is broken"
                           : "open: what had to hold first did not, so no rule is "
                             "judged");
    }
}

/* In single quotes where a shell would see more than letters. */
static const char *quoted(struct es_arena *a, const char *id)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789/._-";
    return id[strspn(id, plain)] ? es_arena_printf(a, "'%s'", id) : id;
}

static void print_again(struct page *p)
{
    if (p->r->target_args) {
        fprintf(p->out, "  again    estspec run %s %s --seed %" PRIx64 "\n",
                p->r->target_args, quoted(p->arena, p->i->id), p->r->seed);
    }
}

static void print_capture(struct page *p, const struct es_finding *worst)
{
    if (!p->i->folder) {
        return;
    }
    fprintf(p->out, "  capture  %s/%s/capture.pcapng", p->r->folder, p->i->folder);
    if (worst && worst->packet_first) {
        bool one = worst->packet_last <= worst->packet_first;
        fprintf(p->out, one ? ", packet %" PRIu32 : ", packets %" PRIu32 "-%" PRIu32,
                worst->packet_first, worst->packet_last);
    }
    fprintf(p->out, "%s\n", p->r->secrets_left_out ? "" : " (secrets inside)");
}

static void print_page(struct page *p)
{
    const struct es_finding *worst = es_instance_worst(p->i);
    print_head(p, worst);
    if (worst) {
        print_finding(p, worst);
    }
    print_other_findings(p, worst);
    print_reports(p);
    print_labelled(p, "reason", p->i->reason);
    print_labelled(p, "peer log", p->i->peer_log_tail);
    print_labelled(p, "context", p->i->context);
    print_fault(p);
    print_again(p);
    print_capture(p, worst);
}

const char *es_failure_text(const struct es_run_result *r,
                            const struct es_instance_result *i, struct es_arena *a)
{
    char *text = es_arena_alloc(a, TEXT_MAX);
    struct page p = {r, i, a, fmemopen(text, TEXT_MAX - 1, "w")};
    if (!p.out) {
        return es_arena_printf(a, "%s  %s\n", es_report_word(i), i->id);
    }
    print_page(&p);
    fclose(p.out);
    return es_report_clean(a, text);
}

void es_failure_text_print(const struct es_run_result *r,
                           const struct es_instance_result *i, FILE *out)
{
    struct es_arena *a = es_arena_new();
    fputs(es_failure_text(r, i, a), out);
    es_arena_free(a);
}
