/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/predefined.h"
#include "ops/word.h"
#include "scenario/compile.h"
#include "stage/stage.h"

#include <string.h>

enum { BOOT = 7 };

static const char *const words[] = {"crts", "sen", "sren",     "skg",
                                    "skc",  "att", "discover", "boot"};
static const struct es_words operations = {words, ES_COUNT(words)};

struct args {
    unsigned op;
    struct es_operand uri;
};

/* Who must be asked by a person is asked for the same things one after the other. */
static void note_operation(struct es_compile *c, const char *name)
{
    for (size_t i = 0; i < c->plan->operations.n; i++) {
        if (strcmp(c->plan->operations.at[i], name) == 0) {
            return;
        }
    }
    ES_PUSH(c->arena, &c->plan->operations, name);
}

static bool compile(struct es_compile *c, const struct es_node *value, void *args)
{
    struct args *x = args;
    ES_TRY(es_word_find(c, value, &operations, &x->op));
    note_operation(c, words[x->op]);
    return true;
}

/* The worker may read the answer between two polls: do not sleep over it. */
#define LOOK_AGAIN (20 * ES_USEC_PER_MS)

struct state {
    es_usec deadline;
    bool moves; /* the device has done something since it was told */
};

/* A client that cannot boot by itself is ended and started again. */
static enum es_progress restart(struct es_stage *g, const struct es_step *step,
                                struct es_driver *v)
{
    if (es_driver_restart(v)) {
        return ES_STEP_DONE;
    }
    bool gone = es_driver_state(v) != ES_DRIVER_READY;
    return es_stage_trouble(g, step, gone ? ES_VERDICT_ERROR : ES_VERDICT_INCONCLUSIVE,
                            "the client was not restarted: %s", es_driver_reason(v));
}

static enum es_progress poll_boot(struct es_stage *g, const struct es_step *step,
                                  const struct state *s, struct es_driver *v)
{
    enum es_outcome outcome = es_driver_outcome(v);
    if (outcome == ES_OUTCOME_SUCCESS) {
        return ES_STEP_DONE;
    }
    return outcome != ES_OUTCOME_NONE || es_stage_now(g) >= s->deadline
               ? restart(g, step, v)
               : ES_STEP_WAIT;
}

/* Whether the device is on its way: it was told, or, where a person or nobody tells it, it has
 * come. What the person says of the outcome serves as well. */
static bool is_under_way(struct es_stage *g, const struct state *s,
                         const struct es_driver *v)
{
    return es_driver_outcome(v) != ES_OUTCOME_NONE ||
           (es_driver_is_begun(v) && (!es_driver_awaits_device(v) || s->moves ||
                                      es_stage_announce(g) || es_stage_is_asked(g)));
}

static enum es_progress never_came(struct es_stage *g, const struct es_step *step,
                                   const struct state *s, struct es_driver *v)
{
    const char *span =
        es_text_of_duration(es_stage_arena(g), s->deadline - es_stage_step_start(g));
    es_driver_appeared(v, false);
    return es_stage_trouble(g, step, ES_VERDICT_INCONCLUSIVE,
                            es_driver_awaits_device(v)
                                ? "the device did not come within %s"
                                : "the device did not ask for its next case within %s",
                            span);
}

static enum es_progress poll_op(struct es_stage *g, const struct es_step *step,
                                const struct state *s, struct es_driver *v)
{
    if (is_under_way(g, s, v)) {
        es_driver_appeared(v, true);
        return ES_STEP_DONE;
    }
    return es_stage_now(g) >= s->deadline ? never_came(g, step, s, v) : ES_STEP_WAIT;
}

static enum es_progress look(struct es_stage *g, const struct es_step *step,
                             const struct state *s)
{
    const struct args *x = step->args;
    struct es_driver *v = es_stage_driver(g);
    es_driver_poll(v, es_stage_now(g));
    enum es_progress progress =
        x->op == BOOT ? poll_boot(g, step, s, v) : poll_op(g, step, s, v);
    es_driver_wait_outside(v, progress == ES_STEP_WAIT, es_stage_now(g));
    es_stage_wake(g, s->deadline);
    es_stage_wake(g, es_stage_now(g) + LOOK_AGAIN);
    return progress;
}

static es_usec deadline(struct es_stage *g, const struct es_step *step,
                        es_usec patience)
{
    return patience == 0               ? es_stage_deadline(g, step)
           : patience == ES_USEC_NEVER ? ES_USEC_NEVER
                                       : es_stage_step_start(g) + patience;
}

static enum es_progress begin(struct es_stage *g, const struct es_step *step,
                              struct state *s, const char *uri)
{
    const struct args *x = step->args;
    struct es_driver *v = es_stage_driver(g);
    bool begun = es_driver_begin(v, words[x->op], uri);
    s->deadline = deadline(g, step, es_driver_patience(v));
    if (!begun && x->op == BOOT) {
        return restart(g, step, v);
    }
    if (x->op == BOOT) {
        es_driver_conclude(v);
    }
    return begun ? look(g, step, s)
                 : es_stage_trouble(g, step, ES_VERDICT_ERROR,
                                    "the driver cannot start '%s': %s", words[x->op],
                                    *es_driver_reason(v)
                                        ? es_driver_reason(v)
                                        : "it names no way to (adapter.op)");
}

static enum es_progress start(struct es_stage *g, const struct es_step *step,
                              void *state)
{
    const struct args *x = step->args;
    struct es_driver *v = es_stage_driver(g);
    struct es_value uri = es_stage_scope(g)->slots[ES_OPS_SLOT_URI];
    if (x->uri.form != ES_OPERAND_ABSENT && !es_stage_eval(g, step, &x->uri, &uri)) {
        return ES_STEP_END;
    }
    if (!v) {
        return es_stage_trouble(g, step, ES_VERDICT_ERROR,
                                "there is no client to start");
    }
    /* One that nobody tells now may be here already. */
    if (es_driver_patience(v) == ES_USEC_NEVER) {
        es_stage_announce(g);
    }
    const char *text = es_arena_text(es_stage_arena(g), uri.bytes);
    es_stage_note(g, "the client is %s: %s %s",
                  es_driver_is_unasked(v) ? "awaited" : "told", words[x->op], text);
    return begin(g, step, state, text);
}

static enum es_progress poll(struct es_stage *g, const struct es_step *step,
                             void *state, const struct es_event *event)
{
    struct state *s = state;
    es_stage_keep(g, event);
    s->moves = s->moves || event->kind != ES_EVENT_TICK;
    return look(g, step, s);
}

static const struct es_field fields[] = {
    {.key = "uri",
     .type = &es_type_template,
     .offset = offsetof(struct args, uri),
     .doc = "where the client is to go, instead of $uri"}};

static const struct es_fields all_fields = {fields, ES_COUNT(fields)};

const struct es_verb es_verb_iut_start = {
    .name = "iut.start",
    .summary = "makes the client under test do something",
    .doc =
        "Starts an operation through the driver and goes on as soon as the client has been "
        "told; where a person tells it or nobody does, as soon as it has come. `serve` "
        "answers what the client then asks, `iut.result` waits for what it makes of it. boot "
        "restarts the client with the state it has stored.\n"
        "Example: - iut.start: sen",
    .value_doc = "crts, sen, sren, skg, skc, att, discover or boot",
    .value_schema =
        "{\"enum\": [\"crts\", \"sen\", \"sren\", \"skg\", \"skc\", \"att\", "
        "\"discover\", \"boot\"]}",
    .fields = {&all_fields},
    .is_of_operation = true,
    .args_size = sizeof(struct args),
    .state_size = sizeof(struct state),
    .compile = compile,
    .start = start,
    .poll = poll,
};
