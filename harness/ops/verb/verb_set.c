/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/compile.h"
#include "stage/stage.h"

struct assignment {
    uint32_t slot;
    struct es_operand value;
};

struct args {
    struct assignment *at;
    size_t n, room;
};

static bool compile(struct es_compile *c, const struct es_node *value, void *args)
{
    struct args *x = args;
    if (value->kind != ES_NODE_MAP) {
        return es_compile_fail(c, value->loc, "'set' takes a map of names and values");
    }
    bool ok = true;
    for (size_t i = 0; i < value->pairs.n; i++) {
        const struct es_pair *pair = &value->pairs.at[i];
        struct assignment a = {0};
        ok = es_operand_compile(c, pair->value, ES_KIND_ANY, &a.value) && ok;
        a.slot = es_compile_publish(c, es_arena_text(c->arena, pair->key->text),
                                    a.value.kind, a.value.shape);
        ES_PUSH(c->arena, x, a);
    }
    return ok;
}

static enum es_progress start(struct es_stage *g, const struct es_step *step,
                              void *state)
{
    const struct args *x = step->args;
    (void)state;
    for (size_t i = 0; i < x->n; i++) {
        struct es_value v;
        if (!es_stage_eval(g, step, &x->at[i].value, &v)) {
            return ES_STEP_END;
        }
        es_stage_scope(g)->slots[x->at[i].slot] = v;
    }
    return ES_STEP_DONE;
}

const struct es_verb es_verb_set = {
    .name = "set",
    .summary = "gives names to values",
    .doc =
        "Values, expressions and payload trees; a tree is encoded once. The names are seen "
        "by all later steps, also outside a procedure.\n"
        "Example: - set: {est: /.well-known/est, csr: {csr: {}}}",
    .value_doc = "a map of names and values",
    .value_schema = "{\"type\": \"object\"}",
    .args_size = sizeof(struct args),
    .compile = compile,
    .start = start,
};
