/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/serving.h"

struct state {
    struct es_serve_record *record;
    es_usec deadline, given_up;
    struct es_slice body;
};

static bool compile(struct es_compile *c, const struct es_node *value, void *args)
{
    (void)c, (void)value, (void)args;
    return true;
}

static bool compile_more(struct es_compile *c, const struct es_pair *pair, void *args)
{
    struct es_answer_args *x = args;
    return es_message_option_compile(c, pair, &x->out);
}

static const char *const reply_words[] = {"empty", "none", "RST"};
static const enum es_reply_kind reply_kinds[] = {ES_REPLY_EMPTY, ES_REPLY_NONE,
                                                 ES_REPLY_RST};

/* A code, or one of the words. */
static bool parse_reply(struct es_compile *c, const struct es_node *value,
                        const struct es_field *field, void *out)
{
    struct es_answer_args *x = out;
    const struct es_node *n = es_compile_follow(c, value);
    (void)field;
    for (size_t i = 0; i < ES_COUNT(reply_words); i++) {
        if (n->kind == ES_NODE_SCALAR && es_slice_is(n->text, reply_words[i])) {
            x->kind = reply_kinds[i];
            return true;
        }
    }
    x->kind = ES_REPLY_MESSAGE;
    return es_operand_compile(c, n, ES_KIND_CODE, &x->code);
}

static const struct es_field_type type_reply = {
    "reply", "a response code, or empty, none, RST",
    "{\"type\": [\"string\", \"number\"]}", parse_reply};

static const char *const style_words[] = {
    "auto", "piggyback", "separate", "separate-non", "crossed", "unacknowledged"};
static const struct es_words styles = {style_words, ES_COUNT(style_words)};

static const char *const deviation_words[] = {
    "as-it-should", "code",      "silence", "number", "larger",
    "smaller",      "no-option", "skip",    "repeat", "etag",
    "more",         "last",      "short",   "szx7",   "twice",
};
static const enum es_coap_deviation deviations[] = {
    ES_DEVIATE_NOT,    ES_DEVIATE_CODE,     ES_DEVIATE_SILENT,    ES_DEVIATE_NUMBER,
    ES_DEVIATE_LARGER, ES_DEVIATE_SMALLER,  ES_DEVIATE_NO_OPTION, ES_DEVIATE_SKIP,
    ES_DEVIATE_REPEAT, ES_DEVIATE_ETAG,     ES_DEVIATE_MORE,      ES_DEVIATE_LAST,
    ES_DEVIATE_SHORT,  ES_DEVIATE_RESERVED, ES_DEVIATE_TWICE,
};
static const struct es_words deviation_list = {deviation_words,
                                               ES_COUNT(deviation_words)};

struct download_args {
    unsigned how;
    struct es_operand block, code;
};

static const struct es_field download_fields[] = {
    {.key = "how",
     .type = &es_type_word,
     .param = &deviation_list,
     .required = true,
     .offset = offsetof(struct download_args, how),
     .doc =
         "what is wrong: code, silence, number, larger, smaller, no-option, skip, repeat, "
         "etag, more, last, short, szx7, twice"},
    {.key = "block",
     .type = &es_type_number,
     .offset = offsetof(struct download_args, block),
     .doc = "number of the block; default 0"},
    {.key = "code",
     .type = &es_type_code,
     .offset = offsetof(struct download_args, code),
     .doc = "for `how: code`"},
};

static const struct es_fields download_all = {download_fields,
                                              ES_COUNT(download_fields)};

static bool parse_download(struct es_compile *c, const struct es_node *value,
                           const struct es_field *field, void *out)
{
    struct es_answer_args *x = out;
    struct download_args y = {0};
    ES_TRY(es_compile_fields(c, es_compile_follow(c, value), &download_all, field->key,
                             &y));
    x->deviation = deviations[y.how];
    bool has_block = y.block.form == ES_OPERAND_CONSTANT;
    x->deviation_block = has_block ? (uint32_t)y.block.constant.number : 0;
    x->deviation_code = y.code.form == ES_OPERAND_CONSTANT ? y.code.constant.code : 0;
    if (x->deviation == ES_DEVIATE_CODE && x->deviation_code == 0) {
        return es_compile_fail(c, value->loc, "'how: code' needs 'code'");
    }
    return true;
}

static const struct es_field_type type_download = {
    "download", "a map of how a block of the answer is wrong", "{\"type\": \"object\"}",
    parse_download};

static const char *const decoy_words[] = {"none", "mid", "token"};
static const struct es_words decoys = {decoy_words, ES_COUNT(decoy_words)};

#define AT(member) offsetof(struct es_answer_args, member)

static const struct es_field answer_fields[] = {
    {.key = "reply",
     .type = &type_reply,
     .offset = 0,
     .required = true,
     .doc = "the code of the answer; empty: an Empty ACK and nothing more; none; RST"},
    {.key = "style",
     .type = &es_type_word,
     .param = &styles,
     .offset = AT(style),
     .doc = "auto, piggyback, separate, separate-non, crossed (the response before its "
            "Empty ACK) or unacknowledged (that ACK was lost)"},
    {.key = "delay",
     .type = &es_type_duration,
     .offset = AT(delay),
     .doc = "the answer goes out so long after the request"},
    {.key = "block2",
     .type = &es_type_block_size,
     .offset = AT(block2),
     .doc = "block size of the answer, or smaller if the client wants it"},
    {.key = "insist",
     .type = &es_type_flag,
     .offset = AT(insists),
     .doc = "yes: that size even if the client wants a smaller one"},
    {.key = "decoy",
     .type = &es_type_word,
     .param = &decoys,
     .offset = AT(decoy),
     .doc =
         "before the answer comes 5.00 in an ACK that is not for the request: mid (its "
         "token, another message ID) or token (its message ID, another token)"},
    {.key = "download",
     .type = &type_download,
     .offset = 0,
     .doc = "one block of the answer is wrong: {how:, block:, code: ..}"},
    {.key = "or-abandoned",
     .type = &es_type_flag,
     .offset = AT(or_abandoned),
     .doc = "yes: the client need not fetch all blocks"},
    {.key = "retransmit",
     .type = &es_type_switch,
     .offset = AT(retransmit),
     .doc = "off: a CON response is sent once"},
};

const struct es_fields es_answer_fields = {answer_fields, ES_COUNT(answer_fields)};

static bool make(struct es_stage *g, const struct es_step *step, struct state *s,
                 struct es_coap_reply *r)
{
    const struct es_answer_args *x = step->args;
    struct es_value code = es_value_code(0), delay = es_value_duration(0);
    struct es_value size = es_value_number(0), v;
    ES_TRY(es_message_make(g, step, &x->out, &r->head));
    ES_TRY(x->code.form == ES_OPERAND_ABSENT ||
           es_stage_eval(g, step, &x->code, &code));
    ES_TRY(x->delay.form == ES_OPERAND_ABSENT ||
           es_stage_eval(g, step, &x->delay, &delay));
    ES_TRY(x->block2.form == ES_OPERAND_ABSENT ||
           es_stage_eval(g, step, &x->block2, &size));
    if (x->out.body.form != ES_OPERAND_ABSENT) {
        ES_TRY(es_stage_eval(g, step, &x->out.body, &v));
        s->body = v.bytes;
    }
    r->head.code = code.code;
    r->kind = x->kind;
    r->body = s->body;
    r->style = (enum es_coap_style)x->style;
    r->delay = delay.usec;
    r->size = (uint16_t)size.number;
    r->insists = x->insists;
    r->once = x->retransmit == ES_SWITCH_OFF;
    r->deviation = x->deviation;
    r->block = x->deviation_block;
    r->code = x->deviation_code;
    r->decoy = (enum es_coap_decoy)x->decoy;
    r->decoy_code = ES_COAP_CODE(5, 0);
    if (x->out.token.form != ES_OPERAND_ABSENT) {
        ES_TRY(es_stage_eval(g, step, &x->out.token, &v));
        r->head.token = v.bytes;
        r->has_token = true;
    }
    return true;
}

static enum es_progress conclude(struct es_stage *g, const struct es_step *step,
                                 const struct state *s)
{
    const struct es_answer_args *x = step->args;
    struct es_serve_record *r = s->record;
    if (r->request->sent_last) {
        struct es_message_view *v = ES_NEW(es_stage_arena(g), struct es_message_view);
        *v = *es_message_view_of(es_stage_arena(g), r->request->sent_last);
        v->body = s->body;
        v->has_body = true;
        r->reply = v;
    }
    es_asked_match_blocks(g, step, x->each_fetch, r->request, true);
    return ES_STEP_DONE;
}

static bool is_over(const struct es_step *step, const struct state *s)
{
    const struct es_answer_args *x = step->args;
    const struct es_coap_asked *asked = s->record->request;
    return asked->is_done || (x->or_abandoned && asked->sent);
}

static enum es_progress start(struct es_stage *g, const struct es_step *step,
                              void *state)
{
    const struct es_answer_args *x = step->args;
    struct state *s = state;
    const struct es_value *v = &es_stage_scope(g)->slots[x->slot];
    struct es_coap_reply *reply = ES_NEW(es_stage_arena(g), struct es_coap_reply);
    if (v->kind != ES_KIND_RECORD || !make(g, step, s, reply)) {
        return ES_STEP_END;
    }
    s->record = (struct es_serve_record *)(uintptr_t)v->record.p;
    struct es_channel *ch = s->record->channel;
    if (!ch->service || !ch->filter) {
        return es_stage_missing(g, step, NULL,
                                "the client left before it had the answer: %s",
                                ch->reason ? ch->reason : "");
    }
    es_coap_service_answer(ch->service, s->record->request, reply, es_stage_now(g));
    s->deadline = es_stage_deadline(g, step) + reply->delay;
    es_serve_look_again(g);
    return is_over(step, s) ? conclude(g, step, s) : ES_STEP_WAIT;
}

/* The client will not have the whole answer: NULL, or why. */
static const char *find_trouble(struct es_stage *g, struct state *s,
                                const struct es_event *event)
{
    struct es_arena *a = es_stage_arena(g);
    if (event->kind == ES_EVENT_ENDED && event->channel == s->record->channel) {
        return es_arena_printf(a, "it left: %s", event->channel->reason);
    }
    if (es_stage_now(g) >= s->deadline) {
        return es_arena_printf(a, "it asked for %u of its blocks",
                               s->record->request->blocks_sent);
    }
    return es_serve_is_given_up(g, false, &s->given_up)
               ? es_arena_printf(a, "it has given up: %s",
                                 es_driver_outcome_text(es_stage_driver(g)))
               : NULL;
}

static enum es_progress poll(struct es_stage *g, const struct es_step *step,
                             void *state, const struct es_event *event)
{
    struct state *s = state;
    const struct es_answer_args *x = step->args;
    const struct es_coap_asked *asked = s->record->request;
    struct es_concerned who = {.sent = asked->sent_last,
                               .received =
                                   asked->blocks.at[asked->blocks.n - 1].message};
    if (is_over(step, s)) {
        return conclude(g, step, s);
    }
    const char *why = find_trouble(g, s, event);
    if (why) {
        /* What it asked for wrongly is perhaps the reason. */
        es_asked_match_blocks(g, step, x->each_fetch, asked, true);
        return es_stage_missing(g, step, &who,
                                "the client did not fetch the whole answer: %s", why);
    }
    es_stage_wake(g, s->deadline);
    es_serve_look_again(g);
    return ES_STEP_WAIT;
}

const struct es_verb es_serve_answer = {
    .name = "serve",
    .fields = {&es_message_out_fields, &es_answer_fields},
    .is_of_operation = true,
    .args_size = sizeof(struct es_answer_args),
    .state_size = sizeof(struct state),
    .compile_more = compile_more,
    .more_at = es_message_option_at,
    .compile = compile,
    .start = start,
    .poll = poll,
};
