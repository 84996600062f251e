/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/buf.h"
#include "ops/sending.h"
#include "scenario/compile.h"

/* A sequence number that no session of a scenario reaches by itself. */
enum { SEQ_AUTO = 1 << 20, VERSION_DTLS12 = 0xfefd, HEADER = 13, FRAGMENT_MAX = 65000 };

struct args {
    struct es_operand type, version, epoch, seq, length, fragment;
};

static const struct {
    const char *name;
    int64_t number;
} types[] = {{"change_cipher_spec", 20},
             {"alert", 21},
             {"handshake", 22},
             {"application_data", 23},
             {"heartbeat", 24}};

static bool parse_type(struct es_compile *c, const struct es_node *value,
                       const struct es_field *field, void *out)
{
    const struct es_node *n = es_compile_follow(c, value);
    struct es_operand *o = out;
    struct es_suggestion s;
    (void)field;
    es_suggestion_init(&s, n->text);
    for (size_t i = 0; i < ES_COUNT(types); i++) {
        if (es_slice_is(n->text, types[i].name)) {
            *o = es_operand_constant(es_value_number(types[i].number));
            return true;
        }
        es_suggestion_offer(&s, types[i].name);
    }
    if (s.best) {
        es_compile_fail(c, n->loc, "'%.*s' is not a content type",
                        ES_SLICE_ARG(n->text));
        return es_hint(c->d, "did you mean '%s'?", s.best);
    }
    return es_operand_compile(c, n, ES_KIND_NUMBER, o);
}

static bool parse_seq(struct es_compile *c, const struct es_node *value,
                      const struct es_field *field, void *out)
{
    const struct es_node *n = es_compile_follow(c, value);
    (void)field;
    return es_slice_is(n->text, "auto") ||
           es_operand_compile(c, n, ES_KIND_NUMBER, out);
}

static bool parse_protect(struct es_compile *c, const struct es_node *value,
                          const struct es_field *field, void *out)
{
    bool protect;
    (void)field, (void)out;
    ES_TRY(es_node_bool(es_compile_follow(c, value), &protect, c->d));
    if (protect) {
        es_compile_fail(c, value->loc, "this version sends records in plaintext only");
        return es_hint(c->d, "protect: no; bytes inside the session go by coap.bytes");
    }
    return true;
}

static const struct es_field_type type_content = {
    "content type",
    "a content type: handshake, alert, application_data ... or a number", "{}",
    parse_type};
static const struct es_field_type type_seq = {"sequence number", "a number, or auto",
                                              "{}", parse_seq};
static const struct es_field_type type_protect = {
    "protection", "no", "{\"enum\": [\"no\"]}", parse_protect};

#define AT(member) offsetof(struct args, member)

static const struct es_field fields[] = {
    {.key = "type",
     .type = &type_content,
     .offset = AT(type),
     .required = true,
     .doc = "content type"},
    {.key = "version",
     .type = &es_type_number,
     .offset = AT(version),
     .doc = "default: 0xfefd, DTLS 1.2"},
    {.key = "epoch",
     .type = &es_type_number,
     .offset = AT(epoch),
     .required = true,
     .doc = "0 before the handshake is over, then 1"},
    {.key = "seq",
     .type = &type_seq,
     .offset = AT(seq),
     .doc = "auto, the default: one that the session has not reached"},
    {.key = "protect",
     .type = &type_protect,
     .offset = 0,
     .required = true,
     .doc = "no"},
    {.key = "length",
     .type = &es_type_number,
     .offset = AT(length),
     .doc = "the length field, instead of the true length"},
    {.key = "fragment",
     .type = &es_type_bytes,
     .offset = AT(fragment),
     .required = true,
     .doc = "what follows the header"},
};

static const struct es_fields record_fields = {fields, ES_COUNT(fields)};

static bool compile(struct es_compile *c, const struct es_node *value, void *args)
{
    return es_compile_fields(c, es_compile_follow(c, value), &record_fields,
                             "record.send", args);
}

static bool eval(struct es_stage *g, const struct es_step *step,
                 const struct es_operand *o, uint64_t fallback, uint64_t most,
                 uint64_t *out)
{
    struct es_value v = es_value_number((int64_t)fallback);
    ES_TRY(o->form == ES_OPERAND_ABSENT || es_stage_eval(g, step, o, &v));
    *out = (uint64_t)v.number;
    if (v.kind != ES_KIND_NUMBER || v.number < 0 || *out > most) {
        es_stage_trouble(g, step, ES_VERDICT_ERROR,
                         "%s does not fit into a record header",
                         es_value_render(&v, es_stage_arena(g)));
        return false;
    }
    return true;
}

static bool make_record(struct es_stage *g, const struct es_step *step,
                        struct es_buf *out, const char **text)
{
    const struct args *x = step->args;
    uint64_t type, version, epoch, seq, length;
    struct es_value fragment;
    ES_TRY(es_stage_eval(g, step, &x->fragment, &fragment));
    ES_TRY(eval(g, step, &x->type, 0, 255, &type));
    ES_TRY(eval(g, step, &x->version, VERSION_DTLS12, UINT16_MAX, &version));
    ES_TRY(eval(g, step, &x->epoch, 0, UINT16_MAX, &epoch));
    ES_TRY(eval(g, step, &x->seq, SEQ_AUTO, ((uint64_t)1 << 48) - 1, &seq));
    ES_TRY(eval(g, step, &x->length, fragment.bytes.n, UINT16_MAX, &length));
    if (fragment.bytes.n > FRAGMENT_MAX) {
        es_stage_trouble(g, step, ES_VERDICT_ERROR,
                         "the fragment fits into no datagram");
        return false;
    }
    es_buf_build(out, es_stage_arena(g), HEADER + fragment.bytes.n);
    es_buf_u8(out, (unsigned)type);
    es_buf_u16(out, (unsigned)version);
    es_buf_u16(out, (unsigned)epoch);
    es_buf_u16(out, (unsigned)(seq >> 32));
    es_buf_u32(out, (uint32_t)seq);
    es_buf_u16(out, (unsigned)length);
    es_buf_put(out, fragment.bytes);
    *text = es_arena_printf(es_stage_arena(g),
                            "plaintext record, type %u, epoch %u, %zu bytes",
                            (unsigned)type, (unsigned)epoch, fragment.bytes.n);
    return true;
}

static enum es_progress start(struct es_stage *g, const struct es_step *step,
                              void *state)
{
    struct es_buf bytes;
    const char *text;
    (void)state;
    struct es_channel *ch = es_stage_channel(g, step, false);
    if (!ch || !make_record(g, step, &bytes, &text)) {
        return ES_STEP_END;
    }
    enum es_io io = es_sending_datagram(g, ch, es_buf_slice(&bytes), text);
    return es_sending_done(g, step, ch, io);
}

const struct es_verb es_verb_record_send = {
    .name = "record.send",
    .summary = "sends a DTLS record made by hand",
    .doc =
        "A plaintext record (RFC 6347, 4.1) from the socket of the session: type, version, "
        "epoch, seq, protect: no, length, fragment. Sealed records are not offered.\n"
        "Example: - record.send: {type: application_data, epoch: 1, protect: no,\n"
        "                         fragment: h'deadbeef'}",
    .value_doc = "a map: type, version, epoch, seq, protect, length, fragment",
    .value_schema =
        "{\"type\": \"object\", \"required\": [\"type\", \"epoch\", \"protect\", "
        "\"fragment\"]}",
    .args_size = sizeof(struct args),
    .compile = compile,
    .start = start,
};
