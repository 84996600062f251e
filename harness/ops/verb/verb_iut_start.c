/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/predefined.h"
#include "ops/word.h"
#include "stage/stage.h"

enum { BOOT = 7 };

static const char *const words[] = {"crts", "sen", "sren",     "skg",
                                    "skc",  "att", "discover", "boot"};
static const struct es_words operations = {words, ES_COUNT(words)};

struct args {
    unsigned op;
    struct es_operand uri;
};

static bool compile(struct es_compile *c, const struct es_node *value, void *args)
{
    struct args *x = args;
    return es_word_find(c, value, &operations, &x->op);
}

/* The worker may read the answer between two polls: do not sleep over it. */
#define LOOK_AGAIN (20 * ES_USEC_PER_MS)

struct state {
    es_usec deadline;
};

/* A client that cannot boot by itself is ended and started again. */
static enum es_progress restart(struct es_stage *g, const struct es_step *step,
                                struct es_driver *v)
{
    if (es_driver_restart(v) == ES_DRIVER_READY) {
        return ES_STEP_DONE;
    }
    return es_stage_trouble(g, step, ES_VERDICT_ERROR,
                            "the client did not come back: %s", es_driver_reason(v));
}

static enum es_progress boot(struct es_stage *g, const struct es_step *step,
                             struct state *s, const char *uri)
{
    struct es_driver *v = es_stage_driver(g);
    s->deadline = es_stage_deadline(g, step);
    es_stage_wake(g, es_stage_now(g) + LOOK_AGAIN);
    return es_driver_begin(v, words[BOOT], uri) ? ES_STEP_WAIT : restart(g, step, v);
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
    const char *text = es_arena_text(es_stage_arena(g), uri.bytes);
    es_stage_note(g, "the client is told: %s %s", words[x->op], text);
    if (x->op == BOOT) {
        return boot(g, step, state, text);
    }
    if (!es_driver_begin(v, words[x->op], text)) {
        return es_stage_trouble(
            g, step, ES_VERDICT_ERROR, "the driver cannot start '%s': %s", words[x->op],
            *es_driver_reason(v) ? es_driver_reason(v)
                                 : "it names no way to (adapter.op)");
    }
    return ES_STEP_DONE;
}

static enum es_progress poll(struct es_stage *g, const struct es_step *step,
                             void *state, const struct es_event *event)
{
    const struct state *s = state;
    struct es_driver *v = es_stage_driver(g);
    (void)event;
    es_driver_poll(v, es_stage_now(g));
    if (es_driver_result(v) > 0) {
        return ES_STEP_DONE;
    }
    if (es_driver_result(v) < 0 || es_stage_now(g) >= s->deadline) {
        return restart(g, step, v);
    }
    es_stage_wake(g, s->deadline);
    es_stage_wake(g, es_stage_now(g) + LOOK_AGAIN);
    return ES_STEP_WAIT;
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
        "Starts an operation through the driver and goes on at once; `serve` answers what "
        "the client then asks, `iut.result` waits for what it makes of it. boot restarts "
        "the client with the state it has stored.\n"
        "Example: - iut.start: sen",
    .value_doc = "crts, sen, sren, skg, skc, att, discover or boot",
    .value_schema =
        "{\"enum\": [\"crts\", \"sen\", \"sren\", \"skg\", \"skc\", \"att\", "
        "\"discover\", \"boot\"]}",
    .fields = {&all_fields},
    .args_size = sizeof(struct args),
    .state_size = sizeof(struct state),
    .compile = compile,
    .start = start,
    .poll = poll,
};
