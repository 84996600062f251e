/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/expectation.h"

struct args {
    struct es_heads_in heads;
    bool is_any;
};

struct state {
    struct es_channel *channel;
    es_usec deadline;
};

static bool compile(struct es_compile *c, const struct es_node *value, void *args)
{
    struct args *x = args;
    ES_TRY(es_heads_compile(c, value, &x->heads));
    for (size_t i = 0; i < x->heads.n; i++) {
        x->is_any = x->is_any || x->heads.at[i].form == ES_HEAD_ANY;
    }
    return !es_heads_allow_silence(&x->heads) ||
           es_compile_fail(c, value->loc, "'expect-none' names messages, not silence");
}

static bool finish(struct es_compile *c, const struct es_node *step_node, void *args)
{
    (void)args;
    if (!es_node_find(step_node, "within")) {
        es_compile_fail(c, c->step->loc, "'expect-none' needs 'within'");
        return es_hint(c->d, "for how long nothing may come, such as within: 1s");
    }
    return true;
}

static enum es_progress broken(struct es_stage *g, const struct es_step *step,
                               const char *got, const struct es_coap_message *m)
{
    const struct args *x = step->args;
    struct es_concerned who = {.received = m};
    struct es_field_match field = {.path = step->verb->name, .rule = x->heads.rule};
    struct es_mismatch mismatch = {
        .field = &field, .loc = x->heads.loc, .path = field.path, .got = got};
    mismatch.wanted =
        es_arena_printf(es_stage_arena(g), "nothing (%s)", x->heads.source);
    es_stage_judged(g, &x->heads.rule);
    es_stage_mismatch(g, step, NULL, &mismatch, &who);
    return ES_STEP_DONE;
}

static enum es_progress take(struct es_stage *g, const struct es_step *step,
                             struct es_channel *ch, const struct es_coap_incoming *in)
{
    const struct args *x = step->args;
    if (es_waiting_tolerates(g, in)) {
        return ES_STEP_WAIT;
    }
    if (!es_heads_find(g, &x->heads, in)) {
        struct es_event event = {
            .kind = ES_EVENT_MESSAGE, .channel = ch, .incoming = in};
        es_stage_keep(g, &event);
        return ES_STEP_WAIT;
    }
    return broken(g, step, es_head_text(in, es_stage_arena(g)), &in->message);
}

static enum es_progress ended(struct es_stage *g, const struct es_step *step,
                              const struct es_channel *ch)
{
    const struct args *x = step->args;
    if (x->is_any) {
        return broken(
            g, step,
            es_arena_printf(es_stage_arena(g), "the session ended: %s", ch->reason),
            NULL);
    }
    es_stage_judged(g, &x->heads.rule);
    return ES_STEP_DONE;
}

static enum es_progress start(struct es_stage *g, const struct es_step *step,
                              void *state)
{
    struct state *s = state;
    enum es_progress progress = ES_STEP_WAIT;
    s->channel = es_stage_channel(g, step, false);
    if (!s->channel) {
        return ES_STEP_END;
    }
    s->deadline = es_stage_deadline(g, step);
    for (size_t left = s->channel->kept.n; left > 0 && progress == ES_STEP_WAIT;
         left--) {
        progress = take(g, step, s->channel, es_stage_take_kept(s->channel));
    }
    if (progress == ES_STEP_WAIT && s->channel->ended) {
        return ended(g, step, s->channel);
    }
    return progress;
}

static enum es_progress poll(struct es_stage *g, const struct es_step *step,
                             void *state, const struct es_event *event)
{
    const struct args *x = step->args;
    const struct state *s = state;
    bool mine = event->channel == s->channel;
    if (event->kind == ES_EVENT_MESSAGE && mine) {
        enum es_progress progress = take(g, step, s->channel, event->incoming);
        es_stage_deadline(g, step);
        return progress;
    }
    es_stage_keep(g, event);
    if (event->kind == ES_EVENT_ENDED && mine) {
        return ended(g, step, s->channel);
    }
    es_stage_deadline(g, step);
    if (es_stage_now(g) < s->deadline) {
        return ES_STEP_WAIT;
    }
    es_stage_judged(g, &x->heads.rule);
    return ES_STEP_DONE;
}

const struct es_verb es_verb_expect_none = {
    .name = "expect-none",
    .summary = "waits and demands that nothing comes",
    .doc =
        "During `within` none of the messages named may come on the channel; with `any` "
        "the peer may not end the session either. Copies of earlier messages and pings are "
        "passed over unless the scenario is strict.\n"
        "Example: - expect-none: any\n"
        "           within: 1s\n"
        "           req: RFC6347:4.1.2.7:invalid-records-silently-dropped",
    .value_doc = "any, or heads as in expect",
    .value_schema = "{\"type\": [\"string\", \"number\"]}",
    .args_size = sizeof(struct args),
    .state_size = sizeof(struct state),
    .judges = true,
    .compile = compile,
    .finish = finish,
    .start = start,
    .poll = poll,
};
