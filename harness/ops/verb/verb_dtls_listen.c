/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/der.h"
#include "est/issue.h"
#include "ops/session.h"
#include "scenario/compile.h"

#include <string.h>

enum { SUITES_MAX = 16 };

struct suites {
    uint16_t at[SUITES_MAX];
    size_t n;
};

struct args {
    struct es_operand identity, certificate, key, chain, port, fragment;
    struct suites suites;
    enum es_switch retransmit, client_certificate;
    bool by_hand, free_port;
    struct es_field_matches handshake;
    bool judges_outcome;
};

static bool is_word(const struct es_operand *o, const char *word)
{
    return o->form == ES_OPERAND_CONSTANT && es_slice_is(o->constant.bytes, word);
}

static bool compile(struct es_compile *c, const struct es_node *value, void *args)
{
    struct args *x = args;
    struct es_suggestion s;
    ES_TRY(es_operand_compile(c, value, ES_KIND_TEXT, &x->identity));
    if (x->identity.form != ES_OPERAND_CONSTANT || is_word(&x->identity, "own")) {
        return true;
    }
    es_suggestion_init(&s, x->identity.constant.bytes);
    for (size_t i = 0; es_zoo_name_at(i); i++) {
        if (is_word(&x->identity, es_zoo_name_at(i))) {
            return true;
        }
        es_suggestion_offer(&s, es_zoo_name_at(i));
    }
    es_compile_fail(c, x->identity.loc, "there is no identity '%.*s'",
                    ES_SLICE_ARG(x->identity.constant.bytes));
    return s.best ? es_hint(c->d, "did you mean '%s'?", s.best) : false;
}

static bool finish(struct es_compile *c, const struct es_node *step_node, void *args)
{
    struct args *x = args;
    bool own = is_word(&x->identity, "own");
    (void)step_node;
    c->plan->by_hand |= x->by_hand;
    for (size_t i = 0; i < x->handshake.n; i++) {
        x->judges_outcome =
            x->judges_outcome || strcmp(x->handshake.at[i].path, "outcome") == 0;
    }
    if (!own && x->chain.form != ES_OPERAND_ABSENT) {
        return es_compile_fail(c, x->chain.loc, "'chain' goes with 'own'");
    }
    if (own != (x->certificate.form != ES_OPERAND_ABSENT) ||
        own != (x->key.form != ES_OPERAND_ABSENT)) {
        es_compile_fail(c, c->step->loc, "'own' goes with 'certificate' and 'key'");
        return es_hint(c->d,
                       "dtls.listen: own, certificate: $made.cert, key: $made.pkcs8");
    }
    return true;
}

static bool parse_suites(struct es_compile *c, const struct es_node *value,
                         const struct es_field *field, void *out)
{
    struct suites *x = out;
    (void)field;
    const struct es_node *list = es_compile_follow(c, value);
    if (list->kind != ES_NODE_SEQUENCE || list->items.n > SUITES_MAX) {
        return es_compile_fail(c, list->loc, "'suites' is a list of IANA names");
    }
    bool ok = true;
    for (size_t i = 0; i < list->items.n; i++) {
        const struct es_node *n = es_compile_follow(c, list->items.at[i]);
        x->at[x->n] = es_dtls_suite_find(n->text);
        if (x->at[x->n++] == 0) {
            ok = es_compile_fail(c, n->loc, "there is no suite '%.*s'",
                                 ES_SLICE_ARG(n->text));
        }
    }
    return ok;
}

static const struct es_field_type type_suites = {
    "suites", "a list of IANA names of cipher suites", "{\"type\": \"array\"}",
    parse_suites};

#define AT(member) offsetof(struct args, member)

static const struct es_field fields[] = {
    {.key = "suites",
     .type = &type_suites,
     .offset = AT(suites),
     .doc = "cipher suites accepted, in this order; default: the mandatory one"},
    {.key = "port",
     .type = &es_type_number,
     .offset = AT(port),
     .doc = "another port than that of $uri"},
    {.key = "free-port",
     .type = &es_type_flag,
     .offset = AT(free_port),
     .doc = "yes: on a port of its own, which the step's `uri` tells"},
    {.key = "certificate",
     .type = &es_type_bytes,
     .offset = AT(certificate),
     .doc = "with `own`: the certificate to show, DER"},
    {.key = "key",
     .type = &es_type_bytes,
     .offset = AT(key),
     .doc = "with `own`: its private key as PKCS#8"},
    {.key = "chain",
     .type = &es_type_bytes,
     .offset = AT(chain),
     .doc = "with `own`: the certificates sent behind it, DER, one after the other; "
            "default: issuing-ca"},
    {.key = "retransmit",
     .type = &es_type_switch,
     .offset = AT(retransmit),
     .doc = "off: lost flights are left to the client's timer"},
    {.key = "client-certificate",
     .type = &es_type_switch,
     .offset = AT(client_certificate),
     .doc = "off: no CertificateRequest is sent"},
    {.key = "fragment",
     .type = &es_type_number,
     .offset = AT(fragment),
     .doc =
         "handshake messages go out in pieces of so many octets, 16 to 1024 (RFC 6347, "
         "4.2.3)"},
    {.key = "by-hand",
     .type = &es_type_flag,
     .offset = AT(by_hand),
     .doc = "yes: requests are left to `expect` and `send`; nothing is served"},
    {.key = "handshake",
     .type = &es_type_matches,
     .param = &es_session_shape,
     .offset = AT(handshake),
     .doc = "what every handshake must be; judged when it is over"},
};

static const struct es_fields all_fields = {fields, ES_COUNT(fields)};

/* It is to blame for that only if it was really told to come. */
static void nobody_came(struct es_stage *g, const struct es_step *step)
{
    const struct es_driver *v = es_stage_driver(g);
    if (v && (!es_driver_is_begun(v) || es_driver_awaits_device(v) ||
              es_driver_state(v) == ES_DRIVER_FAILED)) {
        es_stage_trouble(g, step, ES_VERDICT_INCONCLUSIVE, "no client came");
    } else {
        es_stage_missing(g, step, NULL, "no client came");
    }
}

/* The handshake of a client is over. */
static void settled(struct es_stage *g, const struct es_listening *l,
                    struct es_channel *ch)
{
    const struct es_step *step = l->step;
    const struct args *x = step->args;
    if (!ch) {
        if (x->handshake.n) {
            nobody_came(g, step);
        }
        return;
    }
    struct es_session_view *v = es_session_view_new(g, ch);
    es_session_view_finish(g, v);
    es_stage_bind(g, step, v);
    es_stage_note(g, "a client came: %s", v->text);
    if (v->is_open || x->judges_outcome) {
        es_stage_match(g, step, NULL, &x->handshake, v, NULL, NULL, NULL);
    } else if (v->is_unjudgeable) {
        es_stage_trouble(g, step, ES_VERDICT_INCONCLUSIVE, "%s", v->text);
    } else if (x->handshake.n) {
        es_stage_missing(g, step, NULL, "no session: %s", v->text);
    }
}

/* The zoo's server is named for loopback; elsewhere it needs a certificate with our address. */
static bool take_address(struct es_stage *g, const struct es_step *step,
                         struct es_listening *l)
{
    const struct es_address *here = es_stage_peer(g);
    struct es_arena *a = es_stage_arena(g);
    if (es_address_is_loopback(here)) {
        return true;
    }
    struct es_diag *d = es_diag_new();
    bool ok = es_issue_server(a, es_stage_zoo(g), es_stage_certificate_time(g),
                              es_address_host(here, a), &l->dtls.cert_chain[0], d);
    if (!ok) {
        es_stage_trouble(g, step, ES_VERDICT_ERROR, "%s",
                         d->count ? d->notes[0].msg : "no certificate");
    }
    es_diag_free(d);
    return ok;
}

/* Puts the certificates behind the first one. */
static bool take_chain(struct es_stage *g, const struct es_step *step,
                       struct es_listening *l)
{
    const struct args *x = step->args;
    struct es_value chain = es_value_bytes(es_stage_zoo(g)->at[ES_ZOO_ISSUING_CA].cert);
    struct es_der_document doc;
    struct es_der certs;
    struct es_der_item cert;
    ES_TRY(x->chain.form == ES_OPERAND_ABSENT ||
           es_stage_eval(g, step, &x->chain, &chain));
    es_der_open(&doc, es_stage_arena(g), chain.bytes, false, &certs);
    for (size_t i = 1; i < ES_DTLS_CHAIN_MAX && es_der_next(&certs, &cert); i++) {
        l->dtls.cert_chain[i] = cert.raw;
    }
    return true;
}

static bool take_identity(struct es_stage *g, const struct es_step *step,
                          struct es_listening *l)
{
    const struct args *x = step->args;
    struct es_value name, cert, key;
    if (x->certificate.form != ES_OPERAND_ABSENT) {
        ES_TRY(es_stage_eval(g, step, &x->certificate, &cert));
        ES_TRY(es_stage_eval(g, step, &x->key, &key));
        l->dtls.cert_chain[0] = cert.bytes;
        l->dtls.key_der = key.bytes;
        return take_chain(g, step, l);
    }
    ES_TRY(es_stage_eval(g, step, &x->identity, &name));
    l->identity = es_stage_identity(g, name.bytes);
    if (!l->identity || l->identity->chain_n == 0) {
        es_stage_trouble(g, step, ES_VERDICT_ERROR, "there is no identity '%.*s'",
                         ES_SLICE_ARG(name.bytes));
        return false;
    }
    for (size_t i = 0; i < l->identity->chain_n && i < ES_DTLS_CHAIN_MAX; i++) {
        l->dtls.cert_chain[i] = l->identity->chain[i];
    }
    l->dtls.key_der = l->identity->key;
    return !es_slice_is(name.bytes, "est-server") || take_address(g, step, l);
}

static bool take_fragment(struct es_stage *g, const struct es_step *step,
                          struct es_listening *l)
{
    const struct args *x = step->args;
    struct es_value size = es_value_number(0);
    ES_TRY(x->fragment.form == ES_OPERAND_ABSENT ||
           es_stage_eval(g, step, &x->fragment, &size));
    if (size.number != 0 && (size.number < 16 || size.number > 1024)) {
        es_stage_trouble(g, step, ES_VERDICT_ERROR,
                         "pieces have 16 to 1024 octets, not %lld",
                         (long long)size.number);
        return false;
    }
    l->dtls.fragment = (size_t)size.number;
    return true;
}

static enum es_progress start(struct es_stage *g, const struct es_step *step,
                              void *state)
{
    const struct args *x = step->args;
    struct es_listening *l = ES_NEW(es_stage_arena(g), struct es_listening);
    struct es_value port = es_value_number(0);
    (void)state;
    l->step = step;
    l->by_hand = x->by_hand;
    l->settled = settled;
    l->dtls.suites = x->suites.n ? x->suites.at : NULL;
    l->dtls.suites_n = x->suites.n;
    l->dtls.without_retransmission = x->retransmit == ES_SWITCH_OFF;
    l->dtls.without_client_certificate = x->client_certificate == ES_SWITCH_OFF;
    l->dtls.evidence = es_stage_evidence(g);
    if (!take_fragment(g, step, l)) {
        return ES_STEP_END;
    }
    if (!take_identity(g, step, l) ||
        (x->port.form != ES_OPERAND_ABSENT &&
         !es_stage_eval(g, step, &x->port, &port)) ||
        !es_stage_listen(g, step,
                         x->free_port ? ES_STAGE_PORT_FREE : (int32_t)port.number, l)) {
        return ES_STEP_END;
    }
    es_stage_bind(g, step, es_session_view_listening(g, es_stage_listens_at(g, l)));
    return ES_STEP_DONE;
}

const struct es_verb es_verb_dtls_listen = {
    .name = "dtls.listen",
    .summary = "receives clients as a DTLS 1.2 server",
    .doc =
        "Goes on at once; clients that come from now on are received with the certificate "
        "of an identity of the zoo, or with `own` and one that was made. The client is "
        "asked for a certificate and let in with any: `handshake` judges it when the "
        "session opens. The step's variable is the session opened last. A later "
        "dtls.listen takes the place of this one, unless it has another port.\n"
        "Example: - dtls.listen: est-server\n"
        "           handshake: {chain: valid, offers: TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8}",
    .value_doc = "an identity: est-server, wrong-name, ra ..., or own",
    .value_schema = "{\"type\": \"string\"}",
    .fields = {&all_fields},
    .args_size = sizeof(struct args),
    .shape = &es_session_shape,
    .compile = compile,
    .finish = finish,
    .start = start,
};
