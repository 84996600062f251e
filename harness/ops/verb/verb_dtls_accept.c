/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/session.h"
#include "ops/word.h"

enum { OPEN };

static const char *const words[] = {"open", "any"};
static const struct es_words outcomes = {words, ES_COUNT(words)};

struct args {
    unsigned wanted;
    struct es_field_matches handshake;
};

struct state {
    es_usec deadline;
};

static bool compile(struct es_compile *c, const struct es_node *value, void *args)
{
    struct args *x = args;
    return es_word_find(c, value, &outcomes, &x->wanted);
}

static enum es_progress judge(struct es_stage *g, const struct es_step *step,
                              struct es_channel *ch)
{
    const struct args *x = step->args;
    struct es_session_view *v = es_session_view_new(g, ch);
    es_session_view_finish(g, v);
    es_stage_bind(g, step, v);
    if (v->is_unjudgeable && x->wanted == OPEN) {
        return es_stage_trouble(g, step, ES_VERDICT_INCONCLUSIVE, "%s", v->text);
    }
    if (!v->is_open && x->wanted == OPEN) {
        return es_stage_missing(g, step, NULL, "no session: %s", v->text);
    }
    es_stage_match(g, step, NULL, &x->handshake, v, NULL, NULL, NULL);
    if (x->handshake.n == 0) {
        es_stage_judged(g, &step->rule);
    }
    return ES_STEP_DONE;
}

static enum es_progress look(struct es_stage *g, const struct es_step *step,
                             const struct state *s)
{
    struct es_channel *ch = es_stage_greet(g);
    if (ch) {
        return judge(g, step, ch);
    }
    if (es_stage_now(g) >= s->deadline) {
        return es_stage_missing(
            g, step, NULL, "no client came within %s",
            es_text_of_duration(es_stage_arena(g),
                                s->deadline - es_stage_step_start(g)));
    }
    es_stage_deadline(g, step);
    return ES_STEP_WAIT;
}

static enum es_progress start(struct es_stage *g, const struct es_step *step,
                              void *state)
{
    struct state *s = state;
    s->deadline = es_stage_deadline(g, step);
    return look(g, step, s);
}

static enum es_progress poll(struct es_stage *g, const struct es_step *step,
                             void *state, const struct es_event *event)
{
    (void)event;
    return look(g, step, state);
}

static const struct es_field fields[] = {{.key = "handshake",
                                          .type = &es_type_matches,
                                          .param = &es_session_shape,
                                          .offset = offsetof(struct args, handshake),
                                          .doc = "what the handshake must be"}};

static const struct es_fields all_fields = {fields, ES_COUNT(fields)};

const struct es_verb es_verb_dtls_accept = {
    .name = "dtls.accept",
    .summary = "waits until a client has shaken hands",
    .doc =
        "With open the handshake must succeed; with any it may end otherwise, and "
        "`handshake` says how. A session that opened before is taken if no step has waited "
        "for it. Needed before `expect` and `send` where dtls.listen says `by-hand: yes`; "
        "`serve` waits by itself.\n"
        "Example: - dtls.accept: open\n"
        "           within: 5s\n"
        "           req: RFC9148:3:suite-ecdhe-ecdsa-ccm8",
    .value_doc = "open or any",
    .value_schema = "{\"enum\": [\"open\", \"any\"]}",
    .fields = {&all_fields},
    .args_size = sizeof(struct args),
    .state_size = sizeof(struct state),
    .judges = true,
    .shape = &es_session_shape,
    .compile = compile,
    .start = start,
    .poll = poll,
};
