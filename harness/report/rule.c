/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/report_int.h"

#include <stdlib.h>
#include <string.h>

static int compare_rules(const void *a, const void *b)
{
    return strcmp(((const struct es_rule *)a)->id, ((const struct es_rule *)b)->id);
}

static struct es_rule *find(const struct es_rules *rules, const char *id)
{
    struct es_rule key = {.id = id};
    return rules->n && id
               ? bsearch(&key, rules->at, rules->n, sizeof key, compare_rules)
               : NULL;
}

const struct es_rule *es_rules_find(const struct es_rules *rules, const char *id)
{
    return find(rules, id);
}

static void add(struct es_rules *rules, struct es_arena *a, const char *id)
{
    if (id) {
        struct es_rule rule = {.id = id};
        ES_PUSH(a, rules, rule);
    }
}

static void collect(struct es_rules *rules, const struct es_run_result *r,
                    struct es_arena *a)
{
    for (size_t i = 0; i < r->instances_n; i++) {
        const struct es_instance_result *at = &r->instances[i];
        for (size_t k = 0; k < at->requirements_n; k++) {
            add(rules, a, at->requirements[k]);
        }
        for (size_t k = 0; k < at->judged_n; k++) {
            add(rules, a, at->judged[k]);
        }
        for (size_t k = 0; k < at->findings_n; k++) {
            add(rules, a, at->findings[k].requirement);
        }
    }
}

static void sort_unique(struct es_rules *rules)
{
    size_t n = 0;
    if (rules->n) {
        qsort(rules->at, rules->n, sizeof *rules->at, compare_rules);
    }
    for (size_t i = 0; i < rules->n; i++) {
        if (n == 0 || strcmp(rules->at[n - 1].id, rules->at[i].id) != 0) {
            rules->at[n++] = rules->at[i];
        }
    }
    rules->n = n;
}

/* Counts the mark that the rule got in the instance at hand. */
static void settle(struct es_rule *rule)
{
    if (rule->at) {
        rule->instances[rule->mark]++;
        rule->at = NULL;
    }
}

static void mark(struct es_rules *rules, const char *id,
                 const struct es_instance_result *at, enum es_mark m)
{
    struct es_rule *rule = find(rules, id);
    if (!rule) {
        return;
    }
    if (rule->at != at) {
        settle(rule);
        rule->at = at;
        rule->mark = m;
    } else if (m > rule->mark) {
        rule->mark = m;
    }
}

static enum es_mark mark_of(const struct es_instance_result *i, enum es_verdict v)
{
    if (v != ES_VERDICT_PASS && i->status == ES_STATUS_KNOWN) {
        return ES_MARK_KNOWN;
    }
    switch (v) {
    case ES_VERDICT_PASS:
        return ES_MARK_REPORT;
    case ES_VERDICT_WARNING:
        return ES_MARK_WARNING;
    case ES_VERDICT_INCONCLUSIVE:
        return ES_MARK_INCONCLUSIVE;
    case ES_VERDICT_FAIL:
        return ES_MARK_FAIL;
    case ES_VERDICT_ERROR:
        break;
    }
    return ES_MARK_ERROR;
}

static void take_texts(struct es_rule *rule, const struct es_finding *f)
{
    if (rule && !rule->level) {
        rule->level = f->level;
        rule->section = f->section;
        rule->paraphrase = f->paraphrase;
    }
}

static void count(struct es_rules *rules, const struct es_instance_result *i)
{
    for (size_t k = 0; k < i->requirements_n; k++) {
        mark(rules, i->requirements[k], i, ES_MARK_NOT_JUDGED);
    }
    for (size_t k = 0; k < i->judged_n; k++) {
        mark(rules, i->judged[k], i, ES_MARK_PASS);
    }
    for (size_t k = 0; k < i->findings_n; k++) {
        const struct es_finding *f = &i->findings[k];
        mark(rules, f->requirement, i, mark_of(i, f->verdict));
        take_texts(find(rules, f->requirement), f);
    }
}

/* What no finding told comes from the registry. */
static void complete(struct es_rule *rule, const struct es_registry *registry,
                     struct es_arena *a)
{
    const struct es_requirement *q =
        registry && !rule->level ? es_registry_find(registry, es_slice_of(rule->id))
                                 : NULL;
    if (q) {
        rule->level = q->level;
        rule->section = es_requirement_section(q, a);
        rule->paraphrase = q->text;
    }
}

void es_rules_build(struct es_rules *rules, const struct es_run_result *r,
                    struct es_arena *a)
{
    *rules = (struct es_rules){0};
    collect(rules, r, a);
    sort_unique(rules);
    for (size_t i = 0; i < r->instances_n; i++) {
        count(rules, &r->instances[i]);
    }
    for (size_t i = 0; i < rules->n; i++) {
        settle(&rules->at[i]);
        complete(&rules->at[i], r->registry, a);
    }
}
