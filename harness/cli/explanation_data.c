/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/explanation.h"

#include <stdio.h>
#include <string.h>

static const struct es_instance *first_instance(const struct es_explanation *e,
                                                const struct es_scenario *s)
{
    for (size_t i = 0; i < e->w->instances.n; i++) {
        if (e->w->instances.at[i].scenario == s) {
            return &e->w->instances.at[i];
        }
    }
    return NULL;
}

/* Mistakes of a scenario are for `check`. */
static const struct es_plan *plan_of(const struct es_explanation *e,
                                     const struct es_instance *i)
{
    static const struct es_bindings none;
    struct es_diag *scratch = es_diag_new();
    const struct es_plan *plan =
        i ? es_plan_build(&e->w->catalogue, i, &none, scratch) : NULL;
    es_diag_free(scratch);
    return plan;
}

static void print_citing(const struct es_explanation *e, const struct es_requirement *r)
{
    for (size_t i = 0; i < e->w->scenarios.n; i++) {
        const struct es_scenario *s = e->w->scenarios.at[i];
        const struct es_plan *plan = plan_of(e, first_instance(e, s));
        for (size_t k = 0; plan && k < plan->requirements.n; k++) {
            if (plan->requirements.at[k] == r) {
                printf("    %s\n", s->id);
            }
        }
    }
}

static const char *effect_text(enum es_effect effect)
{
    switch (effect) {
    case ES_EFFECT_REPORT:
        return "is only reported";
    case ES_EFFECT_WARNING:
        return "gives a warning";
    case ES_EFFECT_FAIL:
        break;
    }
    return "fails the instance";
}

static bool print_requirement(const struct es_explanation *e)
{
    const struct es_requirement *r =
        es_registry_find(&e->w->registry, es_slice_of(e->name));
    if (!r) {
        return false;
    }
    printf("%s: a rule. %s, binds: %s. %s\n  %s\n", r->id, r->level,
           es_role_name(r->role), es_requirement_section(r, e->cli->arena), r->text);
    printf("  A breach %s%s%s. Observable: %s.\n", effect_text(r->effect),
           r->judge_why ? ": " : "", r->judge_why ? r->judge_why : "", r->observable);
    if (r->untestable) {
        printf("  Not tested: %s\n", r->untestable);
    }
    fputs("  judged in\n", stdout);
    print_citing(e, r);
    return true;
}

static bool print_scenario(const struct es_explanation *e)
{
    bool found = false;
    for (size_t i = 0; i < e->w->instances.n; i++) {
        const struct es_instance *in = &e->w->instances.at[i];
        const struct es_scenario *s = in->scenario;
        bool is_file = strcmp(s->id, e->name) == 0;
        if (found ? !is_file : !is_file && strcmp(in->id, e->name) != 0) {
            continue;
        }
        if (!found) {
            const struct es_plan *plan = plan_of(e, in);
            printf("%s: a scenario for a %s. %s\n  %s\n  judges\n", s->id,
                   es_role_name(s->iut), s->title, s->purpose);
            for (size_t k = 0; plan && k < plan->requirements.n; k++) {
                printf("    %-50s %s\n", plan->requirements.at[k]->id,
                       plan->requirements.at[k]->level);
            }
            fputs("  instances\n", stdout);
        }
        found = true;
        printf("    %s\n", in->id);
    }
    return found;
}

static bool print_item(const struct es_explanation *e)
{
    const char *name = strncmp(e->name, "$pixit.", 7) == 0 ? e->name + 7 : e->name;
    const struct es_ics_item *ics =
        es_dictionary_ics(&e->w->dictionary, es_slice_of(name));
    const struct es_pixit_item *pixit =
        es_dictionary_pixit(&e->w->dictionary, es_slice_of(name));
    static const char *const types[] = {[ES_PIXIT_NUMBER] = "a number",
                                        [ES_PIXIT_DURATION] = "a duration",
                                        [ES_PIXIT_FILE] = "a file",
                                        [ES_PIXIT_TEXT] = "a text"};
    if (ics) {
        printf("%s: an ICS item, yes or no. %s\n  %s, %s\n", ics->name, ics->ask,
               ics->ref, ics->status);
        if (ics->role != ES_ROLE_BOTH) {
            printf("  asked of a %s only\n", es_role_name(ics->role));
        }
    }
    if (pixit) {
        printf("%s: a PIXIT value, %s. %s\n", pixit->name, types[pixit->type],
               pixit->doc);
        if (pixit->fallback) {
            printf("  default: %.*s\n", ES_SLICE_ARG(pixit->fallback->text));
        }
        if (pixit->with) {
            printf("  of use with %s only\n", pixit->with);
        }
    }
    return ics || pixit;
}

bool es_explanation_print_data(const struct es_explanation *e)
{
    bool found = print_requirement(e);
    found = print_scenario(e) || found;
    return print_item(e) || found;
}

void es_explanation_offer_data(const struct es_explanation *e, struct es_suggestion *s)
{
    for (size_t i = 0; i < e->w->registry.requirements.n; i++) {
        es_suggestion_offer(s, e->w->registry.requirements.at[i].id);
    }
    for (size_t i = 0; i < e->w->ids.n; i++) {
        es_suggestion_offer(s, e->w->ids.at[i]);
    }
    for (size_t i = 0; i < e->w->dictionary.ics.n; i++) {
        es_suggestion_offer(s, e->w->dictionary.ics.at[i].name);
    }
    for (size_t i = 0; i < e->w->dictionary.pixit.n; i++) {
        es_suggestion_offer(s, e->w->dictionary.pixit.at[i].name);
    }
}
