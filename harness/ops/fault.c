/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/fault.h"

static const char *const record_names[] = {"ClientHello",
                                           "HelloVerifyRequest",
                                           "ServerHello",
                                           "Certificate",
                                           "ServerKeyExchange",
                                           "CertificateRequest",
                                           "ServerHelloDone",
                                           "ClientKeyExchange",
                                           "CertificateVerify",
                                           "ChangeCipherSpec",
                                           "Finished",
                                           "NewSessionTicket",
                                           "Alert",
                                           "ApplicationData"};

static bool parse_from(struct es_compile *c, const struct es_node *value,
                       const struct es_field *field, void *out)
{
    struct es_fault_args *x = out;
    (void)field;
    const struct es_node *n = es_compile_follow(c, value);
    x->from = es_slice_is(n->text, "iut") ? ES_FROM_IUT : ES_FROM_HARNESS;
    if (x->from == ES_FROM_HARNESS && !es_slice_is(n->text, "harness")) {
        return es_compile_fail(c, n->loc, "'from' is iut or harness");
    }
    return true;
}

static bool is_code_name(struct es_slice name)
{
    struct es_value v;
    return es_value_parse(name, ES_KIND_CODE, NULL, &v) || es_coap_method_find(name) ||
           es_slice_is(name, "empty") || es_slice_is(name, "ACK") ||
           es_slice_is(name, "CON") || es_slice_is(name, "NON") ||
           es_slice_is(name, "RST");
}

static bool add_name(struct es_compile *c, const struct es_node *n,
                     struct es_fault_args *x)
{
    struct es_suggestion s;
    es_suggestion_init(&s, n->text);
    bool is_record = false;
    for (size_t i = 0; i < ES_COUNT(record_names); i++) {
        is_record = is_record || es_slice_is(n->text, record_names[i]);
        es_suggestion_offer(&s, record_names[i]);
    }
    bool is_message = !is_record && is_code_name(n->text);
    if (!is_record && !is_message) {
        es_compile_fail(c, n->loc,
                        "%s is neither a handshake message, a record nor a code",
                        es_node_describe(n, c->arena));
        return s.best ? es_hint(c->d, "did you mean '%s'?", s.best) : false;
    }
    if (x->names_n && x->is_message != is_message) {
        return es_compile_fail(c, n->loc, "'carrying' names either records or codes");
    }
    if (x->names_n == ES_FAULT_NAMES_MAX) {
        return es_compile_fail(c, n->loc, "more than %d names", ES_FAULT_NAMES_MAX);
    }
    x->is_message = is_message;
    x->names[x->names_n++] = es_arena_text(c->arena, n->text);
    return true;
}

static bool parse_carrying(struct es_compile *c, const struct es_node *value,
                           const struct es_field *field, void *out)
{
    struct es_fault_args *x = out;
    (void)field;
    const struct es_node *n = es_compile_follow(c, value);
    if (n->kind != ES_NODE_SEQUENCE) {
        return add_name(c, n, x);
    }
    bool ok = true;
    for (size_t i = 0; i < n->items.n; i++) {
        ok = add_name(c, es_compile_follow(c, n->items.at[i]), x) && ok;
    }
    return ok;
}

static const struct es_field_type type_from = {
    "side", "iut or harness", "{\"enum\": [\"iut\", \"harness\"]}", parse_from};
static const struct es_field_type type_carrying = {
    "names", "a name or a list of names: ServerHello, Finished, 2.31, GET ...", "{}",
    parse_carrying};

#define AT(member) offsetof(struct es_fault_args, member)
#define SELECTORS                                                                      \
    {.key = "from", .type = &type_from, .doc = "who sent it; default: both sides"},    \
        {.key = "carrying",                                                            \
         .type = &type_carrying,                                                       \
         .doc = "what the datagram holds; default: anything"},                         \
        {.key = "nth",                                                                 \
         .type = &es_type_number,                                                      \
         .offset = AT(nth),                                                            \
         .doc = "from the nth that fits on; default: the first"},                      \
    {                                                                                  \
        .key = "copies", .type = &es_type_number, .offset = AT(copies),                \
        .doc = "how often; default: until net.heal"                                    \
    }

static const struct es_field plain[] = {SELECTORS};
static const struct es_field timed[] = {
    SELECTORS,
    {.key = "by",
     .type = &es_type_duration,
     .offset = AT(by),
     .doc = "how long the datagram is held back"},
};

const struct es_fields es_fault_fields = {plain, ES_COUNT(plain)};
const struct es_fields es_fault_timed_fields = {timed, ES_COUNT(timed)};

bool es_fault_compile(struct es_compile *c, const struct es_node *value, void *args)
{
    return es_compile_fields(c, es_compile_follow(c, value), &es_fault_fields,
                             c->step->verb->name, args);
}

bool es_fault_timed_compile(struct es_compile *c, const struct es_node *value,
                            void *args)
{
    return es_compile_fields(c, es_compile_follow(c, value), &es_fault_timed_fields,
                             c->step->verb->name, args);
}

static bool number(struct es_stage *g, const struct es_step *step,
                   const struct es_operand *o, int64_t *out)
{
    struct es_value v = es_value_number(0);
    ES_TRY(o->form == ES_OPERAND_ABSENT || es_stage_eval(g, step, o, &v));
    *out = v.number;
    return true;
}

#define HELD_BACK (200 * ES_USEC_PER_MS) /* without `by` */

enum es_progress es_fault_start(struct es_stage *g, const struct es_step *step,
                                enum es_fault_kind kind,
                                struct es_slice (*change)(struct es_stage *g,
                                                          struct es_slice bytes))
{
    const struct es_fault_args *x = step->args;
    struct es_value by = es_value_duration(HELD_BACK);
    struct es_fault_rule rule = {.from_iut = x->from != ES_FROM_HARNESS,
                                 .from_harness = x->from != ES_FROM_IUT,
                                 .names_n = x->names_n,
                                 .is_message = x->is_message,
                                 .effect = {.kind = kind},
                                 .change = change};
    for (size_t i = 0; i < x->names_n; i++) {
        rule.names[i] = x->names[i];
    }
    bool ok = number(g, step, &x->nth, &rule.nth) &&
              number(g, step, &x->copies, &rule.copies);
    if (!ok ||
        (x->by.form != ES_OPERAND_ABSENT && !es_stage_eval(g, step, &x->by, &by))) {
        return ES_STEP_END;
    }
    rule.effect.span = by.usec;
    es_stage_fault(g, &rule);
    return ES_STEP_DONE;
}
