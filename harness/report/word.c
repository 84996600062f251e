/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/report_int.h"

#include <string.h>

/* Word for the console, word for machines. */
struct words {
    const char *shown, *state;
};

static struct words verdict_words(enum es_verdict v)
{
    switch (v) {
    case ES_VERDICT_PASS:
        return (struct words){"PASS", "pass"};
    case ES_VERDICT_WARNING:
        return (struct words){"WARNING", "warning"};
    case ES_VERDICT_INCONCLUSIVE:
        return (struct words){"INCONCLUSIVE", "inconclusive"};
    case ES_VERDICT_FAIL:
        return (struct words){"FAIL", "fail"};
    case ES_VERDICT_ERROR:
        break;
    }
    return (struct words){"ERROR", "error"};
}

static struct words words_of(const struct es_instance_result *i)
{
    switch (i->status) {
    case ES_STATUS_JUDGED:
        return verdict_words(i->verdict);
    case ES_STATUS_NOT_APPLICABLE:
        return (struct words){"NOT APPLICABLE", "not-applicable"};
    case ES_STATUS_KNOWN:
        return (struct words){"KNOWN", "known"};
    case ES_STATUS_UNEXPECTED_PASS:
        return (struct words){"UNEXPECTED PASS", "unexpected-pass"};
    case ES_STATUS_NOT_RUN:
        break;
    }
    return (struct words){"NOT RUN", "not-run"};
}

const char *es_report_word(const struct es_instance_result *i)
{
    return words_of(i).shown;
}

const char *es_report_state(const struct es_instance_result *i)
{
    return words_of(i).state;
}

bool es_report_is_red(const struct es_instance_result *i, bool strict)
{
    switch (i->status) {
    case ES_STATUS_JUDGED:
        return i->verdict > ES_VERDICT_WARNING ||
               (strict && i->verdict == ES_VERDICT_WARNING);
    case ES_STATUS_UNEXPECTED_PASS:
    case ES_STATUS_NOT_RUN:
        return true;
    case ES_STATUS_NOT_APPLICABLE:
    case ES_STATUS_KNOWN:
        break;
    }
    return false;
}

const char *es_report_difference(struct es_arena *a, const struct es_finding *f)
{
    if (f->got && f->wanted) {
        return es_arena_printf(a, "got %s, wanted %s", es_report_line(a, f->got, 200),
                               es_report_line(a, f->wanted, 200));
    }
    return es_report_line(a, f->text, 300);
}

const char *es_report_why(struct es_arena *a, const struct es_instance_result *i)
{
    const struct es_finding *f = es_instance_worst(i);
    if (i->status == ES_STATUS_JUDGED && f) {
        const char *place = f->field ? f->field : f->step;
        const char *what = es_report_difference(a, f);
        return place ? es_arena_printf(a, "%s: %s", es_report_line(a, place, 100), what)
                     : what;
    }
    if (i->status == ES_STATUS_UNEXPECTED_PASS) {
        const char *reason = es_report_line(a, i->reason, 300);
        return es_arena_printf(a, "listed as a deviation, but did not occur%s%s",
                               *reason ? ": " : "", reason);
    }
    return es_report_line(a, i->reason, 300);
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* The step without ", block N". */
static struct es_slice step_name(const struct es_finding *f)
{
    struct es_slice s = es_slice_of(f->step);
    return es_slice_sub(s, 0, es_slice_search(s, ES_SLICE_LIT(", block ")));
}

bool es_report_same_finding(const struct es_finding *a, const struct es_finding *b)
{
    return a->verdict == b->verdict && same_text(a->requirement, b->requirement) &&
           same_text(a->field, b->field) && es_slice_eq(step_name(a), step_name(b)) &&
           same_text(a->loc.file, b->loc.file) && a->loc.line == b->loc.line &&
           a->loc.col == b->loc.col && (a->requirement || same_text(a->text, b->text));
}

/* FNV-1a, with the length in front so that "ab","c" is not "a","bc". */
static uint64_t mix(uint64_t h, struct es_slice s)
{
    h = (h ^ s.n) * 0x100000001b3U;
    for (size_t i = 0; i < s.n; i++) {
        h = (h ^ s.p[i]) * 0x100000001b3U;
    }
    return h;
}

bool es_report_is_repeated(const struct es_instance_result *i, size_t index)
{
    for (size_t k = 0; k < index; k++) {
        if (es_report_same_finding(&i->findings[k], &i->findings[index])) {
            return true;
        }
    }
    return false;
}

uint64_t es_report_fingerprint(const struct es_instance_result *i)
{
    uint64_t h = 0xcbf29ce484222325U;
    size_t used = 0;
    h = mix(h, es_slice_of(es_report_state(i)));
    for (size_t k = 0; k < i->findings_n; k++) {
        const struct es_finding *f = &i->findings[k];
        if (f->verdict == ES_VERDICT_PASS || es_report_is_repeated(i, k)) {
            continue;
        }
        used++;
        h = mix(h, es_slice_of(verdict_words(f->verdict).state));
        h = mix(h, es_slice_of(f->requirement ? f->requirement : f->text));
        h = mix(h, es_slice_of(f->field));
        h = mix(h, step_name(f));
    }
    /* A reason without a finding (a broken prerequisite, say) is the same everywhere. */
    h = mix(h, es_slice_of(used || !i->reason ? i->scenario : i->reason));
    return mix(h, es_slice_of(i->peer_log_tail ? "crash" : ""));
}
