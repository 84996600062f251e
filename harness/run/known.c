/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/run_int.h"

#include <string.h>

bool es_known_is_expired(const struct es_expected *e, int64_t now_s)
{
    /* The day named is the last one. */
    return e->until_unix_s != 0 && now_s >= e->until_unix_s + 24 * 60 * 60;
}

bool es_known_names(const struct es_expected *e, const char *instance_id)
{
    return es_text_glob(e->instance, instance_id);
}

/* The step of a finding may have a block number behind its id: "sized, block 0". */
static bool is_step(const char *expected, const char *actual)
{
    size_t n = strlen(expected);
    return actual && strncmp(actual, expected, n) == 0 &&
           (actual[n] == '\0' || actual[n] == ',' || actual[n] == ' ');
}

static bool explains(const struct es_expected *e, const struct es_finding *f)
{
    return f->verdict == e->verdict && (!e->step || is_step(e->step, f->step)) &&
           (!e->requirement ||
            (f->requirement && strcmp(f->requirement, e->requirement) == 0));
}

/* An instance without findings still has a verdict and a reason. */
static bool occurs(const struct es_expected *e, const struct es_instance_result *r)
{
    for (size_t i = 0; i < r->findings_n; i++) {
        if (explains(e, &r->findings[i])) {
            return true;
        }
    }
    return r->findings_n == 0 && r->verdict == e->verdict && !e->step &&
           !e->requirement;
}

struct entries {
    const struct es_expected **at;
    size_t n, room;
};

static bool is_explained(const struct entries *entries, const struct es_finding *f)
{
    for (size_t i = 0; i < entries->n; i++) {
        if (explains(entries->at[i], f)) {
            return true;
        }
    }
    return f->verdict == ES_VERDICT_PASS;
}

static bool is_all_explained(const struct entries *entries,
                             const struct es_instance_result *r)
{
    for (size_t i = 0; i < r->findings_n; i++) {
        if (!is_explained(entries, &r->findings[i])) {
            return false;
        }
    }
    return true;
}

static const char *describe(const struct es_expected *e, struct es_arena *a)
{
    return es_arena_printf(a, "%s%s%s%s", e->reason, e->link ? " (" : "",
                           e->link ? e->link : "", e->link ? ")" : "");
}

/* Where nothing could be judged, nothing was disproved. */
static bool is_judged(const struct es_instance_result *r)
{
    return r->verdict == ES_VERDICT_PASS || r->verdict == ES_VERDICT_WARNING ||
           r->verdict == ES_VERDICT_FAIL;
}

static void decide(const struct entries *entries, struct es_instance_result *r,
                   struct es_arena *arena)
{
    const struct es_expected *absent = NULL;
    for (size_t i = 0; i < entries->n; i++) {
        absent = !absent && !occurs(entries->at[i], r) ? entries->at[i] : absent;
    }
    if (!absent) {
        r->status = ES_STATUS_KNOWN;
        r->reason = describe(entries->at[0], arena);
    } else if (is_judged(r)) {
        r->status = ES_STATUS_UNEXPECTED_PASS;
        r->reason = es_arena_printf(arena, "%s:%u expects '%s' here: %s; take it out",
                                    absent->loc.file, absent->loc.line,
                                    es_verdict_name(absent->verdict), absent->reason);
    }
}

void es_known_apply(const struct es_expected_list *list, int64_t now_s,
                    struct es_instance_result *r, struct es_arena *arena)
{
    struct entries entries = {0};
    for (size_t i = 0; list && i < list->n; i++) {
        const struct es_expected *e = &list->at[i];
        if (es_known_names(e, r->id) && !es_known_is_expired(e, now_s)) {
            ES_PUSH(arena, &entries, e);
        }
    }
    if (entries.n && r->status == ES_STATUS_JUDGED && is_all_explained(&entries, r)) {
        decide(&entries, r, arena);
    }
}
