/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/compile.h"
#include "stage/stage.h"

struct args {
    struct es_operand port;
    enum es_switch acknowledge;
};

static bool compile(struct es_compile *c, const struct es_node *value, void *args)
{
    (void)args;
    if (!es_slice_is(value->text, "plain")) {
        es_compile_fail(c, value->loc, "CoAP without DTLS is opened as 'plain'");
        return es_hint(c->d, "for a protected session use dtls.connect");
    }
    return true;
}

static enum es_progress start(struct es_stage *g, const struct es_step *step,
                              void *state)
{
    const struct args *x = step->args;
    struct es_value port = es_value_number(0);
    (void)state;
    if (x->port.form != ES_OPERAND_ABSENT && !es_stage_eval(g, step, &x->port, &port)) {
        return ES_STEP_END;
    }
    struct es_channel *ch =
        es_stage_connect(g, step, NULL, (uint16_t)port.number, true);
    if (!ch) {
        return ES_STEP_END;
    }
    ch->leaves_unacknowledged = x->acknowledge == ES_SWITCH_OFF;
    es_stage_open(g, ch);
    return ES_STEP_DONE;
}

static const struct es_field fields[] = {
    {.key = "port",
     .type = &es_type_number,
     .offset = offsetof(struct args, port),
     .doc = "another port than that of $uri"},
    {.key = "acknowledge",
     .type = &es_type_switch,
     .offset = offsetof(struct args, acknowledge),
     .doc = "off: messages are not acknowledged by themselves"}};

static const struct es_fields all_fields = {fields, ES_COUNT(fields)};

const struct es_verb es_verb_coap_open = {
    .name = "coap.open",
    .summary = "opens CoAP without DTLS",
    .doc =
        "To prove that it is refused (RFC 9148, 4). Later steps speak plain CoAP to the "
        "peer until another channel is opened.\n"
        "Example: - coap.open: plain",
    .value_doc = "plain",
    .value_schema = "{\"enum\": [\"plain\"]}",
    .fields = {&all_fields},
    .args_size = sizeof(struct args),
    .compile = compile,
    .start = start,
};
