/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/message.h"
#include "ops/timing.h"

struct args {
    struct es_message_out out; /* first: es_message_out_fields count from it */
    struct es_operand block1, block2, block2_later, first_block;
    bool only_one_block, token_per_block, or_refused;
    enum es_switch retransmit;
    struct es_field_matches each_block, each_continue, reply;
    struct es_rule token_rule, mid_rule, blocks_rule, early_rule;
};

struct state {
    struct es_channel *channel;
    struct es_coap_transfer *transfer;
    size_t judged_n; /* how many of transfer->seen have been judged */
    const struct es_message_view *first_block, *first_continue;
    es_usec deadline;
};

/* What the step's variable offers. */
struct record {
    const struct es_message_view *sent, *reply;
    const struct es_coap_transfer *transfer;
};

static struct es_value get_sent(const void *record, const struct es_shape_field *f,
                                struct es_arena *a)
{
    (void)f, (void)a;
    return es_value_record(&es_message_shape, ((const struct record *)record)->sent);
}

static struct es_value get_reply(const void *record, const struct es_shape_field *f,
                                 struct es_arena *a)
{
    (void)f, (void)a;
    return es_value_record(&es_message_shape, ((const struct record *)record)->reply);
}

static struct es_value get_blocks(const void *record, const struct es_shape_field *f,
                                  struct es_arena *a)
{
    (void)f, (void)a;
    return es_value_number((int64_t)((const struct record *)record)->transfer->seen_n);
}

static const struct es_shape_field shape_fields[] = {
    {.name = "sent",
     .kind = ES_KIND_RECORD,
     .sub = &es_message_shape,
     .get = get_sent,
     .doc = "the first message sent"},
    {.name = "reply",
     .kind = ES_KIND_RECORD,
     .sub = &es_message_shape,
     .get = get_reply,
     .doc = "the last response; its body is the whole representation"},
    {.name = "blocks",
     .kind = ES_KIND_NUMBER,
     .get = get_blocks,
     .doc = "how many response messages came"},
};

static const struct es_shape shape = {
    .name = "a request", .fields = shape_fields, .n = ES_COUNT(shape_fields)};

static bool compile(struct es_compile *c, const struct es_node *value, void *args)
{
    struct args *x = args;
    static const char *const paths[] = {"token", "mid", "blocks"};
    struct es_rule *const rules[] = {&x->token_rule, &x->mid_rule, &x->blocks_rule};
    for (size_t i = 0; i < ES_COUNT(paths); i++) {
        ES_PUSH(c->arena, &c->judged_paths, paths[i]);
        *rules[i] = es_compile_rule(c, paths[i]);
    }
    return es_message_head_compile(c, value, true, &x->out);
}

static bool compile_more(struct es_compile *c, const struct es_pair *pair, void *args)
{
    struct args *x = args;
    return es_message_option_compile(c, pair, &x->out);
}

static bool finish(struct es_compile *c, const struct es_node *step_node, void *args)
{
    struct args *x = args;
    x->early_rule = es_timing_rule(c, step_node);
    bool blocks = x->first_block.form != ES_OPERAND_ABSENT;
    if (blocks && x->block2.form == ES_OPERAND_ABSENT) {
        return es_compile_fail(
            c, es_node_find(step_node, "first-block")->loc,
            "'first-block' counts in the size of 'block2', which is missing");
    }
    return true;
}

#define AT(member) offsetof(struct args, member)

static const struct es_field own_fields[] = {
    {.key = "block1",
     .type = &es_type_block_size,
     .offset = AT(block1),
     .doc = "sends the body in blocks of this size (RFC 7959)"},
    {.key = "block2",
     .type = &es_type_block_size,
     .offset = AT(block2),
     .doc = "asks for this block size in the first request"},
    {.key = "block2-later",
     .type = &es_type_block_size,
     .offset = AT(block2_later),
     .doc = "asks for no more than this size from the second block on"},
    {.key = "first-block",
     .type = &es_type_number,
     .offset = AT(first_block),
     .doc = "starts at this block number (random access)"},
    {.key = "only-one-block",
     .type = &es_type_flag,
     .offset = AT(only_one_block),
     .doc = "yes: does not ask for further blocks"},
    {.key = "token-per-block",
     .type = &es_type_flag,
     .offset = AT(token_per_block),
     .doc = "yes: a new token for each block (RFC 7959, 3.4)"},
    {.key = "retransmit",
     .type = &es_type_switch,
     .offset = AT(retransmit),
     .doc = "off: recovery from loss is left to the peer"},
    {.key = "or-refused",
     .type = &es_type_flag,
     .offset = AT(or_refused),
     .doc =
         "yes: silence, Reset, an alert or a session that is not open will do as well"},
    {.key = "each-block",
     .type = &es_type_matches,
     .param = &es_message_shape,
     .offset = AT(each_block),
     .doc = "what each block of the response must be"},
    {.key = "each-continue",
     .type = &es_type_matches,
     .param = &es_message_shape,
     .offset = AT(each_continue),
     .doc = "what each answer to a non-final block must be"},
    {.key = "reply",
     .type = &es_type_matches,
     .param = &es_message_shape,
     .offset = AT(reply),
     .doc = "what the response must be"},
};

static const struct es_fields request_fields = {own_fields, ES_COUNT(own_fields)};

static bool eval_number(struct es_stage *g, const struct es_step *step,
                        const struct es_operand *o, int64_t most, int64_t *out)
{
    struct es_value v = es_value_number(0);
    ES_TRY(o->form == ES_OPERAND_ABSENT || es_stage_eval(g, step, o, &v));
    *out = v.number;
    if (v.kind != ES_KIND_NUMBER || v.number < 0 || v.number > most) {
        es_stage_trouble(g, step, ES_VERDICT_ERROR, "a number is out of range: %s",
                         es_value_render(&v, es_stage_arena(g)));
        return false;
    }
    return true;
}

static bool make_request(struct es_stage *g, const struct es_step *step,
                         struct es_coap_request *r)
{
    const struct args *x = step->args;
    int64_t block1, block2, later, first;
    struct es_value v;
    ES_TRY(es_message_make(g, step, &x->out, &r->head));
    ES_TRY(eval_number(g, step, &x->block1, 1024, &block1));
    ES_TRY(eval_number(g, step, &x->block2, 1024, &block2));
    ES_TRY(eval_number(g, step, &x->block2_later, 1024, &later));
    ES_TRY(eval_number(g, step, &x->first_block, 0xfffff, &first));
    r->block1_size = (uint16_t)block1;
    r->block2_size = (uint16_t)block2;
    r->block2_later_size = (uint16_t)later;
    r->first_block2 = (uint32_t)first;
    r->only_one_block = x->only_one_block;
    r->token_per_block = x->token_per_block;
    r->without_retransmission = x->retransmit == ES_SWITCH_OFF;
    if (x->out.body.form != ES_OPERAND_ABSENT) {
        ES_TRY(es_stage_eval(g, step, &x->out.body, &v));
        r->body = v.bytes;
        r->has_body = true;
    }
    if (x->out.token.form != ES_OPERAND_ABSENT) {
        ES_TRY(es_message_eval_token(g, step, &x->out.token, ES_COAP_TOKEN_MAX,
                                     &r->head.token));
        r->has_token = true;
    }
    return true;
}

static struct es_concerned concerned(const struct es_coap_transfer *t)
{
    struct es_concerned who = {.sent = t->last_sent};
    if (t->seen_n) {
        who.sent = t->seen[t->seen_n - 1].request;
        who.received = t->seen[t->seen_n - 1].message;
    }
    return who;
}

/* No response came: broken, unless a refusal is as good. */
static enum es_progress no_reply(struct es_stage *g, const struct es_step *step,
                                 const struct state *s, const char *text)
{
    const struct args *x = step->args;
    struct es_concerned who = {0};
    if (x->or_refused) {
        es_stage_judged(g, &step->rule);
        es_stage_note(g, "refused: %s", text);
        return ES_STEP_DONE;
    }
    if (s->transfer) {
        es_coap_transfer_abandon(s->transfer);
        who.sent = s->transfer->last_sent;
    }
    return es_stage_missing(g, step, &who, "%s", text);
}

static enum es_progress start(struct es_stage *g, const struct es_step *step,
                              void *state)
{
    const struct args *x = step->args;
    struct state *s = state;
    struct es_coap_request *r = ES_NEW(es_stage_arena(g), struct es_coap_request);
    s->channel = es_stage_channel(g, step, x->or_refused);
    if (!s->channel) {
        return x->or_refused ? no_reply(g, step, s, "no session is open") : ES_STEP_END;
    }
    if (!s->channel->is_open || s->channel->ended) {
        const char *text =
            es_arena_printf(es_stage_arena(g), "the session has ended: %s",
                            s->channel->reason ? s->channel->reason : "");
        return no_reply(g, step, s, text);
    }
    if (!make_request(g, step, r)) {
        return ES_STEP_END;
    }
    s->transfer = es_coap_transfer_start(s->channel->endpoint, es_stage_arena(g), r,
                                         es_stage_now(g));
    if (!s->transfer) {
        return no_reply(g, step, s, es_filter_reason(s->channel->filter));
    }
    s->deadline = es_stage_deadline(g, step);
    return ES_STEP_WAIT;
}

/* The view before this one, made so that `num: next` means the number that was asked for. */
static const struct es_message_view *previous_of(struct es_stage *g,
                                                 const struct es_coap_seen *seen)
{
    struct es_arena *a = es_stage_arena(g);
    struct es_coap_block asked;
    bool wished = es_coap_block_get(seen->request, ES_COAP_OPT_BLOCK2, &asked);
    if (!seen->is_block2 || !wished || asked.num == 0) {
        return NULL;
    }
    struct es_message_view *v = ES_NEW(a, struct es_message_view);
    struct es_block_view *b = ES_NEW(a, struct es_block_view);
    b->block = asked;
    b->block.num = seen->is_next ? seen->block2.num - 1 : asked.num - 1;
    v->message = seen->message;
    v->block2 = b;
    return v;
}

static void judge_echo(struct es_stage *g, const struct es_step *step,
                       const struct es_coap_seen *seen, const struct es_concerned *who)
{
    const struct args *x = step->args;
    struct es_arena *a = es_stage_arena(g);
    if (!seen->token_matches) {
        struct es_value got = es_value_bytes(seen->message->token);
        struct es_value wanted = es_value_bytes(seen->request->token);
        es_stage_broken(g, step, &x->token_rule, who,
                        "the response carries the token %s, the request %s",
                        es_value_render(&got, a), es_value_render(&wanted, a));
    }
    if (!seen->mid_matches) {
        es_stage_broken(g, step, &x->mid_rule, who,
                        "the response in an ACK carries message ID %u, the request %u",
                        seen->message->mid, seen->request->mid);
    }
}

static void judge_seen(struct es_stage *g, const struct es_step *step, struct state *s,
                       const struct es_coap_seen *seen)
{
    const struct args *x = step->args;
    struct es_concerned who = {seen->request, seen->message};
    const struct es_message_view *v = es_message_view_of_seen(es_stage_arena(g), seen);
    bool is_continue = seen->message->code == ES_COAP_CODE(2, 31);
    const char *detail = seen->is_block2 ? es_arena_printf(es_stage_arena(g),
                                                           "block %u", seen->block2.num)
                                         : NULL;
    judge_echo(g, step, seen, &who);
    if (is_continue) {
        es_stage_match(g, step, NULL, &x->each_continue, v, s->first_continue, NULL,
                       &who);
        s->first_continue = s->first_continue ? s->first_continue : v;
    } else {
        es_stage_match(g, step, detail, &x->each_block, v, s->first_block,
                       previous_of(g, seen), &who);
        s->first_block = s->first_block ? s->first_block : v;
    }
}

/* The reply is complete or cut short: bind it and judge it. */
static enum es_progress conclude(struct es_stage *g, const struct es_step *step,
                                 struct state *s, bool whole)
{
    const struct args *x = step->args;
    struct es_arena *a = es_stage_arena(g);
    const struct es_coap_transfer *t = s->transfer;
    struct record *r = ES_NEW(a, struct record);
    struct es_concerned who = concerned(t);
    r->transfer = t;
    r->sent = es_message_view_of(a, t->first_sent);
    if (t->seen_n) {
        struct es_message_view *v = ES_NEW(a, struct es_message_view);
        *v = *es_message_view_of_seen(a, &t->seen[t->seen_n - 1]);
        v->body = t->body;
        v->has_body = true;
        r->reply = v;
    }
    es_stage_bind(g, step, r);
    if (!whole) {
        es_stage_broken(g, step, &x->blocks_rule, &who, "the transfer cannot go on: %s",
                        t->broken);
        return ES_STEP_END;
    }
    es_stage_match(g, step, NULL, &x->reply, r->reply, NULL, NULL, &who);
    es_timing_judge(g, step, &x->early_rule, who.received, &who);
    if (x->reply.n == 0 && x->each_block.n == 0) {
        es_stage_judged(g, &step->rule);
    }
    return ES_STEP_DONE;
}

static enum es_progress advance(struct es_stage *g, const struct es_step *step,
                                struct state *s, enum es_transfer_progress progress)
{
    for (; s->judged_n < s->transfer->seen_n; s->judged_n++) {
        judge_seen(g, step, s, &s->transfer->seen[s->judged_n]);
    }
    switch (progress) {
    case ES_TRANSFER_WAITING:
    case ES_TRANSFER_BLOCK:
    case ES_TRANSFER_OTHER:
        break;
    case ES_TRANSFER_COMPLETE:
        return conclude(g, step, s, true);
    case ES_TRANSFER_BROKEN:
        return conclude(g, step, s, false);
    case ES_TRANSFER_GIVEN_UP:
        return no_reply(g, step, s,
                        s->transfer->rst ? "the request was answered with a Reset"
                                         : "no answer after all retransmissions");
    }
    es_stage_deadline(g, step);
    return ES_STEP_WAIT;
}

static enum es_progress poll(struct es_stage *g, const struct es_step *step,
                             void *state, const struct es_event *event)
{
    struct state *s = state;
    struct es_arena *a = es_stage_arena(g);
    if (event->kind == ES_EVENT_MESSAGE && event->channel == s->channel) {
        enum es_transfer_progress progress =
            es_coap_transfer_take(s->transfer, event->incoming, es_stage_now(g));
        if (progress == ES_TRANSFER_OTHER) {
            es_stage_keep(g, event);
        }
        return advance(g, step, s, progress);
    }
    es_stage_keep(g, event);
    if (event->kind == ES_EVENT_ENDED && event->channel == s->channel) {
        return no_reply(g, step, s,
                        es_arena_printf(a, "the session ended before the answer: %s",
                                        s->channel->reason));
    }
    if (es_stage_now(g) >= s->deadline) {
        const char *span = es_text_of_duration(a, s->deadline - es_stage_step_start(g));
        return no_reply(g, step, s, es_arena_printf(a, "no answer within %s", span));
    }
    return advance(g, step, s, es_coap_transfer_check(s->transfer));
}

const struct es_verb es_verb_request = {
    .name = "request",
    .summary = "sends a request and judges the whole response",
    .doc =
        "A whole exchange as client: block-wise in both directions, piggybacked or "
        "separate, with retransmission. Options are given by name (`accept: 281`, a list "
        "repeats the option) or as option-N. `each-block` judges every response message, "
        "`reply` the last one with the whole body, `not-before` its time. In `req`, `token` and `mid` stand for "
        "the echo of token and message ID, `blocks` for a transfer that cannot go on.\n"
        "Example: - request: CON GET $est/crts\n"
        "           accept: 281\n"
        "           reply: {code: 2.05, content-format: 281}\n"
        "           req: RFC9148:4.5:get-answers-2.05",
    .value_doc = "a head: [CON|NON] METHOD /path?query",
    .value_schema = "{\"type\": \"string\"}",
    .fields = {&es_message_out_fields, &request_fields},
    .args_size = sizeof(struct args),
    .state_size = sizeof(struct state),
    .judges = true,
    .is_timed = true,
    .shape = &shape,
    .compile_more = compile_more,
    .more_at = es_message_option_at,
    .compile = compile,
    .finish = finish,
    .start = start,
    .poll = poll,
};
