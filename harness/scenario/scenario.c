/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/scenario.h"

#include <string.h>

static const char *const scenario_keys[] = {
    "format",   "title",   "iut",       "purpose", "applies-if", "use",
    "matrix",   "exclude", "cases",     "budget",  "tolerate",   "tags",
    "preamble", "steps",   "postamble", NULL};
static const char *const library_keys[] = {"format", "procedures", NULL};
static const char *const procedure_keys[] = {"doc", "args", "needs", "steps", NULL};

const char *es_scenario_id(const struct es_catalogue *k, const char *path,
                           struct es_arena *a)
{
    struct es_slice id = es_slice_of(path);
    size_t n = strlen(k->scenarios_folder);
    if (es_slice_has_prefix(id, k->scenarios_folder) && path[n] == '/') {
        id = es_slice_from(id, n + 1);
    }
    if (es_slice_has_suffix(id, ".yaml")) {
        id.n -= 5;
    }
    return es_arena_text(a, id);
}

static bool check_library(const struct es_node *root, struct es_diag *d)
{
    const struct es_node *all = es_node_find(root, "procedures");
    bool ok = es_node_only_keys(root, library_keys, "a library", d) &&
              es_node_check_format(root, d);
    if (!all || all->kind != ES_NODE_MAP) {
        return es_fail(d, root->loc, ES_CODE_SCENARIO,
                       "a library needs 'procedures', a map");
    }
    for (size_t i = 0; i < all->pairs.n; i++) {
        const struct es_node *p = all->pairs.at[i].value;
        ok = es_node_want(p, ES_NODE_MAP, d) &&
             es_node_only_keys(p, procedure_keys, "a procedure", d) && ok;
        if (p->kind == ES_NODE_MAP && !es_node_find(p, "steps")) {
            ok = es_fail(d, p->loc, ES_CODE_SCENARIO, "a procedure needs 'steps'");
        }
    }
    return ok;
}

const struct es_library *es_catalogue_library(struct es_catalogue *k,
                                              struct es_slice name, struct es_loc loc,
                                              struct es_diag *d)
{
    for (size_t i = 0; i < k->libraries.n; i++) {
        if (es_slice_is(name, k->libraries.at[i].name)) {
            return &k->libraries.at[i];
        }
    }
    struct es_library l = {.name = es_arena_text(k->arena, name)};
    const char *path =
        es_arena_printf(k->arena, "%s/%s.yaml", k->scenarios_folder, l.name);
    l.root = es_yaml_read(path, k->arena, d);
    if (!l.root || !check_library(l.root, d)) {
        es_diag_chain(d, loc, ES_CODE_SCENARIO, "the library '%s' cannot be used",
                      l.name);
        return NULL;
    }
    ES_PUSH(k->arena, &k->libraries, l);
    return &k->libraries.at[k->libraries.n - 1];
}

static bool read_uses(struct es_catalogue *k, struct es_scenario *s, struct es_diag *d)
{
    const struct es_node *use = es_node_find(s->root, "use");
    if (!use) {
        return true;
    }
    ES_TRY(es_node_want(use, ES_NODE_SEQUENCE, d));
    bool ok = true;
    for (size_t i = 0; i < use->items.n; i++) {
        const struct es_node *n = use->items.at[i];
        const struct es_library *l = es_catalogue_library(k, n->text, n->loc, d);
        ok = ok && l;
        if (l) {
            struct es_library *copy = ES_NEW(k->arena, struct es_library);
            *copy = *l;
            ES_PUSH(k->arena, &s->uses, (const struct es_library *)copy);
        }
    }
    s->lacks_library = !ok;
    return ok;
}

static bool read_tags(struct es_catalogue *k, struct es_scenario *s, struct es_diag *d)
{
    const struct es_node *tags = es_node_find(s->root, "tags");
    if (!tags) {
        return true;
    }
    ES_TRY(es_node_want(tags, ES_NODE_SEQUENCE, d));
    for (size_t i = 0; i < tags->items.n; i++) {
        ES_PUSH(k->arena, &s->tags, es_arena_text(k->arena, tags->items.at[i]->text));
    }
    return true;
}

/* The value of a key that must be there. */
static const struct es_node *need(const struct es_scenario *s, const char *key,
                                  struct es_diag *d)
{
    const struct es_node *n = es_node_find(s->root, key);
    if (!n) {
        es_fail(d, s->root->loc, ES_CODE_SCENARIO, "a scenario needs '%s'", key);
    }
    return n;
}

static bool read_role(struct es_scenario *s, struct es_diag *d)
{
    const struct es_node *iut = need(s, "iut", d);
    if (iut && !es_role_parse(iut->text, &s->iut)) {
        return es_fail(d, iut->loc, ES_CODE_SCENARIO,
                       "'iut' is client, server or registrar, not '%.*s'",
                       ES_SLICE_ARG(iut->text));
    }
    return iut != NULL;
}

static bool read_tolerate(struct es_scenario *s, struct es_diag *d)
{
    const struct es_node *n = es_node_find(s->root, "tolerate");
    s->strict = n && es_slice_is(n->text, "strict");
    return !n || s->strict || es_slice_is(n->text, "standard") ||
           es_fail(d, n->loc, ES_CODE_SCENARIO, "'tolerate' is standard or strict");
}

static bool read_budget(struct es_scenario *s, struct es_diag *d)
{
    const struct es_node *budget = es_node_find(s->root, "budget");
    s->budget = 60 * ES_USEC_PER_S;
    return !budget || es_node_duration(budget, &s->budget, d);
}

static bool read_condition(struct es_catalogue *k, struct es_scenario *s,
                           struct es_diag *d)
{
    const struct es_node *condition = es_node_find(s->root, "applies-if");
    s->applies_if = condition ? es_condition_compile(k, condition, d) : NULL;
    return !condition || s->applies_if;
}

/* Notes all mistakes. Returns whether the steps can be checked all the same. */
static bool read_frame(struct es_catalogue *k, struct es_scenario *s, struct es_diag *d)
{
    const struct es_node *title = need(s, "title", d);
    const struct es_node *purpose = es_node_find(s->root, "purpose");
    s->title = title ? es_arena_text(k->arena, title->text) : s->id;
    s->purpose = purpose ? es_arena_text(k->arena, es_slice_trim(purpose->text)) : "";
    s->matrix = es_node_find(s->root, "matrix");
    s->cases = es_node_find(s->root, "cases");
    s->exclude = es_node_find(s->root, "exclude");
    const struct es_node *steps = need(s, "steps", d);
    es_node_only_keys(s->root, scenario_keys, "a scenario", d);
    es_node_check_format(s->root, d);
    bool bound = read_role(s, d);
    read_budget(s, d);
    read_tolerate(s, d);
    read_tags(k, s, d);
    read_uses(k, s, d);
    read_condition(k, s, d);
    return steps && bound;
}

const struct es_scenario *es_scenario_load(struct es_catalogue *k, const char *path,
                                           struct es_diag *d)
{
    struct es_scenario *s = ES_NEW(k->arena, struct es_scenario);
    s->path = es_arena_text(k->arena, es_slice_of(path));
    s->id = es_scenario_id(k, path, k->arena);
    s->root = es_yaml_read(path, k->arena, d);
    if (!s->root || !es_node_want(s->root, ES_NODE_MAP, d)) {
        return NULL;
    }
    if (es_node_find(s->root, "procedures")) {
        check_library(s->root, d);
        return NULL;
    }
    return read_frame(k, s, d) ? s : NULL;
}
