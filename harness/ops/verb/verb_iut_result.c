/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/word.h"
#include "stage/stage.h"

/* The worker may read the outcome between two polls: do not sleep over it. */
#define LOOK_AGAIN (20 * ES_USEC_PER_MS)

enum { SUCCESS, FAILURE, ANY };

static const char *const words[] = {"success", "failure", "any"};
static const struct es_words outcomes = {words, ES_COUNT(words)};

struct args {
    unsigned wanted;
    struct es_loc loc;
};

/* A message that was lost is sent again sooner than that (RFC 7252, 4.8). Once the steps before
 * have seen the whole exchange, only an acknowledgement may still be on its way. */
#define QUIET (4 * ES_USEC_PER_S)
#define QUIET_AT_THE_END ES_USEC_PER_S

struct state {
    es_usec deadline, heard; /* heard: when the client last did something */
    bool is_concluded;       /* whoever can tell the outcome was asked */
};

struct record {
    const char *result, *text;
    es_usec time;
};

static struct es_value get_result(const void *record, const struct es_shape_field *f,
                                  struct es_arena *a)
{
    (void)f, (void)a;
    return es_value_text(es_slice_of(((const struct record *)record)->result));
}

static struct es_value get_text(const void *record, const struct es_shape_field *f,
                                struct es_arena *a)
{
    (void)f, (void)a;
    return es_value_text(es_slice_of(((const struct record *)record)->text));
}

static struct es_value get_time(const void *record, const struct es_shape_field *f,
                                struct es_arena *a)
{
    (void)f, (void)a;
    return es_value_time(((const struct record *)record)->time);
}

static const struct es_shape_field shape_fields[] = {
    {.name = "result",
     .kind = ES_KIND_TEXT,
     .get = get_result,
     .doc = "success or failure"},
    {.name = "text",
     .kind = ES_KIND_TEXT,
     .get = get_text,
     .doc = "the client's own words: its error, or the line that tells the outcome"},
    {.name = "time", .kind = ES_KIND_TIME, .get = get_time, .doc = "when it was told"},
};

static const struct es_shape shape = {
    .name = "an outcome", .fields = shape_fields, .n = ES_COUNT(shape_fields)};

static bool compile(struct es_compile *c, const struct es_node *value, void *args)
{
    struct args *x = args;
    x->loc = value->loc;
    return es_word_find(c, value, &outcomes, &x->wanted);
}

/* What the steps before have judged stands, and so may what comes. In the preamble the
 * exchange itself was proof enough. */
static enum es_progress unseen(struct es_stage *g, const struct es_step *step,
                               const char *text)
{
    const struct args *x = step->args;
    es_stage_note(g, "nobody can see how it ended: %s", text);
    if (x->wanted != ANY && step->phase == ES_PHASE_STEPS) {
        es_stage_trouble(g, step, ES_VERDICT_INCONCLUSIVE,
                         "nobody can see how the operation ended: %s", text);
    }
    return ES_STEP_DONE;
}

static enum es_progress conclude(struct es_stage *g, const struct es_step *step,
                                 enum es_outcome outcome, const char *text)
{
    const struct args *x = step->args;
    struct record *r = ES_NEW(es_stage_arena(g), struct record);
    unsigned got = outcome == ES_OUTCOME_SUCCESS ? SUCCESS : FAILURE;
    *r = (struct record){.result = words[got], .text = text, .time = es_stage_now(g)};
    es_stage_bind(g, step, r);
    es_stage_note(g, "the client reports %s: %s", words[got], text);
    es_stage_judged(g, &step->rule);
    if (x->wanted != ANY && x->wanted != got) {
        struct es_field_match field = {.path = "result", .rule = step->rule};
        struct es_mismatch m = {.field = &field,
                                .loc = x->loc,
                                .path = field.path,
                                .wanted = words[x->wanted]};
        m.got = es_arena_printf(es_stage_arena(g), "%s (%s)", words[got], text);
        es_stage_mismatch(g, step, NULL, &m, NULL);
    }
    return ES_STEP_DONE;
}

/* Whether the exchange is over. Nothing but what the client sends shows that, where nobody
 * reports the outcome by himself. */
static bool is_over(struct es_stage *g, const struct state *s,
                    const struct es_driver *v)
{
    es_usec quiet = es_driver_is_confirmed(v) ? QUIET_AT_THE_END : QUIET;
    if (!es_driver_awaits_device(v) || es_stage_now(g) >= s->deadline) {
        return true;
    }
    switch (es_stage_visit(g)) {
    case ES_VISIT_NONE:
        return es_stage_has_come(g);
    case ES_VISIT_HANDSHAKE:
        break;
    case ES_VISIT_OPEN:
        return es_stage_now(g) - s->heard >= quiet;
    }
    return false;
}

static enum es_progress look(struct es_stage *g, const struct es_step *step,
                             struct state *s)
{
    struct es_driver *v = es_stage_driver(g);
    struct es_arena *a = es_stage_arena(g);
    es_driver_poll(v, es_stage_now(g));
    if (!s->is_concluded && is_over(g, s, v)) {
        s->is_concluded = true;
        es_driver_conclude(v);
    }
    enum es_outcome outcome = es_driver_outcome(v);
    /* Whoever has not answered then is a person at the terminal, who may take his time. */
    bool asks =
        outcome == ES_OUTCOME_NONE && s->is_concluded && es_driver_awaits_device(v);
    es_driver_wait_outside(v, asks, es_stage_now(g));
    const char *text = es_driver_outcome_text(v);
    text = text ? es_arena_printf(a, "%s", text) : "";
    if (outcome == ES_OUTCOME_UNKNOWN) {
        return unseen(g, step, text);
    }
    if (outcome != ES_OUTCOME_NONE) {
        return conclude(g, step, outcome, text);
    }
    if (es_driver_acknowledged(v) < 0) {
        return es_stage_trouble(g, step, ES_VERDICT_INCONCLUSIVE,
                                "the client does not support this operation");
    }
    if (!asks && s->is_concluded && es_stage_now(g) >= s->deadline) {
        const char *span = es_text_of_duration(a, s->deadline - es_stage_step_start(g));
        return es_stage_missing(g, step, NULL,
                                "the client reported no outcome within %s", span);
    }
    es_stage_wake(g, es_stage_now(g) + LOOK_AGAIN);
    return ES_STEP_WAIT;
}

static enum es_progress start(struct es_stage *g, const struct es_step *step,
                              void *state)
{
    struct state *s = state;
    if (!es_stage_driver(g)) {
        return es_stage_trouble(g, step, ES_VERDICT_INCONCLUSIVE,
                                "nobody can see how the operation ended");
    }
    s->deadline = es_stage_deadline(g, step);
    s->heard = es_stage_now(g);
    return look(g, step, s);
}

static enum es_progress poll(struct es_stage *g, const struct es_step *step,
                             void *state, const struct es_event *event)
{
    struct state *s = state;
    s->heard = event->kind == ES_EVENT_TICK ? s->heard : es_stage_now(g);
    return look(g, step, s);
}

const struct es_verb es_verb_iut_result = {
    .name = "iut.result",
    .summary = "waits for the outcome of the client's operation",
    .doc =
        "The client reports through its driver how the operation of the latest iut.start "
        "ended. `any` only waits. A crash fails the step. Where nobody can see the outcome, "
        "the instance is inconclusive and goes on.\n"
        "Example: - iut.result: success\n"
        "           req: RFC9148:4.2:client-does-crts-sen-sren",
    .value_doc = "success, failure or any",
    .value_schema = "{\"type\": \"string\"}",
    .is_of_operation = true,
    .args_size = sizeof(struct args),
    .state_size = sizeof(struct state),
    .judges = true,
    .shape = &shape,
    .compile = compile,
    .start = start,
    .poll = poll,
};
