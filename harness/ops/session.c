/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/session.h"

#include "net/udp.h"
#include "ops/hello.h"

static const struct es_session_view *view(const void *record)
{
    return record;
}

static struct es_value text(const char *s)
{
    return s ? es_value_text(es_slice_of(s)) : ES_VALUE_NONE;
}

static struct es_value get_outcome(const void *record, const struct es_shape_field *f,
                                   struct es_arena *a)
{
    (void)f, (void)a;
    return text(view(record)->outcome);
}

static struct es_value get_alert(const void *record, const struct es_shape_field *f,
                                 struct es_arena *a)
{
    (void)f, (void)a;
    const struct es_dtls_info *i = view(record)->info;
    return i->alert_received ? text(es_dtls_alert_name(i->alert)) : ES_VALUE_NONE;
}

static struct es_value get_suite(const void *record, const struct es_shape_field *f,
                                 struct es_arena *a)
{
    (void)f;
    uint16_t suite = view(record)->info->suite;
    return suite ? text(es_dtls_suite_name(suite, a)) : ES_VALUE_NONE;
}

static struct es_value get_version(const void *record, const struct es_shape_field *f,
                                   struct es_arena *a)
{
    (void)f, (void)a;
    uint16_t version = view(record)->info->version;
    return version ? text(version == 0xfefd   ? "1.2"
                          : version == 0xfeff ? "1.0"
                                              : "other")
                   : ES_VALUE_NONE;
}

static struct es_value get_port(const void *record, const struct es_shape_field *f,
                                struct es_arena *a)
{
    (void)f, (void)a;
    return es_value_number(es_address_port(view(record)->at));
}

static struct es_value get_uri(const void *record, const struct es_shape_field *f,
                               struct es_arena *a)
{
    (void)f;
    return text(es_arena_printf(a, "coaps://%s", es_address_text(view(record)->at, a)));
}

/* The URI without its port. */
static struct es_value get_uri_without_port(const void *record,
                                            const struct es_shape_field *f,
                                            struct es_arena *a)
{
    struct es_slice uri = get_uri(record, f, a).bytes;
    while (uri.n && uri.p[uri.n - 1] != ':') {
        uri.n--;
    }
    return es_value_text(es_slice_sub(uri, 0, uri.n ? uri.n - 1 : 0));
}

static struct es_value get_tls_unique(const void *record,
                                      const struct es_shape_field *f,
                                      struct es_arena *a)
{
    (void)f, (void)a;
    struct es_slice v = view(record)->info->tls_unique;
    return v.n ? es_value_bytes(v) : ES_VALUE_NONE;
}

static struct es_value get_curve(const void *record, const struct es_shape_field *f,
                                 struct es_arena *a)
{
    (void)f;
    uint16_t curve = view(record)->info->curve;
    if (curve == 0) {
        return ES_VALUE_NONE;
    }
    return text(es_hello_group_name(curve, a));
}

static struct es_value get_ephemeral_key(const void *record,
                                         const struct es_shape_field *f,
                                         struct es_arena *a)
{
    (void)f, (void)a;
    struct es_slice v = view(record)->info->ephemeral_key;
    return v.n ? es_value_bytes(v) : ES_VALUE_NONE;
}

/* How the peer sent its messages again. */
enum copies { COPIES_N, COPIES_SEQ, COPIES_BODIES, COPIES_RECORDS, COPIES_GAP };

static struct es_value get_copies(const void *record, const struct es_shape_field *f,
                                  struct es_arena *a)
{
    const struct es_dtls_copies *c = &view(record)->info->copies;
    (void)a;
    if (f->number == COPIES_N) {
        return es_value_number(c->n);
    }
    if (c->n == 0) {
        return ES_VALUE_NONE;
    }
    switch ((enum copies)f->number) {
    case COPIES_SEQ:
        return text(c->message_seq_changed ? "changed" : "kept");
    case COPIES_BODIES:
        return text(c->body_changed ? "changed" : "kept");
    case COPIES_RECORDS:
        return text(c->record_seq_reused ? "reused" : "fresh");
    case COPIES_N:
    case COPIES_GAP:
        break;
    }
    return es_value_duration(c->first_gap);
}

static struct es_value get_torn(const void *record, const struct es_shape_field *f,
                                struct es_arena *a)
{
    (void)f, (void)a;
    return es_value_number(view(record)->info->records_torn);
}

enum flag { EMS, RESUMED, COOKIE, REQUESTED };

static struct es_value get_flag(const void *record, const struct es_shape_field *f,
                                struct es_arena *a)
{
    (void)a;
    const struct es_dtls_info *i = view(record)->info;
    const bool flags[] = {[EMS] = i->extended_master_secret,
                          [RESUMED] = i->resumed,
                          [COOKIE] = i->cookie_exchanged,
                          [REQUESTED] = i->certificate_requested};
    return es_value_bool(flags[f->number]);
}

static struct es_value get_wrong_cookie(const void *record,
                                        const struct es_shape_field *f,
                                        struct es_arena *a)
{
    static const char *const words[] = {
        [ES_DTLS_COOKIE_UNSENT] = "unsent",
        [ES_DTLS_COOKIE_UNANSWERED] = "unanswered",
        [ES_DTLS_COOKIE_ASKED_AGAIN] = "asked-again",
        [ES_DTLS_COOKIE_BELIEVED] = "believed",
    };
    (void)f, (void)a;
    return text(words[view(record)->info->wrong_cookie]);
}

static struct es_value get_certificate(const void *record,
                                       const struct es_shape_field *f,
                                       struct es_arena *a)
{
    (void)f, (void)a;
    const struct es_dtls_info *i = view(record)->info;
    return i->peer_chain_n ? es_value_bytes(i->peer_chain[0]) : ES_VALUE_NONE;
}

/* valid, or the word for what is wrong, with the certificate concerned. */
static struct es_value get_chain(const void *record, const struct es_shape_field *f,
                                 struct es_arena *a)
{
    (void)f;
    const struct es_session_view *v = view(record);
    struct es_chain_verdict verdict;
    if (v->chain_flaw || v->chain.n == 0) {
        return text(v->chain_flaw);
    }
    if (es_chain_judge(a, &v->chain.at[0], &v->chain,
                       v->channel->listening ? es_stage_client_trust(v->stage)
                                             : es_stage_trust(v->stage),
                       es_stage_certificate_time(v->stage), &verdict)) {
        return text("valid");
    }
    return text(es_arena_printf(a, "%s: %s", es_chain_result_name(verdict.result),
                                verdict.text));
}

/* RFC 7030, 3.6: named as the host that was asked for, or an RA by id-kp-cmcRA. */
static struct es_value get_name(const void *record, const struct es_shape_field *f,
                                struct es_arena *a)
{
    (void)f;
    const struct es_session_view *v = view(record);
    const char *why = "no name";
    if (v->chain.n == 0 || v->channel->listening) {
        return ES_VALUE_NONE;
    }
    const struct es_x509 *leaf = &v->chain.at[0];
    bool ra = es_extensions_has_eku(&leaf->ext, ES_OID_CMC_RA);
    if (ra || es_x509_is_for_host(a, leaf, es_stage_server_name(v->stage), &why)) {
        return text("valid");
    }
    return text(
        es_arena_printf(a, "not for %s: %s", es_stage_server_name(v->stage), why));
}

static struct es_value get_requests(const void *record, const struct es_shape_field *f,
                                    struct es_arena *a)
{
    const struct es_coap_service *v = view(record)->channel->service;
    int64_t n = 0;
    (void)f, (void)a;
    for (struct es_coap_asked *k = v ? es_coap_service_first(v) : NULL; k;
         k = k->next) {
        n++;
    }
    return es_value_number(n);
}

static struct es_value get_closed(const void *record, const struct es_shape_field *f,
                                  struct es_arena *a)
{
    (void)f, (void)a;
    return es_value_number(view(record)->channel->ended);
}

/* Which of the identities that we handed out the client shows. */
static struct es_value get_identity(const void *record, const struct es_shape_field *f,
                                    struct es_arena *a)
{
    (void)f, (void)a;
    const struct es_session_view *v = view(record);
    const struct es_zoo *zoo = es_stage_zoo(v->stage);
    if (v->info->peer_chain_n == 0) {
        return ES_VALUE_NONE;
    }
    for (size_t i = 0; zoo && i < ES_ZOO_COUNT; i++) {
        if (es_slice_eq(zoo->at[i].cert, v->info->peer_chain[0])) {
            return text(zoo->at[i].name);
        }
    }
    return text("other");
}

static const struct es_shape_field fields[] = {
    {.name = "outcome",
     .kind = ES_KIND_TEXT,
     .get = get_outcome,
     .doc = "open, alert, close, silence, unreachable or unparsable"},
    {.name = "alert",
     .kind = ES_KIND_TEXT,
     .get = get_alert,
     .doc = "the fatal alert received, by name (RFC 5246, 7.2)"},
    {.name = "suite", .kind = ES_KIND_TEXT, .get = get_suite, .doc = "IANA name"},
    {.name = "version", .kind = ES_KIND_TEXT, .get = get_version, .doc = "1.2"},
    {.name = "port", .kind = ES_KIND_NUMBER, .get = get_port, .doc = "our port"},
    {.name = "uri",
     .kind = ES_KIND_TEXT,
     .get = get_uri,
     .doc = "where we are: coaps://127.0.0.1:40123; also before a client has come"},
    {.name = "uri-without-port",
     .kind = ES_KIND_TEXT,
     .get = get_uri_without_port,
     .doc = "the same without its port"},
    {.name = "tls-unique",
     .kind = ES_KIND_BYTES,
     .get = get_tls_unique,
     .doc = "the first Finished (RFC 5929, 3)"},
    {.name = "curve",
     .kind = ES_KIND_TEXT,
     .get = get_curve,
     .doc = "of the key exchange: secp256r1"},
    {.name = "ephemeral-key",
     .kind = ES_KIND_BYTES,
     .get = get_ephemeral_key,
     .doc =
         "the peer's public point for this session; 04 and two coordinates if uncompressed"},
    {.name = "resent",
     .kind = ES_KIND_NUMBER,
     .get = get_copies,
     .number = COPIES_N,
     .doc = "handshake messages that the peer sent again (RFC 6347, 4.2.4)"},
    {.name = "message-seq",
     .kind = ES_KIND_TEXT,
     .get = get_copies,
     .number = COPIES_SEQ,
     .doc = "of messages sent again: kept or changed"},
    {.name = "bodies",
     .kind = ES_KIND_TEXT,
     .get = get_copies,
     .number = COPIES_BODIES,
     .doc = "of messages sent again: kept or changed"},
    {.name = "record-seq",
     .kind = ES_KIND_TEXT,
     .get = get_copies,
     .number = COPIES_RECORDS,
     .doc = "of the records in which messages were sent again: fresh or reused"},
    {.name = "first-gap",
     .kind = ES_KIND_DURATION,
     .get = get_copies,
     .number = COPIES_GAP,
     .doc = "between a handshake message and the same one sent again"},
    {.name = "torn-records",
     .kind = ES_KIND_NUMBER,
     .get = get_torn,
     .doc = "records of the peer that did not end within their datagram, so far"},
    {.name = "extended-master-secret",
     .kind = ES_KIND_BOOL,
     .get = get_flag,
     .number = EMS,
     .doc = "negotiated (RFC 7627)"},
    {.name = "resumed",
     .kind = ES_KIND_BOOL,
     .get = get_flag,
     .number = RESUMED,
     .doc = "the abbreviated handshake took place"},
    {.name = "cookie",
     .kind = ES_KIND_BOOL,
     .get = get_flag,
     .number = COOKIE,
     .doc = "the server asked for a cookie (RFC 6347, 4.2.1)"},
    {.name = "wrong-cookie",
     .kind = ES_KIND_TEXT,
     .get = get_wrong_cookie,
     .doc = "with `cookie: wrong`, the server's answer to it: asked-again, unanswered, "
            "believed, or unsent if the server asked for no cookie"},
    {.name = "certificate-requested",
     .kind = ES_KIND_BOOL,
     .get = get_flag,
     .number = REQUESTED,
     .doc = "the server sent CertificateRequest"},
    {.name = "certificate",
     .kind = ES_KIND_BYTES,
     .get = get_certificate,
     .doc = "of the peer, DER"},
    {.name = "chain",
     .kind = ES_KIND_TEXT,
     .get = get_chain,
     .doc = "valid, if the peer's certificates lead to a trust anchor of ours now"},
    {.name = "name",
     .kind = ES_KIND_TEXT,
     .get = get_name,
     .doc =
         "valid, if the certificate is for the host asked for, or for an RA (RFC 7030, "
         "3.6)"},
    {.name = "identity",
     .kind = ES_KIND_TEXT,
     .get = get_identity,
     .doc =
         "of a client: the name in the zoo of the certificate shown, such as idevid, or "
         "other"},
    {.name = "requests",
     .kind = ES_KIND_NUMBER,
     .get = get_requests,
     .doc = "of a client: how many requests came in the session so far"},
    {.name = "closed",
     .kind = ES_KIND_NUMBER,
     .get = get_closed,
     .doc = "1 if the peer has closed it or it failed, else 0"},
    ES_HELLO_FIELDS,
};

const struct es_shape es_session_shape = {
    .name = "a DTLS session", .fields = fields, .n = ES_COUNT(fields)};

struct es_session_view *es_session_view_new(struct es_stage *g, struct es_channel *ch)
{
    struct es_session_view *v = ES_NEW(es_stage_arena(g), struct es_session_view);
    v->channel = ch;
    v->at = es_udp_local(ch->udp);
    v->info = ch->dtls;
    v->stage = g;
    return v;
}

struct es_session_view *es_session_view_listening(struct es_stage *g,
                                                  const struct es_address *at)
{
    static const struct es_dtls_info nothing;
    struct es_session_view *v = ES_NEW(es_stage_arena(g), struct es_session_view);
    v->channel = ES_NEW(es_stage_arena(g), struct es_channel);
    v->at = at;
    v->info = &nothing;
    v->stage = g;
    return v;
}

static void describe(struct es_session_view *v, struct es_arena *a)
{
    const char *peer = v->channel->listening ? "client" : "server";
    switch (v->info->outcome) {
    case ES_DTLS_OPEN:
        v->outcome = "open";
        v->text = "the session is open";
        return;
    case ES_DTLS_ALERT:
        v->outcome = "alert";
        v->text = es_arena_printf(a, "the %s sent the fatal alert %s", peer,
                                  es_dtls_alert_name(v->info->alert));
        return;
    case ES_DTLS_CLOSE:
        v->outcome = "close";
        v->text = es_arena_printf(a, "the %s closed the session", peer);
        return;
    case ES_DTLS_REFUSED:
        v->outcome = "unreachable";
        v->text = es_arena_printf(a, "nobody listens at %s",
                                  es_address_text(es_udp_remote(v->channel->udp), a));
        return;
    case ES_DTLS_LIBRARY:
        v->outcome = "unparsable";
        v->is_unjudgeable = true;
        v->text = es_arena_printf(a,
                                  "wolfSSL could not go on with what the peer sent: %s "
                                  "(%d)",
                                  v->info->library_text, v->info->library_code);
        return;
    case ES_DTLS_PENDING:
    case ES_DTLS_SILENCE:
        break;
    }
    v->outcome = "silence";
    v->text = es_arena_printf(
        a, "the handshake was not finished in time: no answer from the %s", peer);
}

void es_session_view_finish(struct es_stage *g, struct es_session_view *v)
{
    struct es_arena *a = es_stage_arena(g);
    struct es_flaw flaw = ES_FLAW_NONE;
    describe(v, a);
    v->is_open = v->info->outcome == ES_DTLS_OPEN;
    if (v->is_open) {
        v->resumable = es_dtls_session(v->channel->session, a);
    }
    for (size_t i = 0; i < v->info->peer_chain_n && !v->chain_flaw; i++) {
        if (!es_x509_bag_add(a, &v->chain, v->info->peer_chain[i], &flaw)) {
            v->chain_flaw = es_arena_printf(a, "certificate %zu: %s", i + 1,
                                            es_flaw_or(a, &flaw, ""));
        }
    }
}
