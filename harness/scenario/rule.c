/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/compile.h"

#include <string.h>

/* How `req` names a rule, and how an author may mistype it. */
static const struct es_requirement *find_rule(struct es_compile *c,
                                              const struct es_node *id)
{
    const struct es_registry *registry = c->catalogue->registry;
    const struct es_requirement *r = es_registry_find(registry, id->text);
    if (r) {
        return r;
    }
    struct es_suggestion s;
    es_suggestion_init(&s, id->text);
    for (size_t i = 0; i < registry->requirements.n; i++) {
        es_suggestion_offer(&s, registry->requirements.at[i].id);
    }
    es_compile_fail(c, id->loc, "requirement '%.*s' is not in the registry",
                    ES_SLICE_ARG(id->text));
    if (s.best) {
        es_hint(c->d, "did you mean '%s'?", s.best);
    }
    return NULL;
}

#define ADD_SORTED(arena, list, rule)                                                  \
    do {                                                                               \
        size_t at = 0;                                                                 \
        while (at < (list)->n && strcmp((list)->at[at]->id, (rule)->id) < 0) {         \
            at++;                                                                      \
        }                                                                              \
        if (at == (list)->n || (list)->at[at] != (rule)) {                             \
            ES_PUSH(arena, list, rule);                                                \
            memmove(&(list)->at[at + 1], &(list)->at[at],                              \
                    ((list)->n - 1 - at) * sizeof *(list)->at);                        \
            (list)->at[at] = (rule);                                                   \
        }                                                                              \
    } while (0)

/* The rule that a `req` value names; counts it as judged by the plan. */
static struct es_rule rule_of(struct es_compile *c, const struct es_node *id)
{
    id = es_compile_follow(c, id);
    if (id->kind != ES_NODE_SCALAR) {
        es_compile_fail(c, id->loc, "'req' names a rule, or maps fields to rules");
        return (struct es_rule){.none = true};
    }
    if (es_slice_is(id->text, "none")) {
        return (struct es_rule){.none = true};
    }
    const struct es_requirement *r = find_rule(c, id);
    if (!r) {
        return (struct es_rule){.none = true};
    }
    if (!es_role_binds(r->role, c->scenario->iut)) {
        es_compile_fail(c, id->loc, "'%s' binds the %s, but the IUT here is the %s",
                        r->id, es_role_name(r->role), es_role_name(c->scenario->iut));
    }
    if (c->phase == ES_PHASE_STEPS && c->step->control != ES_CONTROL_BEFORE) {
        ADD_SORTED(c->arena, &c->plan->requirements, r);
    }
    return (struct es_rule){.requirement = r};
}

bool es_compile_need(struct es_compile *c, const struct es_node *id)
{
    const struct es_requirement *r = find_rule(c, id);
    if (r) {
        ADD_SORTED(c->arena, &c->plan->needs, r);
    }
    return r != NULL;
}

static const struct es_node *req_of(const struct es_compile *c)
{
    const struct es_node *req = c->step_req ? c->step_req : c->req;
    return req ? es_compile_follow((struct es_compile *)(uintptr_t)c, req) : NULL;
}

struct es_rule es_compile_rule(struct es_compile *c, const char *path)
{
    const struct es_node *req = req_of(c);
    if (!req) {
        return (struct es_rule){0};
    }
    if (req->kind != ES_NODE_MAP) {
        return rule_of(c, req);
    }
    char name[160];
    size_t n = strlen(path) < sizeof name - 1 ? strlen(path) : sizeof name - 1;
    memcpy(name, path, n);
    for (name[n] = 0; n > 0; name[n] = 0) {
        const struct es_node *id = es_node_find(req, name);
        if (id) {
            return rule_of(c, id);
        }
        while (n > 0 && name[--n] != '.') {
        }
    }
    const struct es_node *fallback = es_node_find(req, "default");
    if (!fallback) {
        es_compile_fail(c, req->loc, "'req' gives no rule for '%s'", path);
        es_hint(c->d, "add %s: <id>, or default: <id>", path);
        return (struct es_rule){.none = true};
    }
    return rule_of(c, fallback);
}

static bool is_judged(const struct es_compile *c, struct es_slice key)
{
    for (size_t i = 0; i < c->judged_paths.n; i++) {
        struct es_slice path = es_slice_of(c->judged_paths.at[i]);
        bool below = path.n > key.n && path.p[key.n] == '.';
        if (es_slice_eq(es_slice_sub(path, 0, key.n), key) &&
            (path.n == key.n || below)) {
            return true;
        }
    }
    return es_slice_is(key, "default") || es_slice_is(key, "missing");
}

static bool check_keys(struct es_compile *c, const struct es_node *req)
{
    bool ok = true;
    for (size_t i = 0; req->kind == ES_NODE_MAP && i < req->pairs.n; i++) {
        const struct es_node *key = req->pairs.at[i].key;
        if (is_judged(c, key->text)) {
            continue;
        }
        struct es_suggestion s;
        es_suggestion_init(&s, key->text);
        for (size_t k = 0; k < c->judged_paths.n; k++) {
            es_suggestion_offer(&s, c->judged_paths.at[k]);
        }
        ok = es_compile_fail(c, key->loc,
                             "'req' names '%.*s', which this step does not judge",
                             ES_SLICE_ARG(key->text));
        if (s.best) {
            es_hint(c->d, "did you mean '%s'?", s.best);
        }
    }
    return ok;
}

bool es_compile_step_rules(struct es_compile *c)
{
    struct es_step *s = c->step;
    const struct es_node *req = req_of(c);
    bool must = (s->verb->judges || c->judged_paths.n > 0) &&
                s->phase == ES_PHASE_STEPS && s->control != ES_CONTROL_BEFORE;
    if (!req) {
        if (must) {
            es_compile_fail(c, s->loc, "'%s' judges the IUT but names no requirement",
                            s->verb->name);
            return es_hint(c->d, "add req: <id>, or req: none for a mere precondition");
        }
        return true;
    }
    bool mapped = req->kind == ES_NODE_MAP;
    const struct es_node *fallback = mapped ? es_node_find(req, "default") : req;
    const struct es_node *missing = mapped ? es_node_find(req, "missing") : NULL;
    s->rule = fallback ? rule_of(c, fallback) : (struct es_rule){.none = true};
    s->missing = missing ? rule_of(c, missing) : s->rule;
    return c->step_req ? check_keys(c, req) : true;
}
