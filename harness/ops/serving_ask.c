/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/serving.h"

struct state {
    es_usec deadline, given_up; /* given_up: when that was seen; 0: not */
    struct es_coap_upload_policy upload;
    const char *uri;
};

static bool compile(struct es_compile *c, const struct es_node *value, void *args)
{
    struct es_ask_args *x = args;
    x->slot = c->plan->slots_n++;
    return es_message_head_compile(c, value, true, &x->head);
}

static bool finish(struct es_compile *c, const struct es_node *step_node, void *args)
{
    struct es_ask_args *x = args;
    x->not_before = es_timing_rule(c, step_node);
    return true;
}

static const char *const upload_words[] = {
    "as-it-should", "code", "silence", "number", "larger",
    "no-option",    "szx7", "final",   "twice",
};

static const enum es_coap_deviation upload_deviations[] = {
    ES_DEVIATE_NOT,      ES_DEVIATE_CODE,   ES_DEVIATE_SILENT,
    ES_DEVIATE_NUMBER,   ES_DEVIATE_LARGER, ES_DEVIATE_NO_OPTION,
    ES_DEVIATE_RESERVED, ES_DEVIATE_FINAL,  ES_DEVIATE_TWICE,
};

static const struct es_words upload_list = {upload_words, ES_COUNT(upload_words)};

/* As written: constants all, because the service must know them before the request comes. */
struct upload_args {
    unsigned how;
    struct es_operand block, code, block1, size1, times;
};

#define AT(member) offsetof(struct upload_args, member)

static const struct es_field upload_fields[] = {
    {.key = "how",
     .type = &es_type_word,
     .param = &upload_list,
     .offset = AT(how),
     .required = true,
     .doc = "what is wrong: code, silence, number, larger, no-option, szx7, final, "
            "twice"},
    {.key = "block",
     .type = &es_type_number,
     .offset = AT(block),
     .doc = "number of the block that is answered so; default 0"},
    {.key = "code",
     .type = &es_type_code,
     .offset = AT(code),
     .doc = "for `how: code`: 4.08, 4.13 ..."},
    {.key = "block1",
     .type = &es_type_block_size,
     .offset = AT(block1),
     .doc = "for `how: code`: a Block1 option with this size goes with it"},
    {.key = "size1",
     .type = &es_type_number,
     .offset = AT(size1),
     .doc = "for `how: code`: a Size1 option goes with it"},
    {.key = "times",
     .type = &es_type_number,
     .offset = AT(times),
     .doc = "how often; default once"},
};

static const struct es_fields upload_all = {upload_fields, ES_COUNT(upload_fields)};

static int64_t constant_of(const struct es_operand *o)
{
    return o->form != ES_OPERAND_CONSTANT     ? 0
           : o->constant.kind == ES_KIND_CODE ? o->constant.code
                                              : o->constant.number;
}

static bool parse_upload(struct es_compile *c, const struct es_node *value,
                         const struct es_field *field, void *out)
{
    struct es_coap_upload_policy *p = out;
    struct upload_args x = {0};
    ES_TRY(
        es_compile_fields(c, es_compile_follow(c, value), &upload_all, field->key, &x));
    p->deviation = upload_deviations[x.how];
    p->block = (uint32_t)constant_of(&x.block);
    p->code = (uint8_t)constant_of(&x.code);
    p->code_size = (uint16_t)constant_of(&x.block1);
    p->code_size1 = (uint32_t)constant_of(&x.size1);
    p->times = (unsigned)constant_of(&x.times);
    if (p->deviation == ES_DEVIATE_CODE && p->code == 0) {
        return es_compile_fail(c, value->loc, "'how: code' needs 'code'");
    }
    return true;
}

static const struct es_field_type type_upload = {
    "upload", "a map of how a block of the upload is answered wrongly",
    "{\"type\": \"object\"}", parse_upload};

static const struct es_field ask_fields[] = {
    {.key = "asked",
     .type = &es_type_matches,
     .param = &es_message_shape,
     .offset = offsetof(struct es_ask_args, asked),
     .doc = "what the request must be"},
    {.key = "each-block",
     .type = &es_type_matches,
     .param = &es_message_shape,
     .offset = offsetof(struct es_ask_args, each_block),
     .doc = "what each block of the upload must be; a request in one message has none"},
    {.key = "each-fetch",
     .type = &es_type_matches,
     .param = &es_message_shape,
     .offset = offsetof(struct es_ask_args, each_fetch),
     .doc = "what each request for a further block of the answer must be"},
    {.key = "block1",
     .type = &es_type_block_size,
     .offset = offsetof(struct es_ask_args, block1),
     .doc = "the block size wished for, told in the first 2.31 (RFC 7959, 2.3)"},
    {.key = "upload",
     .type = &type_upload,
     .offset = offsetof(struct es_ask_args, upload),
     .doc = "one block of the upload is answered wrongly: {how:, block:, code: ..}"},
    {.key = "or-none",
     .type = &es_type_flag,
     .offset = offsetof(struct es_ask_args, or_none),
     .doc = "yes: no request within the time, or until the client's operation is over, "
            "will do as well; `do` and the answer are then left out"},
};

const struct es_fields es_ask_fields = {ask_fields, ES_COUNT(ask_fields)};

/* "/.well-known/est/sen" as the scenario wants it; NULL if it is not known (yet). */
static const char *wanted_uri(struct es_stage *g, const struct es_step *step)
{
    const struct es_ask_args *x = step->args;
    const char *why = "";
    struct es_value v;
    if (!es_operand_eval(&x->head.path, es_stage_scope(g), es_stage_arena(g), &v,
                         &why)) {
        return NULL;
    }
    return es_arena_text(es_stage_arena(g), v.bytes);
}

static bool wants(struct es_stage *g, const struct es_step *step,
                  const struct es_coap_asked *asked)
{
    const struct es_ask_args *x = step->args;
    const char *uri = asked->first->code == x->head.code ? wanted_uri(g, step) : NULL;
    return uri && es_slice_is(es_slice_of(uri), asked->uri);
}

static enum es_progress judge(struct es_stage *g, const struct es_step *step,
                              struct es_coap_asked *asked, struct es_channel *ch)
{
    const struct es_ask_args *x = step->args;
    struct es_arena *a = es_stage_arena(g);
    struct es_serve_record *r = ES_NEW(a, struct es_serve_record);
    struct es_concerned who = {.received = asked->first};
    struct es_coap_asked_block first = {.message = asked->first};
    for (size_t i = 0; i < asked->blocks.n; i++) {
        bool is_first = asked->blocks.at[i].message->packet == asked->first->packet;
        first = i == 0 || is_first ? asked->blocks.at[i] : first;
    }
    r->asked = es_asked_view(a, &first, &asked->body);
    r->request = asked;
    r->channel = ch;
    es_stage_scope(g)->slots[x->slot] = es_value_record(&es_serve_shape, r);
    es_stage_bind(g, step, r);
    es_timing_judge(g, step, &x->not_before, asked->first, &who);
    es_asked_match_blocks(g, step, &x->each_block, asked, false);
    es_stage_match(g, step, NULL, &x->asked, r->asked, NULL, NULL, &who);
    if (x->asked.n == 0 && x->each_block.n == 0 &&
        step->not_before.form == ES_OPERAND_ABSENT) {
        es_stage_judged(g, &step->rule);
    }
    es_stage_set_upload(g, NULL, 0, NULL);
    if (x->or_none) {
        es_stage_scope(g)->slots[x->came] = es_value_number(1);
    }
    return ES_STEP_DONE;
}

static enum es_progress try(struct es_stage *g, const struct es_step *step)
{
    struct es_channel *ch = NULL;
    struct es_coap_asked *asked = es_stage_take_asked(g, step, wants, &ch);
    if (asked && es_stage_driver(g)) {
        es_driver_confirm(es_stage_driver(g));
    }
    return asked ? judge(g, step, asked, ch) : ES_STEP_WAIT;
}

static enum es_progress start(struct es_stage *g, const struct es_step *step,
                              void *state)
{
    const struct es_ask_args *x = step->args;
    struct state *s = state;
    struct es_value size = es_value_number(0);
    s->uri = wanted_uri(g, step);
    if (!s->uri) {
        return es_stage_trouble(g, step, ES_VERDICT_ERROR,
                                "the path is not known: '%s'", x->head.path.source);
    }
    if (x->block1.form != ES_OPERAND_ABSENT &&
        !es_stage_eval(g, step, &x->block1, &size)) {
        return ES_STEP_END;
    }
    s->upload = x->upload;
    s->upload.size = (uint16_t)size.number;
    es_stage_set_upload(g, &s->upload, x->head.code, s->uri);
    s->deadline = es_stage_deadline(g, step);
    return try(g, step);
}

/* What came of an upload that never became whole is perhaps the reason. */
static void judge_parts(struct es_stage *g, const struct es_step *step)
{
    const struct es_ask_args *x = step->args;
    struct es_coap_asked *part = es_stage_find_part(g, step, wants);
    if (part) {
        es_asked_match_blocks(g, step, &x->each_block, part, false);
    }
}

static enum es_progress missing(struct es_stage *g, const struct es_step *step,
                                const struct state *s, const char *why)
{
    const struct es_ask_args *x = step->args;
    const char *excuse = es_serve_excuse(g);
    bool began = es_stage_find_part(g, step, wants) != NULL;
    es_stage_set_upload(g, NULL, 0, NULL);
    judge_parts(g, step);
    if (x->or_none) {
        es_stage_scope(g)->slots[x->came] = es_value_number(0);
        es_stage_judged(g, &step->rule);
        return ES_STEP_DONE;
    }
    if (excuse && !began) {
        return es_stage_trouble(g, step, ES_VERDICT_INCONCLUSIVE, "no %s %s: %s",
                                es_coap_code_text(x->head.code, es_stage_arena(g)),
                                s->uri, excuse);
    }
    return es_stage_missing(g, step, NULL, "no %s %s: %s",
                            es_coap_code_text(x->head.code, es_stage_arena(g)), s->uri,
                            why);
}

static enum es_progress poll(struct es_stage *g, const struct es_step *step,
                             void *state, const struct es_event *event)
{
    struct state *s = state;
    struct es_arena *a = es_stage_arena(g);
    const struct es_ask_args *x = step->args;
    (void)event;
    enum es_progress progress = try(g, step);
    if (progress != ES_STEP_WAIT) {
        return progress;
    }
    if (es_stage_now(g) >= s->deadline) {
        const char *span = es_text_of_duration(a, s->deadline - es_stage_step_start(g));
        return missing(g, step, s, es_arena_printf(a, "nothing within %s", span));
    }
    if (es_stage_driver(g) && es_driver_acknowledged(es_stage_driver(g)) < 0) {
        return missing(g, step, s, "the client does not support this operation");
    }
    if (es_serve_is_given_up(g, x->or_none, &s->given_up)) {
        return missing(g, step, s,
                       es_arena_printf(a, "the client has given up: %s",
                                       es_driver_outcome_text(es_stage_driver(g))));
    }
    es_stage_deadline(g, step);
    es_serve_look_again(g);
    return ES_STEP_WAIT;
}

const struct es_verb es_serve_ask = {
    .name = "serve",
    .fields = {&es_ask_fields},
    .is_of_operation = true,
    .args_size = sizeof(struct es_ask_args),
    .state_size = sizeof(struct state),
    .judges = true,
    .is_timed = true,
    .shape = &es_serve_shape,
    .compile = compile,
    .finish = finish,
    .wants = wants,
    .start = start,
    .poll = poll,
};
