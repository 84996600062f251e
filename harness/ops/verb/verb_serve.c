/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/serving.h"

/* The compiler reads `do` itself; the field is here for explain and schema. */
static bool parse_do(struct es_compile *c, const struct es_node *value,
                     const struct es_field *field, void *out)
{
    (void)c, (void)value, (void)field, (void)out;
    return true;
}

static const struct es_field_type type_steps = {"steps", "a list of steps",
                                                "{\"type\": \"array\"}", parse_do};

static const struct es_field do_fields[] = {
    {.key = "do",
     .type = &type_steps,
     .doc = "steps between question and answer: pki.issue, set, check"}};

static const struct es_fields do_all = {do_fields, ES_COUNT(do_fields)};

static bool is_field(const struct es_fields *fields, struct es_slice key)
{
    for (size_t i = 0; i < fields->n; i++) {
        if (es_slice_is(key, fields->at[i].key)) {
            return true;
        }
    }
    return false;
}

/* Whether the key belongs to the question. The rest belongs to the answer, which finds out
 * what it does not know. */
static bool is_of_question(struct es_slice key)
{
    static const char *const common[] = {"id",  "note", "within", "not-before",
                                         "req", "on",   "serve"};
    for (size_t i = 0; i < ES_COUNT(common); i++) {
        if (es_slice_is(key, common[i])) {
            return true;
        }
    }
    return is_field(&es_ask_fields, key);
}

/* The pairs of the step that belong to the question, or to the answer. */
static const struct es_node *part_of(struct es_compile *c, const struct es_node *step,
                                     bool question)
{
    struct es_node *part = ES_NEW(c->arena, struct es_node);
    part->kind = ES_NODE_MAP;
    part->loc = step->loc;
    for (size_t i = 0; i < step->pairs.n; i++) {
        const struct es_pair *pair = &step->pairs.at[i];
        bool both = es_slice_is(pair->key->text, "control") ||
                    es_slice_is(pair->key->text, "serve");
        bool is_do = es_slice_is(pair->key->text, "do");
        if (!is_do && (both || is_of_question(pair->key->text) == question)) {
            ES_PUSH(c->arena, &part->pairs, *pair);
        }
    }
    return part;
}

/* The answer judges by the rules of the question, and looks where that put the request. */
static void join(struct es_compile *c, size_t question, size_t answer)
{
    if (answer >= c->plan->steps.n) {
        return;
    }
    const struct es_step *q = &c->plan->steps.at[question];
    struct es_step *a = &c->plan->steps.at[answer];
    struct es_answer_args *x = a->args;
    const struct es_ask_args *y = q->args;
    x->slot = y->slot;
    x->each_fetch = &y->each_fetch;
    a->name = q->name;
    a->rule = q->rule;
    a->missing = q->missing;
}

/* With `or-none` what follows the question is done only if a request came. */
static bool guard_rest(struct es_compile *c, size_t question)
{
    const struct es_step *q = &c->plan->steps.at[question];
    struct es_ask_args *x = q->args;
    if (!x->or_none) {
        return true;
    }
    if (c->guard.is_set) {
        return es_compile_fail(c, q->loc,
                               "'or-none' cannot stand in a branch of 'alt'");
    }
    x->came = c->plan->slots_n++;
    c->guard = (struct es_guard){true, x->came, 1};
    return true;
}

static bool expand(struct es_compile *c, const struct es_node *step_node,
                   const struct es_step *head)
{
    const struct es_node *question = part_of(c, step_node, true);
    const struct es_node *answer = part_of(c, step_node, false);
    const struct es_node *between = es_node_find(step_node, "do");
    enum es_control control = c->control;
    size_t asks = c->plan->steps.n;
    c->control = head->control;
    bool ok = es_compile_step_as(c, question, es_node_find_pair(question, "serve"),
                                 &es_serve_ask);
    if (c->plan->steps.n == asks) {
        c->control = control;
        return false;
    }
    struct es_guard outer = c->guard;
    ok = guard_rest(c, asks) && ok;
    ok = (!between || es_compile_steps(c, between)) && ok;
    size_t answers = c->plan->steps.n;
    ok = es_compile_step_as(c, answer, es_node_find_pair(answer, "serve"),
                            &es_serve_answer) &&
         ok;
    c->guard = outer;
    c->control = control;
    join(c, asks, answers);
    return ok;
}

const struct es_verb es_verb_serve = {
    .name = "serve",
    .summary = "waits for a request of the client and answers it",
    .doc =
        "A whole exchange as server: the request is put together from its blocks, judged by "
        "`asked`, and answered, block-wise where the answer is large. Between question and "
        "answer stand the steps of `do`, which may use what was asked. Options of the answer "
        "are given by name, as in `request`. Other requests of the client that no step of "
        "the scenario names are answered in the background, as a good EST server would, "
        "unless the scenario says `tolerate: strict`.\n"
        "Example: - id: enrol\n"
        "           serve: POST $est/sen\n"
        "           asked: {content-format: 286, body: {csr: {signature: valid}}}\n"
        "           do:\n"
        "             - id: issued\n"
        "               pki.issue: {csr: $enrol.asked.body}\n"
        "           reply: 2.04\n"
        "           content-format: 281\n"
        "           body: $issued.p7",
    .value_doc = "a head: METHOD /path?query",
    .value_schema = "{\"type\": \"string\"}",
    .fields = {&es_ask_fields, &es_message_out_fields, &es_answer_fields, &do_all},
    .judges = true,
    .is_timed = true,
    .shape = &es_serve_shape,
    .more_at = es_message_option_at,
    .expand = expand,
};
