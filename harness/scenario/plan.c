/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/compile.h"

#include <string.h>

/* A node for `check`, where no driver gives a value. */
static const struct es_node *stand_in(struct es_arena *a,
                                      const struct es_pixit_item *item)
{
    static const char *const texts[] = {[ES_PIXIT_NUMBER] = "1",
                                        [ES_PIXIT_DURATION] = "1s",
                                        [ES_PIXIT_FILE] = "",
                                        [ES_PIXIT_TEXT] = "text"};
    struct es_node *n = ES_NEW(a, struct es_node);
    n->kind = ES_NODE_SCALAR;
    n->loc = item->loc;
    n->text = es_slice_of(texts[item->type]);
    return n;
}

/* `$ES_PKI_DIR/x` is a file of the PKI folder; without one (check) no file is read. */
static const struct es_node *file_node(struct es_compile *c,
                                       const struct es_bindings *bindings,
                                       const struct es_node *n)
{
    static const char base[] = "$ES_PKI_DIR";
    struct es_node *copy = ES_NEW(c->arena, struct es_node);
    *copy = *n;
    if (!bindings->pki_folder) {
        copy->text = ES_SLICE_NONE;
    } else if (es_slice_has_prefix(n->text, base)) {
        struct es_slice rest = es_slice_from(n->text, sizeof base - 1);
        copy->text = es_slice_of(es_arena_printf(
            c->arena, "%s%.*s", bindings->pki_folder, ES_SLICE_ARG(rest)));
    }
    return copy;
}

static void bind_pixit(struct es_compile *c, const struct es_bindings *bindings)
{
    static const struct es_driver_spec none = {0};
    const struct es_dictionary *dict = c->catalogue->dictionary;
    const struct es_driver_spec *driver = bindings->driver ? bindings->driver : &none;
    for (size_t i = 0; i < dict->pixit.n; i++) {
        const struct es_pixit_item *item = &dict->pixit.at[i];
        const struct es_node *value =
            es_driver_spec_pixit(driver, dict, es_slice_of(item->name));
        if (!value && !bindings->driver) {
            value = stand_in(c->arena, item);
        }
        struct es_static s = {.name = es_arena_printf(c->arena, "pixit.%s", item->name),
                              .is_file = item->type == ES_PIXIT_FILE};
        if (value) {
            s.node = s.is_file ? file_node(c, bindings, value) : value;
            ES_PUSH(c->arena, &c->statics, s);
        }
    }
}

static void bind_names(struct es_compile *c, const struct es_instance *instance,
                       const struct es_bindings *bindings)
{
    bind_pixit(c, bindings);
    for (size_t i = 0; i < instance->choices.n; i++) {
        struct es_static s = {.name = instance->choices.at[i].name,
                              .node = instance->choices.at[i].node};
        ES_PUSH(c->arena, &c->statics, s);
    }
    const struct es_language *l = c->catalogue->language;
    for (size_t i = 0; i < l->predefined_n; i++) {
        es_compile_publish(c, l->predefined[i].name, l->predefined[i].kind,
                           l->predefined[i].shape);
    }
}

static bool compile_phase(struct es_compile *c, const char *key, enum es_phase phase)
{
    const struct es_node *list = es_node_find(c->scenario->root, key);
    c->phase = phase;
    return !list || es_compile_steps(c, list);
}

static bool has_control(const struct es_plan *plan, enum es_control wanted)
{
    for (size_t i = 0; i < plan->steps.n; i++) {
        if (plan->steps.at[i].control == wanted) {
            return true;
        }
    }
    return false;
}

/* A scenario that sends rubbish must prove before and after that the peer is well. */
static bool check_controls(struct es_compile *c)
{
    bool malformed = false;
    for (size_t i = 0; i < c->scenario->tags.n; i++) {
        malformed = malformed || strcmp(c->scenario->tags.at[i], "malformed") == 0;
    }
    if (!malformed || (has_control(c->plan, ES_CONTROL_BEFORE) &&
                       has_control(c->plan, ES_CONTROL_AFTER))) {
        return true;
    }
    return es_compile_fail(
        c, es_node_find(c->scenario->root, "tags")->loc,
        "a scenario tagged 'malformed' needs a step with control: before "
        "and one with control: after");
}

static es_usec op_timeout(struct es_compile *c)
{
    const struct es_static *s = es_compile_static(c, ES_SLICE_LIT("pixit.op_timeout"));
    es_usec span = 0;
    bool ok = s && es_text_duration(s->node->text, &span);
    return ok ? span : 30 * ES_USEC_PER_S;
}

const struct es_plan *es_plan_build(const struct es_catalogue *k,
                                    const struct es_instance *instance,
                                    const struct es_bindings *bindings,
                                    struct es_diag *d)
{
    size_t before = d->total;
    struct es_plan *plan = ES_NEW(k->arena, struct es_plan);
    struct es_compile c = {.arena = k->arena,
                           .d = d,
                           .catalogue = k,
                           .scenario = instance->scenario,
                           .driver = bindings->driver,
                           .plan = plan};
    bind_names(&c, instance, bindings);
    plan->budget = instance->scenario->budget;
    plan->strict = instance->scenario->strict;
    plan->op_timeout = op_timeout(&c);
    bool ok = compile_phase(&c, "preamble", ES_PHASE_PREAMBLE);
    ok = compile_phase(&c, "steps", ES_PHASE_STEPS) && ok;
    ok = compile_phase(&c, "postamble", ES_PHASE_POSTAMBLE) && ok;
    ok = check_controls(&c) && ok;
    return ok && d->total == before ? plan : NULL;
}
