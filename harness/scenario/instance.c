/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/scenario.h"

#include <string.h>

enum { INSTANCES_MAX = 2000 };

/* What is needed while the product of cases and matrix is made. */
struct expansion {
    const struct es_catalogue *k;
    const struct es_scenario *s;
    const struct es_bindings *bindings;
    struct es_instances *out;
    struct es_diag *d;
};

/* A matrix value may be a PIXIT value: what it stands for. */
static const struct es_node *resolve(const struct expansion *x, const struct es_node *n)
{
    if (n->kind != ES_NODE_SCALAR || !es_slice_has_prefix(n->text, "$pixit.")) {
        return n;
    }
    static const struct es_driver_spec none = {0};
    const struct es_driver_spec *driver =
        x->bindings->driver ? x->bindings->driver : &none;
    const struct es_node *value =
        es_driver_spec_pixit(driver, x->k->dictionary, es_slice_from(n->text, 7));
    return value ? value : n;
}

static bool is_listed(const struct es_instances *all, size_t from, const char *id)
{
    for (size_t i = from; i < all->n; i++) {
        if (strcmp(all->at[i].id, id) == 0) {
            return true;
        }
    }
    return false;
}

static const char *value_text(const struct es_node *n, struct es_arena *a)
{
    return n->kind == ES_NODE_SCALAR ? es_arena_text(a, n->text) : "...";
}

/* Whether all keys of one `exclude` row have the values of the instance. */
static bool is_excluded(const struct es_node *row, const struct es_instance *i)
{
    size_t equal = 0;
    for (size_t k = 0; k < row->pairs.n; k++) {
        const struct es_pair *pair = &row->pairs.at[k];
        for (size_t c = 0; c < i->choices.n; c++) {
            bool same_name = es_slice_is(pair->key->text, i->choices.at[c].name) ||
                             (es_slice_is(pair->key->text, "case") &&
                              strcmp(i->choices.at[c].name, "case.case") == 0);
            equal += same_name &&
                     es_slice_eq(pair->value->text, i->choices.at[c].node->text);
        }
    }
    return row->pairs.n > 0 && equal == row->pairs.n;
}

static void finish(const struct expansion *x, struct es_instance *i, const char *suffix,
                   const char *case_id, size_t from)
{
    const char *bracketed = *suffix ? es_arena_printf(x->k->arena, "[%s]", suffix) : "";
    i->id = es_arena_printf(x->k->arena, "%s%s%s", x->s->id, case_id, bracketed);
    for (size_t e = 0; x->s->exclude && e < x->s->exclude->items.n; e++) {
        if (is_excluded(x->s->exclude->items.at[e], i)) {
            return;
        }
    }
    if (!is_listed(x->out, from, i->id)) {
        ES_PUSH(x->k->arena, x->out, *i);
    }
}

/* Adds the instances for the matrix columns from `column` on. */
static bool multiply(const struct expansion *x, const struct es_instance *so_far,
                     size_t column, const char *suffix, const char *case_id,
                     size_t from)
{
    const struct es_node *matrix = x->s->matrix;
    if (!matrix || column == matrix->pairs.n) {
        struct es_instance i = *so_far;
        finish(x, &i, suffix, case_id, from);
        return x->out->n <= INSTANCES_MAX ||
               es_fail(x->d, matrix ? matrix->loc : x->s->root->loc, ES_CODE_SCENARIO,
                       "more than %d instances", INSTANCES_MAX);
    }
    const struct es_pair *pair = &matrix->pairs.at[column];
    ES_TRY(es_node_want(pair->value, ES_NODE_SEQUENCE, x->d));
    bool ok = true;
    for (size_t v = 0; ok && v < pair->value->items.n; v++) {
        const struct es_node *value = resolve(x, pair->value->items.at[v]);
        struct es_instance i = *so_far;
        i.choices.at = NULL;
        i.choices.n = i.choices.room = 0;
        for (size_t c = 0; c < so_far->choices.n; c++) {
            ES_PUSH(x->k->arena, &i.choices, so_far->choices.at[c]);
        }
        struct es_choice choice = {es_arena_text(x->k->arena, pair->key->text), value};
        ES_PUSH(x->k->arena, &i.choices, choice);
        const char *longer =
            es_arena_printf(x->k->arena, "%s%s%s=%s", suffix, *suffix ? "," : "",
                            choice.name, value_text(value, x->k->arena));
        ok = multiply(x, &i, column + 1, longer, case_id, from);
    }
    return ok;
}

static bool expand_case(const struct expansion *x, const struct es_node *row,
                        size_t from)
{
    struct es_instance i = {.scenario = x->s};
    ES_TRY(es_node_want(row, ES_NODE_MAP, x->d));
    const struct es_node *name = es_node_find(row, "case");
    if (!name || name->kind != ES_NODE_SCALAR) {
        return es_fail(x->d, row->loc, ES_CODE_SCENARIO,
                       "a row of 'cases' needs 'case'");
    }
    for (size_t c = 0; c < row->pairs.n; c++) {
        struct es_choice choice = {
            es_arena_printf(x->k->arena, "case.%.*s",
                            ES_SLICE_ARG(row->pairs.at[c].key->text)),
            row->pairs.at[c].value};
        ES_PUSH(x->k->arena, &i.choices, choice);
    }
    const char *id = es_arena_printf(x->k->arena, "[%.*s]", ES_SLICE_ARG(name->text));
    return multiply(x, &i, 0, "", id, from);
}

bool es_scenario_expand(const struct es_catalogue *k, const struct es_scenario *s,
                        const struct es_bindings *bindings, struct es_instances *out,
                        struct es_diag *d)
{
    struct expansion x = {k, s, bindings, out, d};
    size_t from = out->n;
    if (s->matrix) {
        ES_TRY(es_node_want(s->matrix, ES_NODE_MAP, d));
    }
    if (!s->cases) {
        struct es_instance i = {.scenario = s};
        return multiply(&x, &i, 0, "", "", from);
    }
    ES_TRY(es_node_want(s->cases, ES_NODE_SEQUENCE, d));
    bool ok = true;
    for (size_t i = 0; i < s->cases->items.n; i++) {
        ok = expand_case(&x, s->cases->items.at[i], from) && ok;
    }
    return ok;
}
