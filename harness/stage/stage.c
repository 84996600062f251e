/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stage/stage_int.h"

#include <string.h>

struct es_stage *es_stage_new(const struct es_stage_config *cfg, es_usec now)
{
    struct es_stage *g = ES_NEW(cfg->arena, struct es_stage);
    g->cfg = *cfg;
    g->arena = cfg->arena;
    g->now = now;
    g->wake = ES_USEC_NEVER;
    g->scope.slots_n = cfg->plan->slots_n;
    g->scope.slots = ES_NEW_ARRAY(g->arena, struct es_value, cfg->plan->slots_n + 1);
    g->scope.stage = g;
    es_prng_init(&g->prng, cfg->seed, cfg->instance, ES_SLICE_LIT("stage"));
    struct es_flaw flaw;
    if (cfg->zoo && !es_x509_bag_add(g->arena, &g->zoo_trust,
                                     cfg->zoo->at[ES_ZOO_ROOT].cert, &flaw)) {
        es_stage_note(g, "the zoo's root cannot be read: %s", flaw.text);
    }
    /* As in client-trust.pem: a device shows what we have issued without its issuer. */
    static const enum es_zoo_id anchors[] = {ES_ZOO_ROOT, ES_ZOO_MANUFACTURER_CA,
                                             ES_ZOO_ISSUING_CA};
    for (size_t i = 0; cfg->zoo && i < ES_COUNT(anchors); i++) {
        if (!es_x509_bag_add(g->arena, &g->client_trust, cfg->zoo->at[anchors[i]].cert,
                             &flaw)) {
            es_stage_note(g, "an anchor of the zoo cannot be read: %s", flaw.text);
        }
    }
    if (cfg->listener) {
        g->ports[g->ports_n++] = (struct es_stage_port){.listener = cfg->listener};
    }
    return g;
}

void es_stage_set_now(struct es_stage *g, es_usec now)
{
    g->now = now;
}

void es_stage_begin(struct es_stage *g, const struct es_step *step)
{
    g->step = step;
    g->step_start = g->now;
    g->wake = ES_USEC_NEVER;
}

es_usec es_stage_now(const struct es_stage *g)
{
    return g->now;
}

es_usec es_stage_step_start(const struct es_stage *g)
{
    return g->step_start;
}

es_usec es_stage_lag(const struct es_stage *g)
{
    return g->lag;
}

void es_stage_add_lag(struct es_stage *g, es_usec late)
{
    g->lag = late > g->lag ? late : g->lag;
}

bool es_stage_is_strict(const struct es_stage *g)
{
    return g->cfg.plan->strict;
}

bool es_stage_is_wanted(const struct es_stage *g, const struct es_step *step)
{
    const struct es_value *chosen = &g->scope.slots[step->guard.slot];
    return !step->guard.is_set ||
           (chosen->kind == ES_KIND_NUMBER && chosen->number == step->guard.value);
}

es_usec es_stage_deadline(struct es_stage *g, const struct es_step *step)
{
    struct es_value span;
    es_usec end = g->step_start + g->cfg.plan->op_timeout;
    if (step->within.form != ES_OPERAND_ABSENT &&
        es_stage_eval(g, step, &step->within, &span)) {
        end = g->step_start + span.usec;
    }
    es_stage_wake(g, end);
    return end;
}

void es_stage_wake(struct es_stage *g, es_usec when)
{
    g->wake = when < g->wake ? when : g->wake;
}

bool es_stage_is_due(const struct es_stage *g)
{
    return g->wake <= g->now;
}

struct es_arena *es_stage_arena(struct es_stage *g)
{
    return g->arena;
}

struct es_scope *es_stage_scope(struct es_stage *g)
{
    return &g->scope;
}

struct es_prng *es_stage_prng(struct es_stage *g)
{
    return &g->prng;
}

bool es_stage_eval(struct es_stage *g, const struct es_step *step,
                   const struct es_operand *o, struct es_value *out)
{
    const char *why = "";
    if (es_operand_eval(o, &g->scope, g->arena, out, &why)) {
        return true;
    }
    struct es_step here = *step;
    here.loc = o->loc.file ? o->loc : step->loc;
    es_stage_trouble(g, &here, ES_VERDICT_INCONCLUSIVE, "%s", why);
    return false;
}

void es_stage_bind(struct es_stage *g, const struct es_step *step, const void *record)
{
    if (step->slot != ES_SLOT_NONE) {
        g->scope.slots[step->slot] = es_value_record(step->verb->shape, record);
    }
}

const struct es_address *es_stage_peer(const struct es_stage *g)
{
    return &g->cfg.peer;
}

const char *es_stage_server_name(const struct es_stage *g)
{
    return g->cfg.server_name;
}

struct es_evidence *es_stage_evidence(struct es_stage *g)
{
    return g->cfg.evidence;
}

struct es_driver *es_stage_driver(struct es_stage *g)
{
    return g->cfg.driver;
}

const struct es_zoo *es_stage_zoo(const struct es_stage *g)
{
    return g->cfg.zoo;
}

const struct es_x509_bag *es_stage_trust(const struct es_stage *g)
{
    return g->cfg.operator_trust ? g->cfg.operator_trust : &g->zoo_trust;
}

const struct es_x509_bag *es_stage_client_trust(const struct es_stage *g)
{
    return &g->client_trust;
}

int64_t es_stage_certificate_time(const struct es_stage *g)
{
    return g->cfg.certificate_time_s;
}

const struct es_identity *es_stage_identity(struct es_stage *g, struct es_slice name)
{
    if (es_slice_is(name, "none")) {
        return &g->nobody;
    }
    if (es_slice_is(name, "idevid") && g->cfg.operator_identity) {
        return g->cfg.operator_identity;
    }
    const struct es_zoo_entry *z = g->cfg.zoo ? es_zoo_find(g->cfg.zoo, name) : NULL;
    if (!z) {
        return NULL;
    }
    struct es_identity *id = ES_NEW(g->arena, struct es_identity);
    for (size_t i = 0; i < z->chain_n && i < ES_IDENTITY_CHAIN_MAX; i++) {
        id->chain[id->chain_n++] = z->chain[i];
    }
    id->key = z->key;
    id->leaf = z->view;
    return id;
}

void es_stage_note(struct es_stage *g, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    const char *text = es_arena_vprintf(g->arena, fmt, args);
    va_end(args);
    if (g->cfg.evidence) {
        es_evidence_note(g->cfg.evidence, g->now, "%s", text);
    }
}

const struct es_identity *es_stage_own_identity(const struct es_stage *g)
{
    for (const struct es_channel *ch = g->channels; ch; ch = ch->next) {
        if (ch->filter && ch->identity) {
            return ch->identity;
        }
    }
    return NULL;
}
