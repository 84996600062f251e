/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stage/stage_int.h"

#include <string.h>

/* What a broken check gives: the rule's level, softened by where the step stands. */
static enum es_verdict verdict_of(const struct es_step *step,
                                  const struct es_rule *rule)
{
    if (step->phase == ES_PHASE_POSTAMBLE) {
        return ES_VERDICT_PASS;
    }
    if (step->phase == ES_PHASE_PREAMBLE || step->control == ES_CONTROL_BEFORE ||
        !rule->requirement) {
        return ES_VERDICT_INCONCLUSIVE;
    }
    if (step->control == ES_CONTROL_AFTER) {
        return ES_VERDICT_FAIL;
    }
    switch (rule->requirement->effect) {
    case ES_EFFECT_REPORT:
        return ES_VERDICT_PASS;
    case ES_EFFECT_WARNING:
        return ES_VERDICT_WARNING;
    case ES_EFFECT_FAIL:
        break;
    }
    return ES_VERDICT_FAIL;
}

void es_stage_judged(struct es_stage *g, const struct es_rule *rule)
{
    const struct es_step *step = g->step;
    bool counts = step && step->phase == ES_PHASE_STEPS &&
                  step->control != ES_CONTROL_BEFORE && rule->requirement;
    if (!counts) {
        return;
    }
    size_t at = 0;
    while (at < g->judged.n && strcmp(g->judged.at[at], rule->requirement->id) < 0) {
        at++;
    }
    if (at < g->judged.n && strcmp(g->judged.at[at], rule->requirement->id) == 0) {
        return;
    }
    ES_PUSH(g->arena, &g->judged, rule->requirement->id);
    memmove(&g->judged.at[at + 1], &g->judged.at[at],
            (g->judged.n - 1 - at) * sizeof *g->judged.at);
    g->judged.at[at] = rule->requirement->id;
}

static bool same_place(struct es_loc a, struct es_loc b)
{
    return a.line == b.line && a.col == b.col && a.file && b.file &&
           strcmp(a.file, b.file) == 0;
}

/* A check that every block repeats is reported once. */
static bool is_known(const struct es_stage *g, const struct es_finding *f)
{
    for (size_t i = 0; i < g->findings.n; i++) {
        const struct es_finding *k = &g->findings.at[i];
        bool same_rule = k->requirement == f->requirement;
        if (same_rule && same_place(k->loc, f->loc) && f->field && k->field &&
            strcmp(f->field, k->field) == 0) {
            return true;
        }
    }
    return false;
}

static void extend_packets(struct es_finding *f, uint32_t packet)
{
    if (packet == 0) {
        return;
    }
    if (f->packet_first == 0 || packet < f->packet_first) {
        f->packet_first = packet;
    }
    if (packet > f->packet_last) {
        f->packet_last = packet;
    }
}

static const char *message_line(struct es_stage *g, const struct es_coap_message *m)
{
    return m ? es_arena_printf(g->arena, "#%u  %s", m->packet,
                               es_coap_text(m, g->arena))
             : NULL;
}

static void add(struct es_stage *g, const struct es_step *step,
                const struct es_rule *rule, struct es_finding f,
                const struct es_concerned *who)
{
    const struct es_requirement *r = rule ? rule->requirement : NULL;
    f.step = f.step ? f.step : step->name;
    f.calls = step->calls;
    if (r) {
        f.requirement = r->id;
        f.level = r->level;
        f.section = es_requirement_section(r, g->arena);
        f.paraphrase = r->text;
    }
    if (who && who->sent) {
        f.sent = message_line(g, who->sent);
        extend_packets(&f, who->sent->packet);
    }
    if (who && who->received) {
        f.received = message_line(g, who->received);
        extend_packets(&f, who->received->packet);
    }
    if (f.packet_first == 0 && g->cfg.evidence) {
        extend_packets(&f, es_evidence_last(g->cfg.evidence));
    }
    if (!is_known(g, &f)) {
        ES_PUSH(g->arena, &g->findings, f);
    }
}

static const char *detailed(struct es_stage *g, const struct es_step *step,
                            const char *detail)
{
    return detail ? es_arena_printf(g->arena, "%s, %s", step->name, detail)
                  : step->name;
}

void es_stage_mismatch(struct es_stage *g, const struct es_step *step,
                       const char *step_detail, const struct es_mismatch *m,
                       const struct es_concerned *who)
{
    struct es_finding f = {.verdict = verdict_of(step, &m->field->rule),
                           .loc = m->loc,
                           .step = detailed(g, step, step_detail),
                           .field = m->path,
                           .wanted = m->wanted,
                           .got = m->got};
    add(g, step, &m->field->rule, f, who);
}

void es_stage_broken(struct es_stage *g, const struct es_step *step,
                     const struct es_rule *rule, const struct es_concerned *who,
                     const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    struct es_finding f = {.verdict = verdict_of(step, rule),
                           .loc = step->loc,
                           .text = es_arena_vprintf(g->arena, fmt, args)};
    va_end(args);
    es_stage_judged(g, rule);
    add(g, step, rule, f, who);
}

enum es_progress es_stage_missing(struct es_stage *g, const struct es_step *step,
                                  const struct es_concerned *who, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    const char *text = es_arena_vprintf(g->arena, fmt, args);
    va_end(args);
    es_stage_broken(g, step, &step->missing, who, "%s", text);
    return ES_STEP_END;
}

enum es_progress es_stage_trouble(struct es_stage *g, const struct es_step *step,
                                  enum es_verdict verdict, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    struct es_finding f = {.verdict = verdict,
                           .loc = step->loc,
                           .text = es_arena_vprintf(g->arena, fmt, args)};
    va_end(args);
    if (step->phase == ES_PHASE_POSTAMBLE && verdict != ES_VERDICT_ERROR) {
        f.verdict = ES_VERDICT_PASS;
    }
    add(g, step, NULL, f, NULL);
    return ES_STEP_END;
}

void es_stage_crashed(struct es_stage *g, const struct es_step *step,
                      const char *reason)
{
    struct es_rule rule = step->missing;
    struct es_finding f = {
        .verdict = ES_VERDICT_FAIL,
        .loc = step->loc,
        .text = es_arena_printf(g->arena, "the peer crashed: %s", reason)};
    add(g, step, &rule, f, NULL);
}

struct forward {
    struct es_stage *g;
    const struct es_step *step;
    const char *detail;
    const struct es_concerned *who;
};

static void on_mismatch(void *context, const struct es_mismatch *m)
{
    struct forward *f = context;
    es_stage_mismatch(f->g, f->step, f->detail, m, f->who);
}

static void on_judged(void *context, const struct es_rule *rule)
{
    struct forward *f = context;
    es_stage_judged(f->g, rule);
}

bool es_stage_match(struct es_stage *g, const struct es_step *step,
                    const char *step_detail, const struct es_field_matches *fields,
                    const void *record, const void *first, const void *previous,
                    const struct es_concerned *who)
{
    struct forward f = {g, step, step_detail, who};
    struct es_match_env env = {.scope = &g->scope,
                               .arena = g->arena,
                               .first = first,
                               .previous = previous,
                               .mismatch = on_mismatch,
                               .judged = on_judged,
                               .context = &f};
    return es_match_fields(fields->at, fields->n, record, &env);
}

const struct es_findings *es_stage_findings(const struct es_stage *g)
{
    return &g->findings;
}

const struct es_judged *es_stage_judged_rules(const struct es_stage *g)
{
    return &g->judged;
}
