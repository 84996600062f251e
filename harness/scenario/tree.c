/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/tree.h"

#include "base/buf.h"
#include "scenario/compile.h"
#include "scenario/mutation.h"

enum { TREE_BYTES_MAX = 4 * 1024 * 1024 };

static bool is_common_key(const struct es_pair *pair)
{
    return es_slice_is(pair->key->text, "repeat") ||
           es_slice_is(pair->key->text, "mutate");
}

static void fail_matcher(struct es_compile *c, const struct es_node *key)
{
    struct es_suggestion s;
    es_suggestion_init(&s, key->text);
    const struct es_language *l = c->catalogue->language;
    for (size_t i = 0; i < l->matchers_n; i++) {
        if (l->matchers[i]->form == ES_MATCHER_TREE) {
            es_suggestion_offer(&s, l->matchers[i]->name);
        }
    }
    es_compile_fail(c, key->loc, "'%.*s' is not a payload tree",
                    ES_SLICE_ARG(key->text));
    if (s.best) {
        es_hint(c->d, "did you mean '%s'?", s.best);
    }
}

static bool compile_builder(struct es_compile *c, const struct es_pair *pair,
                            struct es_tree *t)
{
    if (t->matcher) {
        return es_compile_fail(c, pair->key->loc,
                               "a payload tree has one kind: '%s' or '%.*s'",
                               t->matcher->name, ES_SLICE_ARG(pair->key->text));
    }
    t->matcher =
        es_language_matcher(c->catalogue->language, pair->key->text, ES_MATCHER_TREE);
    if (!t->matcher) {
        fail_matcher(c, pair->key);
        return false;
    }
    if (!t->matcher->build) {
        return es_compile_fail(c, pair->key->loc, "'%s' can be matched, not built",
                               t->matcher->name);
    }
    void *args = es_arena_alloc(c->arena, t->matcher->args_size);
    t->args = args;
    if (t->matcher->fields) {
        return es_compile_fields(c, es_compile_follow(c, pair->value),
                                 t->matcher->fields, t->matcher->name, args);
    }
    return t->matcher->compile(c, es_compile_follow(c, pair->value), args);
}

const struct es_tree *es_tree_compile(struct es_compile *c, const struct es_node *map)
{
    struct es_tree *t = ES_NEW(c->arena, struct es_tree);
    bool ok = true;
    for (size_t i = 0; i < map->pairs.n; i++) {
        const struct es_pair *pair = &map->pairs.at[i];
        if (!is_common_key(pair)) {
            ok = compile_builder(c, pair, t) && ok;
        } else if (es_slice_is(pair->key->text, "repeat")) {
            ok = es_operand_compile(c, pair->value, ES_KIND_NUMBER, &t->repeat) && ok;
        } else {
            ok = es_mutations_compile(c, pair->value, t) && ok;
        }
    }
    if (ok && !t->matcher) {
        ok = es_compile_fail(c, map->loc,
                             "this payload tree says no kind, such as hex or csr");
    }
    return ok ? t : NULL;
}

bool es_tree_build(const struct es_tree *t, struct es_scope *scope, struct es_arena *a,
                   struct es_slice *out, const char **why)
{
    ES_TRY(t->matcher->build(t->args, scope, a, out, why));
    if (t->repeat.form != ES_OPERAND_ABSENT) {
        struct es_value times;
        ES_TRY(es_operand_eval(&t->repeat, scope, a, &times, why));
        bool sane = times.number >= 0 && times.number <= TREE_BYTES_MAX &&
                    out->n * (size_t)times.number <= TREE_BYTES_MAX;
        *why = "repeat makes this too large";
        ES_TRY(sane);
        struct es_buf all;
        es_buf_build(&all, a, out->n * (size_t)times.number + 1);
        for (int64_t i = 0; i < times.number; i++) {
            es_buf_put(&all, *out);
        }
        *out = es_buf_slice(&all);
    }
    return es_mutations_apply(t, scope, a, out, why);
}
