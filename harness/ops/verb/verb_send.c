/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/buf.h"
#include "ops/block_out.h"
#include "ops/sending.h"

enum { TOKEN_FRESH = 4, TOKEN_RAW_MAX = 15, MESSAGE_SLACK = 64 };

struct args {
    struct es_message_out out; /* first: es_message_out_fields count from it */
    struct es_operand mid, payload, version, token_length;
    struct es_blocks_out block1, block2;
    bool unsorted, marker_without_payload;
    enum es_switch retransmit;
};

static bool compile(struct es_compile *c, const struct es_node *value, void *args)
{
    struct args *x = args;
    return es_message_head_compile(c, value, false, &x->out);
}

static bool compile_more(struct es_compile *c, const struct es_pair *pair, void *args)
{
    struct args *x = args;
    return es_message_option_compile(c, pair, &x->out);
}

static bool in_range(struct es_compile *c, const struct es_operand *o, int64_t most)
{
    bool known = o->form == ES_OPERAND_CONSTANT;
    if (known && (o->constant.number < 0 || o->constant.number > most)) {
        return es_compile_fail(c, o->loc, "'%s' is not 0 to %lld", o->source,
                               (long long)most);
    }
    return true;
}

static bool finish(struct es_compile *c, const struct es_node *step_node, void *args)
{
    struct args *x = args;
    bool has_body = x->out.body.form != ES_OPERAND_ABSENT;
    x->out.is_unsorted = x->unsorted;
    if (has_body && x->payload.form != ES_OPERAND_ABSENT) {
        return es_compile_fail(
            c, es_node_find(step_node, "payload")->loc,
            "a message has a 'payload' of its own, or a slice of 'body'");
    }
    if (x->out.token.form == ES_OPERAND_CONSTANT &&
        x->out.token.constant.bytes.n > TOKEN_RAW_MAX) {
        return es_compile_fail(c, x->out.token.loc,
                               "a token length has 4 bits: at most 15 bytes");
    }
    bool ok = in_range(c, &x->mid, UINT16_MAX);
    ok = in_range(c, &x->version, 3) && ok;
    return in_range(c, &x->token_length, 15) && ok;
}

#define AT(member) offsetof(struct args, member)

static const struct es_field own_fields[] = {
    {.key = "mid",
     .type = &es_type_number,
     .offset = AT(mid),
     .doc =
         "the message ID; default: a fresh one, in an ACK or RST that of the latest CON "
         "received"},
    {.key = "payload",
     .type = &es_type_bytes,
     .offset = AT(payload),
     .doc = "the payload of this message: bytes or a payload tree"},
    {.key = "block1",
     .type = &es_type_blocks,
     .offset = AT(block1),
     .doc = "NUM/M/SIZE; with `body`, its slice is the payload (RFC 7959)"},
    {.key = "block2",
     .type = &es_type_blocks,
     .offset = AT(block2),
     .doc = "NUM/M/SIZE"},
    {.key = "retransmit",
     .type = &es_type_switch,
     .offset = AT(retransmit),
     .doc = "on: a CON is sent again until it is acknowledged; default: off"},
    {.key = "version",
     .type = &es_type_number,
     .offset = AT(version),
     .doc = "the version field, 0 to 3, instead of 1"},
    {.key = "token-length",
     .type = &es_type_number,
     .offset = AT(token_length),
     .doc = "the token length field, 0 to 15, instead of the true one"},
    {.key = "unsorted",
     .type = &es_type_flag,
     .offset = AT(unsorted),
     .doc = "yes: options go out in the order in which they are written"},
    {.key = "marker-without-payload",
     .type = &es_type_flag,
     .offset = AT(marker_without_payload),
     .doc = "yes: the payload marker, and nothing behind it"},
};

static const struct es_fields send_fields = {own_fields, ES_COUNT(own_fields)};

/* A number that may be left out. */
static bool eval_number(struct es_stage *g, const struct es_step *step,
                        const struct es_operand *o, int64_t most, bool *given,
                        unsigned *out)
{
    struct es_value v = es_value_number(0);
    *given = o->form != ES_OPERAND_ABSENT;
    ES_TRY(!*given || es_stage_eval(g, step, o, &v));
    *out = (unsigned)v.number;
    if (v.kind != ES_KIND_NUMBER || v.number < 0 || v.number > most) {
        es_stage_trouble(g, step, ES_VERDICT_ERROR, "%s is not 0 to %lld",
                         es_value_render(&v, es_stage_arena(g)), (long long)most);
        return false;
    }
    return true;
}

static bool set_mid(struct es_stage *g, const struct es_step *step,
                    const struct es_channel *ch, struct es_coap_message *m)
{
    const struct args *x = step->args;
    bool answers = m->type == ES_COAP_ACK || m->type == ES_COAP_RST, given;
    unsigned mid;
    ES_TRY(eval_number(g, step, &x->mid, UINT16_MAX, &given, &mid));
    if (given) {
        m->mid = (uint16_t)mid;
    } else {
        m->mid = answers && ch->last_con ? ch->last_con->mid
                                         : es_coap_endpoint_mid(ch->endpoint);
    }
    return true;
}

static bool set_token(struct es_stage *g, const struct es_step *step,
                      const struct es_channel *ch, struct es_coap_message *m)
{
    const struct args *x = step->args;
    if (x->out.token.form != ES_OPERAND_ABSENT) {
        return es_message_eval_token(g, step, &x->out.token, TOKEN_RAW_MAX, &m->token);
    }
    if (!x->out.is_empty) {
        m->token = es_coap_endpoint_token(ch->endpoint, TOKEN_FRESH);
    }
    return true;
}

static bool set_payload(struct es_stage *g, const struct es_step *step,
                        struct es_coap_message *m)
{
    const struct args *x = step->args;
    struct es_block_slice one = {0}, two = {0};
    struct es_value v;
    ES_TRY(es_blocks_put(g, step, &x->out, ES_COAP_OPT_BLOCK2, &x->block2, m, &two));
    ES_TRY(es_blocks_put(g, step, &x->out, ES_COAP_OPT_BLOCK1, &x->block1, m, &one));
    if (x->payload.form != ES_OPERAND_ABSENT) {
        ES_TRY(es_stage_eval(g, step, &x->payload, &v));
        m->payload = v.bytes;
    } else if (x->out.body.form != ES_OPERAND_ABSENT) {
        ES_TRY(es_stage_eval(g, step, &x->out.body, &v));
        /* Block1 is about the payload of a request, Block2 about that of a response. */
        struct es_block_slice s = es_coap_code_is_response(m->code) ? two : one;
        size_t from = s.offset < v.bytes.n ? (size_t)s.offset : v.bytes.n;
        m->payload = s.is_set ? es_slice_sub(v.bytes, from, s.n) : v.bytes;
    }
    m->has_payload = m->payload.n > 0;
    return true;
}

static bool read_deviations(struct es_stage *g, const struct es_step *step,
                            struct es_coap_raw *raw)
{
    const struct args *x = step->args;
    unsigned version, length;
    bool has_version;
    ES_TRY(eval_number(g, step, &x->version, 3, &has_version, &version));
    ES_TRY(eval_number(g, step, &x->token_length, 15, &raw->lie_token_length, &length));
    /* 0 means "as it should be", so version 0 is asked for by its lowest two bits. */
    raw->version = has_version ? (uint8_t)(version | 4U) : 0;
    raw->token_length = (uint8_t)length;
    raw->unsorted = x->unsorted;
    raw->marker_without_payload = x->marker_without_payload;
    return true;
}

static bool deviates(const struct es_coap_raw *raw, const struct es_coap_message *m)
{
    return raw->version || raw->lie_token_length || raw->unsorted ||
           raw->marker_without_payload || m->token.n > ES_COAP_TOKEN_MAX;
}

static size_t encoded_max(const struct es_coap_message *m)
{
    size_t max = MESSAGE_SLACK + m->token.n + m->payload.n;
    for (size_t i = 0; i < m->options_n; i++) {
        max += 5 + m->options[i].value.n;
    }
    return max;
}

static enum es_io transmit(struct es_stage *g, const struct es_step *step,
                           struct es_channel *ch, struct es_coap_message *m,
                           const struct es_coap_raw *raw)
{
    const struct args *x = step->args;
    bool once = x->retransmit != ES_SWITCH_ON;
    if (!deviates(raw, m)) {
        ch->last_sent = (struct es_sent){.message = m, .has_token = true};
        return es_coap_endpoint_send(ch->endpoint, m, once, es_stage_now(g));
    }
    struct es_buf bytes;
    es_buf_build(&bytes, es_stage_arena(g), encoded_max(m));
    es_coap_encode_raw(m, raw, &bytes);
    m->raw = es_buf_slice(&bytes);
    return es_sending_bytes(g, ch, m->raw, m);
}

static enum es_progress start(struct es_stage *g, const struct es_step *step,
                              void *state)
{
    const struct args *x = step->args;
    struct es_coap_message *m = ES_NEW(es_stage_arena(g), struct es_coap_message);
    struct es_coap_raw raw = {0};
    (void)state;
    struct es_channel *ch = es_sending_channel(g, step);
    if (!ch || !es_message_make(g, step, &x->out, m) || !set_mid(g, step, ch, m) ||
        !set_token(g, step, ch, m) || !set_payload(g, step, m) ||
        !read_deviations(g, step, &raw)) {
        return ES_STEP_END;
    }
    enum es_io io = transmit(g, step, ch, m, &raw);
    es_stage_bind(g, step, es_message_view_of(es_stage_arena(g), m));
    return es_sending_done(g, step, ch, io);
}

const struct es_verb es_verb_send = {
    .name = "send",
    .summary = "sends one message",
    .doc =
        "One CoAP message, exactly as it is written; nothing is sent again and nothing is "
        "waited for: `expect` does that. Options are given by name (a list repeats the "
        "option) or as option-N; named options take h'..' too. Block options are the full "
        "triple; `body` with a block option sends the slice that it names. Heads are "
        "CON POST /path, ACK empty, RST, CON empty (a ping), or a code such as 0.07.\n"
        "Example: - send: CON POST $est/sen\n"
        "           block1: 0/1/64\n"
        "           body: $csr",
    .value_doc = "a head: [CON|NON] METHOD /path, TYPE CODE, TYPE empty, or RST",
    .value_schema = "{\"type\": \"string\"}",
    .fields = {&es_message_out_fields, &send_fields},
    .args_size = sizeof(struct args),
    .shape = &es_message_shape,
    .compile_more = compile_more,
    .more_at = es_message_option_at,
    .compile = compile,
    .finish = finish,
    .start = start,
};
