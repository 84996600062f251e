/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/probe.h"

#include "dtls/dtls.h"
#include "net/capture.h"
#include "net/clock.h"
#include "net/loop.h"
#include "net/udp.h"
#include "run/probe_int.h"

#include <time.h>

enum { SUITES_MAX = 32 };

#define PATIENCE (8 * ES_USEC_PER_S)

const char *es_probe_op_name(enum es_probe_op op)
{
    static const char *const names[] = {"crts", "sen", "sren", "skg", "skc", "att"};
    return names[op];
}

es_usec es_probe_wait(const struct es_probe *p, es_usec deadline, es_usec until)
{
    struct es_loop loop;
    es_loop_clear(&loop);
    es_loop_watch(&loop, es_filter_fd(p->filter));
    es_loop_until(&loop, es_filter_next_deadline(p->filter));
    es_loop_until(&loop, deadline);
    es_loop_until(&loop, until);
    es_usec now = es_loop_wait(&loop);
    if (es_filter_next_deadline(p->filter) <= now) {
        es_filter_on_deadline(p->filter, now);
    }
    return now;
}

static const char *date(int64_t unix_s, struct es_arena *a)
{
    time_t seconds = (time_t)unix_s;
    struct tm parts = {0};
    char text[32] = "";
    gmtime_r(&seconds, &parts);
    strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &parts);
    return es_arena_printf(a, "%s", text);
}

static void fail(struct es_probe *p, const char *failure, const char *remedy)
{
    p->out->failure = failure;
    p->out->remedy = remedy;
}

static bool resolve(struct es_probe *p)
{
    struct es_slice host;
    if (!es_address_resolve_uri(es_slice_of(p->cfg->uri), &p->out->address, &host,
                                ES_LOC_NONE, p->d)) {
        const struct es_note *n = &p->d->notes[0];
        fail(p, es_arena_printf(p->arena, "address: %s", n->msg),
             n->hint ? es_arena_printf(p->arena, "%s", n->hint) : NULL);
        return false;
    }
    p->out->host = es_arena_text(p->arena, host);
    p->out->address_text = es_address_text(&p->out->address, p->arena);
    return true;
}

static void build_config(const struct es_probe *p, struct es_dtls_config *c)
{
    const struct es_identity *i = p->cfg->identity;
    *c = (struct es_dtls_config){.evidence = p->evidence};
    for (size_t k = 0; i && k < i->chain_n && k < ES_DTLS_CHAIN_MAX; k++) {
        c->cert_chain[k] = i->chain[k];
    }
    c->key_der = i ? i->key : ES_SLICE_NONE;
    c->server_name = p->out->host;
}

/* Puts socket, capture and DTLS together. */
static bool build_stack(struct es_probe *p, const struct es_dtls_config *c)
{
    struct es_filter *udp = es_udp_connect(p->arena, NULL, &p->out->address, p->d);
    p->filter = udp;
    if (udp && p->evidence) {
        p->filter = es_capture_push(p->arena, udp, p->evidence, false);
    }
    struct es_filter *dtls = udp ? es_dtls_connect(p->arena, p->filter, c, p->d) : NULL;
    if (!dtls) {
        fail(p,
             es_arena_printf(p->arena, "%s: %s", udp ? "our certificate" : "network",
                             p->d->notes[0].msg),
             NULL);
        if (udp) {
            es_filter_close(p->filter, es_clock_now());
        }
        p->filter = NULL;
        return false;
    }
    p->filter = dtls;
    return true;
}

static bool handshake(struct es_probe *p, const struct es_dtls_config *c)
{
    ES_TRY(build_stack(p, c));
    es_usec start = es_clock_now(), now = start;
    enum es_io io = es_filter_open(p->filter, now);
    while (io == ES_IO_AGAIN && now < start + p->patience) {
        now = es_probe_wait(p, ES_USEC_NEVER, start + p->patience);
        io = es_filter_open(p->filter, now);
    }
    p->out->handshake_ms = (double)(now - start) / 1000;
    return io == ES_IO_OK;
}

/* Whether the alert is one that a server sends about a certificate (RFC 5246, 7.2.2). */
static bool is_about_certificate(uint8_t alert)
{
    return (alert >= 42 && alert <= 46) || alert == 48 || alert == 49;
}

static void explain_alert(struct es_probe *p, uint8_t alert)
{
    const char *text =
        es_arena_printf(p->arena, "DTLS: alert %s", es_dtls_alert_name(alert));
    if (!p->cfg->identity) {
        fail(p, es_arena_printf(p->arena, "%s: we showed no certificate", text),
             "give one with --cert and --key");
    } else if (is_about_certificate(alert)) {
        fail(p,
             es_arena_printf(p->arena, "%s: the server refused our certificate", text),
             "is the issuer of --cert trusted there, and the whole chain in the file?");
    } else {
        fail(
            p, text,
            "40 (handshake_failure) often means: no suite in common; RFC 9148 section 3 "
            "wants TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8");
    }
}

static void explain_handshake(struct es_probe *p)
{
    const struct es_dtls_info *i = es_dtls_info(p->filter);
    bool mute = i->version == 0 && !i->cookie_exchanged && i->peer_chain_n == 0;
    switch (i->outcome) {
    case ES_DTLS_ALERT:
        explain_alert(p, i->alert);
        break;
    case ES_DTLS_LIBRARY:
        fail(p,
             es_arena_printf(p->arena,
                             "DTLS: the handshake cannot be read: %s (wolfSSL %d)",
                             i->library_text ? i->library_text : "?", i->library_code),
             NULL);
        break;
    case ES_DTLS_REFUSED:
        fail(p, es_arena_printf(p->arena, "DTLS: %s", es_filter_reason(p->filter)),
             "is the server running, and is this its UDP port?");
        break;
    case ES_DTLS_CLOSE:
        fail(p, "DTLS: the server closed the session during the handshake", NULL);
        break;
    case ES_DTLS_OPEN:
    case ES_DTLS_PENDING:
    case ES_DTLS_SILENCE:
        fail(p,
             es_arena_printf(
                 p->arena,
                 mute ? "DTLS: no answer from %s within %s"
                      : "DTLS: the handshake with %s does not end within %s",
                 p->out->address_text, es_text_of_duration(p->arena, p->patience)),
             mute ? "a firewall, another port, or a server that speaks no DTLS there?"
                  : "large datagrams may get lost on the way (MTU)");
        break;
    }
}

/* After a refusal: which other suite would the server take? */
static void try_other_suites(struct es_probe *p, struct es_dtls_config *c)
{
    uint16_t suites[SUITES_MAX];
    size_t n = 0;
    const char *name;
    for (size_t i = 0; n < SUITES_MAX && (name = es_dtls_suite_name_at(i)); i++) {
        suites[n] = es_dtls_suite_find(es_slice_of(name));
        n += es_slice_has_prefix(es_slice_of(name), "TLS_ECDHE_ECDSA_") &&
             suites[n] != 0;
    }
    struct es_probe_result before = *p->out;
    c->suites = suites;
    c->suites_n = n;
    es_filter_close(p->filter, es_clock_now());
    bool taken = handshake(p, c);
    c->suites = NULL;
    c->suites_n = 0;
    if (!taken) {
        *p->out = before;
        return;
    }
    fail(p,
         es_arena_printf(p->arena,
                         "suite: the server takes %s, but not "
                         "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8 (RFC 9148 section 3)",
                         es_dtls_suite_name(es_dtls_info(p->filter)->suite, p->arena)),
         "without it nearly no scenario can be judged");
}

static void judge_chain(struct es_probe *p, const struct es_dtls_info *i)
{
    struct es_x509_bag bag = {0};
    struct es_flaw flaw = ES_FLAW_NONE;
    struct es_chain_verdict verdict;
    int64_t now_s = es_clock_unix_us() / ES_USEC_PER_S;
    p->out->clock = date(now_s, p->arena);
    for (size_t k = 0; k < i->peer_chain_n; k++) {
        if (!es_x509_bag_add(p->arena, &bag, i->peer_chain[k], &flaw)) {
            p->out->chain = es_arena_printf(
                p->arena, "certificate %zu cannot be read: %s", k + 1, flaw.text);
            return;
        }
    }
    if (bag.n == 0) {
        p->out->chain = "the server showed no certificate";
        return;
    }
    const struct es_x509 *leaf = &bag.at[0];
    p->out->subject = es_arena_printf(
        p->arena, "%s, valid %s to %s", leaf->subject_text,
        date(leaf->not_before, p->arena), date(leaf->not_after, p->arena));
    p->out->chain_good =
        es_chain_judge(p->arena, leaf, &bag, p->cfg->trust, now_s, &verdict);
    p->out->chain = p->out->chain_good ? "good" : verdict.text;
    p->out->is_ra = es_extensions_has_eku(&leaf->ext, ES_OID_CMC_RA);
    const char *why = "no name";
    p->out->name_good =
        p->out->is_ra || es_x509_is_for_host(p->arena, leaf, p->out->host, &why);
    p->out->names = p->out->name_good ? "good" : why;
}

static void describe_session(struct es_probe *p)
{
    const struct es_dtls_info *i = es_dtls_info(p->filter);
    p->out->is_up = true;
    p->out->suite = es_dtls_suite_name(i->suite, p->arena);
    p->out->is_ccm8 = i->suite == ES_DTLS_SUITE_CCM_8;
    p->out->certificate_requested = i->certificate_requested;
    p->out->extended_master_secret = i->extended_master_secret;
    judge_chain(p, i);
}

static void talk(struct es_probe *p)
{
    struct es_dtls_config c;
    build_config(p, &c);
    if (handshake(p, &c)) {
        describe_session(p);
        es_probe_ask(p);
    } else if (!p->out->failure) {
        explain_handshake(p);
        const struct es_dtls_info *i = es_dtls_info(p->filter);
        if (i->outcome == ES_DTLS_ALERT && !is_about_certificate(i->alert)) {
            try_other_suites(p, &c);
        }
    }
    if (p->filter) {
        es_filter_close(p->filter, es_clock_now());
    }
}

void es_probe_server(const struct es_probe_config *cfg, struct es_arena *arena,
                     struct es_probe_result *out)
{
    struct es_probe p = {.cfg = cfg, .out = out, .arena = arena, .d = es_diag_new()};
    p.patience = cfg->patience ? cfg->patience : PATIENCE;
    *out = (struct es_probe_result){.root = "/.well-known/est"};
    if (resolve(&p)) {
        const struct es_evidence_config evidence = {
            .folder = cfg->folder,
            .start = es_clock_now(),
            .start_unix_us = es_clock_unix_us(),
        };
        p.evidence = es_evidence_open(&evidence, arena, p.d);
        talk(&p);
        if (p.evidence) {
            bool ignored = es_evidence_close(p.evidence, p.d);
            (void)ignored;
        }
    }
    es_diag_free(p.d);
}
