/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/pkcs7.h"
#include "net/udp.h"
#include "ops/hello.h"
#include "ops/session.h"
#include "scenario/compile.h"

enum { SUITES_MAX = 16, FRAGMENT_MAX = 1 << 14 };

struct args {
    struct es_operand identity, port, certificate, key, fragment;
    uint16_t suites[SUITES_MAX];
    size_t suites_n;
    uint32_t resume_slot, from_slot;
    bool records_alone, spoil_cookie;
    struct es_dtls_offer offer;
    enum es_switch retransmit, acknowledge;
    enum es_switch extended_master;
    struct es_field_matches handshake;
};

struct state {
    struct es_channel *channel;
    struct es_session_view *view;
    es_usec deadline;
};

static bool note_identity(struct es_compile *c, const struct es_operand *o)
{
    if (o->form != ES_OPERAND_CONSTANT) {
        return true;
    }
    struct es_suggestion s;
    es_suggestion_init(&s, o->constant.bytes);
    const char *name = es_arena_text(c->arena, o->constant.bytes);
    if (es_slice_is(o->constant.bytes, "own")) {
        return true;
    }
    bool known = es_slice_is(o->constant.bytes, "none");
    for (size_t i = 0; es_zoo_name_at(i); i++) {
        known = known || es_slice_is(o->constant.bytes, es_zoo_name_at(i));
        es_suggestion_offer(&s, es_zoo_name_at(i));
    }
    if (!known) {
        es_compile_fail(c, o->loc, "there is no identity '%s'", name);
        return s.best ? es_hint(c->d, "did you mean '%s'?", s.best) : false;
    }
    ES_PUSH(c->arena, &c->plan->identities, name);
    return true;
}

static bool compile(struct es_compile *c, const struct es_node *value, void *args)
{
    struct args *x = args;
    x->resume_slot = ES_SLOT_NONE;
    x->from_slot = ES_SLOT_NONE;
    return es_operand_compile(c, value, ES_KIND_TEXT, &x->identity) &&
           note_identity(c, &x->identity);
}

static bool check_own(struct es_compile *c, const struct es_node *step_node, void *args)
{
    const struct args *x = args;
    bool given = x->certificate.form != ES_OPERAND_ABSENT;
    bool own = x->identity.form == ES_OPERAND_CONSTANT &&
               es_slice_is(x->identity.constant.bytes, "own");
    (void)step_node;
    if (own == given && given == (x->key.form != ES_OPERAND_ABSENT)) {
        return true;
    }
    es_compile_fail(c, c->step->loc, "'own' goes with 'certificate' and 'key'");
    return es_hint(c->d, "dtls.connect: own, certificate: $issued, key: $key");
}

static bool parse_suites(struct es_compile *c, const struct es_node *value,
                         const struct es_field *field, void *out)
{
    struct args *x = out;
    (void)field;
    const struct es_node *list = es_compile_follow(c, value);
    if (list->kind != ES_NODE_SEQUENCE || list->items.n > SUITES_MAX) {
        return es_compile_fail(c, list->loc, "'suites' is a list of IANA names");
    }
    bool ok = true;
    for (size_t i = 0; i < list->items.n; i++) {
        const struct es_node *n = es_compile_follow(c, list->items.at[i]);
        uint16_t suite = es_dtls_suite_find(n->text);
        if (suite == 0) {
            struct es_suggestion s;
            es_suggestion_init(&s, n->text);
            for (size_t k = 0; es_dtls_suite_name_at(k); k++) {
                es_suggestion_offer(&s, es_dtls_suite_name_at(k));
            }
            ok = es_compile_fail(c, n->loc, "there is no suite '%.*s'",
                                 ES_SLICE_ARG(n->text));
            ok = s.best ? es_hint(c->d, "did you mean '%s'?", s.best) : ok;
        }
        x->suites[x->suites_n++] = suite;
    }
    return ok;
}

static bool parse_session(struct es_compile *c, const struct es_node *value,
                          const struct es_field *field, void *out)
{
    const struct es_name *n = es_compile_name(c, value->text);
    if (!n || n->shape != &es_session_shape) {
        es_compile_fail(c, value->loc, "'%s' names an earlier dtls.connect by its id",
                        field->key);
        return false;
    }
    *(uint32_t *)out = n->slot;
    return true;
}

/* A field with one word; param is the word. */
static bool parse_word(struct es_compile *c, const struct es_node *value,
                       const struct es_field *field, void *out)
{
    value = es_compile_follow(c, value);
    if (!es_slice_is(value->text, field->param)) {
        es_compile_fail(c, value->loc, "'%s' can be '%s' only", field->key,
                        (const char *)field->param);
        return false;
    }
    *(bool *)out = true;
    return true;
}

static const struct es_field_type type_suites = {
    "suites", "a list of IANA names of cipher suites", "{\"type\": \"array\"}",
    parse_suites};
static const struct es_field_type type_session = {
    "session", "the id of an earlier dtls.connect", "{\"type\": \"string\"}",
    parse_session};
static const struct es_field_type type_record = {
    "record", "the word record", "{\"enum\": [\"record\"]}", parse_word};
static const struct es_field_type type_wrong = {"wrong", "the word wrong",
                                                "{\"enum\": [\"wrong\"]}", parse_word};

static const struct es_field fields[] = {
    {.key = "suites",
     .type = &type_suites,
     .offset = 0,
     .doc = "cipher suites offered, in this order; default: the mandatory one"},
    {.key = "port",
     .type = &es_type_number,
     .offset = offsetof(struct args, port),
     .doc = "another port than that of $uri"},
    {.key = "certificate",
     .type = &es_type_bytes,
     .offset = offsetof(struct args, certificate),
     .doc = "a certificate instead of the identity's own, such as an issued one"},
    {.key = "key",
     .type = &es_type_bytes,
     .offset = offsetof(struct args, key),
     .doc = "its private key as PKCS#8"},
    {.key = "resume",
     .type = &type_session,
     .offset = offsetof(struct args, resume_slot),
     .doc = "the session to resume (RFC 5246, 7.3)"},
    {.key = "extended-master-secret",
     .type = &es_type_switch,
     .offset = offsetof(struct args, extended_master),
     .doc = "off: the extension is not offered (RFC 7627)"},
    {.key = "retransmit",
     .type = &es_type_switch,
     .offset = offsetof(struct args, retransmit),
     .doc = "off: lost flights are left to the peer's timer"},
    {.key = "acknowledge",
     .type = &es_type_switch,
     .offset = offsetof(struct args, acknowledge),
     .doc = "off: CoAP messages are not acknowledged by themselves in this session"},
    {.key = "datagrams",
     .type = &type_record,
     .param = "record",
     .offset = offsetof(struct args, records_alone),
     .doc =
         "record: each record of the handshake goes in a datagram of its own, so that "
         "net.drop and the like can act on single messages"},
    {.key = "fragment",
     .type = &es_type_number,
     .offset = offsetof(struct args, fragment),
     .doc = "our unencrypted handshake messages go in fragments of at most so many "
            "octets, each in a datagram of its own (RFC 6347, 4.2.3)"},
    {.key = "cookie",
     .type = &type_wrong,
     .param = "wrong",
     .offset = offsetof(struct args, spoil_cookie),
     .doc =
         "wrong: the first cookie sent has a wrong bit, the right one follows with the "
         "next retransmission; see wrong-cookie"},
    {.key = "offer",
     .type = &es_type_offer,
     .offset = offsetof(struct args, offer),
     .doc =
         "what the ClientHello lists instead of what we can do; such a handshake never "
         "succeeds, it shows what the server picks"},
    {.key = "from",
     .type = &type_session,
     .offset = offsetof(struct args, from_slot),
     .doc =
         "the session whose local port is used again; if it is open, it is abandoned "
         "without a word (RFC 6347, 4.2.8)"},
    {.key = "handshake",
     .type = &es_type_matches,
     .param = &es_session_shape,
     .offset = offsetof(struct args, handshake),
     .doc = "what the handshake must be; without it, it must succeed"},
};

static const struct es_fields all_fields = {fields, ES_COUNT(fields)};

/* An identity of a certificate (or certs-only bag) and key given by the scenario. */
static const struct es_identity *given_identity(struct es_stage *g,
                                                const struct es_step *step)
{
    const struct args *x = step->args;
    struct es_arena *a = es_stage_arena(g);
    struct es_identity *id = ES_NEW(a, struct es_identity);
    struct es_value certificate, key;
    struct es_pkcs7 p7;
    struct es_flaw flaw = ES_FLAW_NONE;
    if (!es_stage_eval(g, step, &x->certificate, &certificate) ||
        !es_stage_eval(g, step, &x->key, &key)) {
        return NULL;
    }
    bool bag = es_pkcs7_view(a, certificate.bytes, &p7, &flaw) && p7.certs_n > 0;
    id->chain[0] = bag ? p7.certs[0] : certificate.bytes;
    id->chain_n = 1;
    id->key = key.bytes;
    if (!es_x509_view(a, id->chain[0], &id->leaf, &flaw)) {
        es_stage_trouble(g, step, ES_VERDICT_INCONCLUSIVE,
                         "the certificate cannot be used: %s", flaw.text);
        return NULL;
    }
    return id;
}

static const struct es_identity *choose_identity(struct es_stage *g,
                                                 const struct es_step *step)
{
    const struct args *x = step->args;
    struct es_value name;
    if (x->certificate.form != ES_OPERAND_ABSENT) {
        return given_identity(g, step);
    }
    if (!es_stage_eval(g, step, &x->identity, &name)) {
        return NULL;
    }
    const struct es_identity *id = es_stage_identity(g, name.bytes);
    if (!id) {
        es_stage_trouble(g, step, ES_VERDICT_ERROR, "there is no identity '%.*s'",
                         ES_SLICE_ARG(name.bytes));
    }
    return id;
}

static bool choose_fragment(struct es_stage *g, const struct es_step *step,
                            struct es_dtls_config *cfg)
{
    const struct args *x = step->args;
    struct es_value n = es_value_number(0);
    if (x->fragment.form == ES_OPERAND_ABSENT) {
        return true;
    }
    if (!es_stage_eval(g, step, &x->fragment, &n)) {
        return false;
    }
    if (n.number < 1 || n.number > FRAGMENT_MAX) {
        es_stage_trouble(g, step, ES_VERDICT_ERROR, "'fragment' is from 1 to %d",
                         FRAGMENT_MAX);
        return false;
    }
    cfg->fragment = (size_t)n.number;
    return true;
}

/* The address of the session named by `from`, whose socket makes room; NULL: any. */
static const struct es_address *choose_local(struct es_stage *g,
                                             const struct es_step *step)
{
    const struct args *x = step->args;
    if (x->from_slot == ES_SLOT_NONE) {
        return NULL;
    }
    const struct es_value *v = &es_stage_scope(g)->slots[x->from_slot];
    const struct es_session_view *old = v->record.p;
    if (v->kind != ES_KIND_RECORD) {
        return NULL;
    }
    es_stage_abandon(g, old->channel);
    return es_udp_local(old->channel->udp);
}

static bool configure(struct es_stage *g, const struct es_step *step,
                      const struct es_identity *id, struct es_dtls_config *cfg)
{
    const struct args *x = step->args;
    for (size_t i = 0; i < id->chain_n && i < ES_DTLS_CHAIN_MAX; i++) {
        cfg->cert_chain[i] = id->chain[i];
    }
    cfg->key_der = id->key;
    cfg->suites = x->suites_n ? x->suites : NULL;
    cfg->suites_n = x->suites_n;
    cfg->without_retransmission = x->retransmit == ES_SWITCH_OFF;
    cfg->without_extended_master = x->extended_master == ES_SWITCH_OFF;
    cfg->records_alone = x->records_alone;
    cfg->spoil_cookie = x->spoil_cookie;
    cfg->offer = x->offer;
    cfg->evidence = es_stage_evidence(g);
    cfg->server_name = es_stage_server_name(g);
    if (x->resume_slot != ES_SLOT_NONE) {
        const struct es_value *v = &es_stage_scope(g)->slots[x->resume_slot];
        const struct es_session_view *old = v->record.p;
        cfg->resume = v->kind == ES_KIND_RECORD ? old->resumable : ES_SLICE_NONE;
    }
    return choose_fragment(g, step, cfg);
}

static enum es_progress start(struct es_stage *g, const struct es_step *step,
                              void *state)
{
    const struct args *x = step->args;
    struct state *s = state;
    struct es_dtls_config cfg = {0};
    struct es_value port = es_value_number(0);
    const struct es_identity *id = choose_identity(g, step);
    if (!id || !configure(g, step, id, &cfg) ||
        (x->port.form != ES_OPERAND_ABSENT &&
         !es_stage_eval(g, step, &x->port, &port))) {
        return ES_STEP_END;
    }
    s->channel =
        es_stage_connect(g, step, choose_local(g, step), (uint16_t)port.number, false);
    if (!s->channel) {
        return ES_STEP_END;
    }
    struct es_diag *d = es_diag_new();
    struct es_filter *dtls =
        es_dtls_connect(es_stage_arena(g), s->channel->filter, &cfg, d);
    if (!dtls) {
        es_stage_trouble(g, step, ES_VERDICT_ERROR, "DTLS cannot start: %s",
                         d->count ? d->notes[0].msg : "no reason");
        es_diag_free(d);
        return ES_STEP_END;
    }
    es_diag_free(d);
    s->channel->leaves_unacknowledged = x->acknowledge == ES_SWITCH_OFF;
    s->channel->filter = dtls;
    s->channel->identity = id;
    s->channel->dtls = es_dtls_info(dtls);
    s->view = es_session_view_new(g, s->channel);
    es_stage_bind(g, step, s->view);
    s->deadline = es_stage_deadline(g, step);
    return ES_STEP_WAIT;
}

/* The handshake is over, one way or the other: judge it. */
static enum es_progress finish(struct es_stage *g, const struct es_step *step,
                               struct state *s)
{
    const struct args *x = step->args;
    es_session_view_finish(g, s->view);
    bool judged_outcome = false;
    for (size_t i = 0; i < x->handshake.n; i++) {
        judged_outcome = judged_outcome ||
                         es_slice_is(es_slice_of(x->handshake.at[i].path), "outcome");
    }
    es_stage_match(g, step, NULL, &x->handshake, s->view, NULL, NULL, NULL);
    if (s->view->is_open || judged_outcome) {
        return ES_STEP_DONE;
    }
    if (s->view->is_unjudgeable) {
        return es_stage_trouble(g, step, ES_VERDICT_INCONCLUSIVE, "%s", s->view->text);
    }
    return es_stage_missing(g, step, NULL, "no session: %s", s->view->text);
}

static enum es_progress poll(struct es_stage *g, const struct es_step *step,
                             void *state, const struct es_event *event)
{
    struct state *s = state;
    if (event->channel == s->channel && event->kind == ES_EVENT_FILTER) {
        es_stage_open(g, s->channel);
        return finish(g, step, s);
    }
    if (event->channel == s->channel && event->kind == ES_EVENT_ENDED) {
        return finish(g, step, s);
    }
    es_stage_keep(g, event);
    if (es_stage_now(g) >= s->deadline) {
        s->channel->ended = true;
        return finish(g, step, s);
    }
    es_stage_deadline(g, step);
    return ES_STEP_WAIT;
}

const struct es_verb es_verb_dtls_connect = {
    .name = "dtls.connect",
    .summary = "opens a DTLS 1.2 session to the server",
    .doc =
        "The handshake is made with the certificate of an identity of the zoo (none: "
        "without one) and must succeed, unless `handshake` judges `outcome`.\n"
        "Example: - dtls.connect: idevid\n"
        "           suites: [TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8]",
    .value_doc =
        "an identity: idevid, ldevid, ra, none ...; own with certificate and key",
    .value_schema = "{\"type\": \"string\"}",
    .fields = {&all_fields},
    .args_size = sizeof(struct args),
    .state_size = sizeof(struct state),
    .judges = true,
    .shape = &es_session_shape,
    .compile = compile,
    .finish = check_own,
    .start = start,
    .poll = poll,
};
