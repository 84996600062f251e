/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/chain.h"
#include "codec/pkcs10.h"
#include "codec/pkcs7.h"
#include "codec/pkcs8.h"
#include "est/issue.h"
#include "est/responder.h"
#include "pki/key.h"

#include <criterion/criterion.h>

#include <string.h>

enum { NOW = 1750000000 };

static struct es_arena *arena;
static struct es_diag *d;
static struct es_zoo *zoo;
static struct es_slice key, csr;

static void set_up(void)
{
    static const char *const san[] = {"dns:device.example"};
    const char *notice;
    arena = es_arena_new();
    d = es_diag_new();
    zoo = es_zoo_open(arena, NULL, NOW, &notice, d);
    cr_assert_not_null(zoo);
    cr_assert(es_key_generate(arena, ES_KEY_P256, &key, d));
    struct es_pkcs10_recipe recipe = {
        .subject = "CN=device", .key = key, .san = san, .san_n = 1};
    cr_assert(es_pkcs10_build(arena, &recipe, &csr, d));
}

static void tear_down(void)
{
    es_arena_free(arena);
    es_diag_free(d);
}

TestSuite(est_issue, .init = set_up, .fini = tear_down);
TestSuite(est_responder, .init = set_up, .fini = tear_down);

static struct es_issued issue(struct es_issue_order order)
{
    struct es_issued out;
    order.csr = csr;
    cr_assert(es_issue(arena, zoo, NOW, &order, &out, d));
    return out;
}

static struct es_x509 view(struct es_slice cert)
{
    struct es_x509 v;
    struct es_flaw flaw;
    cr_assert(es_x509_view(arena, cert, &v, &flaw));
    return v;
}

static enum es_chain_result judge(struct es_slice cert)
{
    struct es_x509_bag bag = {0}, anchors = {0};
    struct es_chain_verdict verdict;
    struct es_x509 leaf = view(cert);
    struct es_flaw flaw;
    cr_assert(es_x509_bag_add(arena, &bag, zoo->at[ES_ZOO_ISSUING_CA].cert, &flaw));
    cr_assert(es_x509_bag_add(arena, &anchors, zoo->at[ES_ZOO_ROOT].cert, &flaw));
    es_chain_judge(arena, &leaf, &bag, &anchors, NOW, &verdict);
    return verdict.result;
}

Test(est_issue, certificate_is_for_the_key_and_names_of_the_request)
{
    struct es_issued out = issue((struct es_issue_order){0});
    struct es_x509 v = view(out.cert);
    cr_assert_eq(judge(out.cert), ES_CHAIN_OK);
    cr_assert_str_eq(v.subject_text, "CN=device");
    cr_assert(es_slice_eq(v.key.spki, es_key_spki(arena, key)));
    cr_assert(es_x509_is_for_host(arena, &v, "device.example", NULL));
    cr_assert_eq(out.pkcs8.n, 0);
}

Test(est_issue, bag_holds_one_certificate_in_der)
{
    struct es_issued out = issue((struct es_issue_order){0});
    struct es_pkcs7 p7;
    struct es_flaw flaw;
    cr_assert(es_pkcs7_view(arena, out.p7, &p7, &flaw));
    cr_assert(es_pkcs7_is_certs_only(arena, &p7, &flaw));
    cr_assert_eq(p7.certs_n, 1);
    cr_assert(es_slice_eq(p7.certs[0], out.cert));
}

Test(est_issue, generated_key_is_handed_out_and_certified)
{
    struct es_issued out = issue((struct es_issue_order){.key = ES_ISSUE_GENERATED});
    struct es_pkcs8 k;
    struct es_flaw flaw;
    struct es_x509 v = view(out.cert);
    cr_assert(es_pkcs8_view(arena, out.pkcs8, &k, &flaw));
    cr_assert(es_pkcs8_is_pair(arena, &k, &v.key));
    cr_assert_not(es_slice_eq(v.key.spki, es_key_spki(arena, key)));
}

Test(est_issue, each_wrong_order_is_wrong_in_one_thing)
{
    cr_expect_eq(
        judge(issue((struct es_issue_order){.validity = ES_ISSUE_EXPIRED}).cert),
        ES_CHAIN_EXPIRED);
    cr_expect_eq(
        judge(issue((struct es_issue_order){.validity = ES_ISSUE_NOT_YET}).cert),
        ES_CHAIN_NOT_YET_VALID);
    cr_expect_eq(
        judge(issue((struct es_issue_order){.issuer = ES_ISSUE_BY_IMPOSTOR}).cert),
        ES_CHAIN_NO_PATH);
    cr_expect_eq(judge(issue((struct es_issue_order){.break_signature = true}).cert),
                 ES_CHAIN_SIGNATURE);
    struct es_issued other = issue((struct es_issue_order){.key = ES_ISSUE_OTHER});
    cr_expect_not(es_slice_eq(other.key, es_key_spki(arena, key)));
    cr_expect_eq(other.pkcs8.n, 0);
    struct es_issued named = issue((struct es_issue_order){.subject = "CN=else"});
    cr_expect_str_eq(view(named.cert).subject_text, "CN=else");
    struct es_issued first = issue((struct es_issue_order){.wrong_first = true});
    struct es_pkcs7 p7;
    struct es_flaw flaw;
    cr_assert(es_pkcs7_view(arena, first.p7, &p7, &flaw));
    cr_expect_not(es_slice_eq(p7.certs[0], first.cert));
    cr_expect(es_slice_eq(p7.certs[1], first.cert));
}

Test(est_issue, a_ca_that_was_made_can_issue)
{
    struct es_issued ca = issue((struct es_issue_order){
        .ca = true, .issuer = ES_ISSUE_BY_ROOT, .key = ES_ISSUE_GENERATED});
    struct es_issued below =
        issue((struct es_issue_order){.issuer_cert = ca.cert, .issuer_key = ca.pkcs8});
    struct es_x509 upper = view(ca.cert), lower = view(below.cert);
    cr_expect_eq(judge(ca.cert), ES_CHAIN_OK);
    cr_expect(upper.ext.ca);
    cr_expect_not(lower.ext.ca);
    cr_expect(es_slice_eq(lower.issuer, upper.subject));
}

Test(est_issue, body_comes_in_the_form_ordered)
{
    struct es_pkcs7 p7;
    struct es_flaw flaw;
    struct es_issued raw = issue((struct es_issue_order){.form = ES_ISSUE_RAW});
    cr_expect(es_slice_eq(raw.p7, raw.cert));
    struct es_issued ber = issue((struct es_issue_order){.form = ES_ISSUE_BER});
    cr_assert(es_pkcs7_view(arena, ber.p7, &p7, &flaw));
    cr_expect_not_null(p7.not_der.text);
    cr_expect_eq(p7.certs_n, 1);
    struct es_issued pem = issue((struct es_issue_order){.form = ES_ISSUE_PEM});
    cr_expect(es_slice_has_prefix(pem.p7, "-----BEGIN CERTIFICATE-----"));
    struct es_issued base64 = issue((struct es_issue_order){.form = ES_ISSUE_BASE64});
    cr_expect(es_slice_has_prefix(base64.p7, "MII"));
}

Test(est_issue, rubbish_is_refused_with_a_note)
{
    struct es_issued out;
    struct es_issue_order order = {.csr = ES_SLICE_LIT("no request")};
    cr_assert_not(es_issue(arena, zoo, NOW, &order, &out, d));
    cr_assert_eq(d->count, 1);
}

struct request_case {
    uint8_t method;
    const char *uri;
    unsigned format, accept; /* 0: none */
    bool with_csr;
    uint8_t code;
    unsigned answered; /* content format; 0: none */
};

static const struct request_case requests[] = {
    {ES_COAP_GET, "/.well-known/est/crts", 0, 281, false, 0x45, 281},
    {ES_COAP_GET, "/.well-known/est/crts", 0, 0, false, 0x45, 281},
    {ES_COAP_GET, "/.well-known/est/crts", 0, 60, false, 0x86, 0},
    {ES_COAP_POST, "/.well-known/est/crts", 0, 0, false, 0x85, 0},
    {ES_COAP_GET, "/.well-known/est/att", 0, 0, false, 0x84, 0},
    {ES_COAP_POST, "/.well-known/est/sen", 286, 0, true, 0x44, 281},
    {ES_COAP_POST, "/.well-known/est/sren", 286, 287, true, 0x44, 287},
    {ES_COAP_POST, "/.well-known/est/skg", 286, 62, true, 0x44, 62},
    {ES_COAP_POST, "/.well-known/est/skc", 286, 0, true, 0x44, 62},
    {ES_COAP_POST, "/.well-known/est/sen", 60, 0, true, 0x8f, 0},
    {ES_COAP_POST, "/.well-known/est/sen", 286, 0, false, 0x80, 0},
    {ES_COAP_GET, "/.well-known/est/sen", 0, 0, false, 0x85, 0},
    {ES_COAP_GET, "/.well-known/est", 0, 0, false, 0x84, 0},
    {ES_COAP_GET, "/elsewhere", 0, 0, false, 0x84, 0},
    {ES_COAP_GET, "/.well-known/core?rt=ace.est*", 0, 0, false, 0x45, 40},
};

static void add_number(struct es_coap_message *m, uint32_t option, unsigned number)
{
    if (number) {
        es_coap_option_add(m, option, es_coap_uint_encode(arena, number));
    }
}

Test(est_responder, every_request_gets_the_answer_of_a_good_server)
{
    struct es_responder r = {.zoo = zoo, .now_s = NOW, .root = "/.well-known/est"};
    for (size_t i = 0; i < ES_COUNT(requests); i++) {
        const struct request_case *k = &requests[i];
        struct es_coap_message m = {.code = k->method};
        struct es_coap_asked asked = {.first = &m, .last = &m, .uri = k->uri};
        struct es_coap_reply reply = {0};
        asked.body = k->with_csr ? csr : ES_SLICE_NONE;
        add_number(&m, ES_COAP_OPT_CONTENT_FORMAT, k->format);
        add_number(&m, ES_COAP_OPT_ACCEPT, k->accept);
        const char *what = es_respond(arena, &r, &asked, &reply);
        cr_assert_not_null(what);
        cr_expect_eq(reply.head.code, k->code, "case %zu: %s", i,
                     es_coap_code_text(reply.head.code, arena));
        uint64_t format = 0;
        const struct es_coap_option *o =
            es_coap_option_find(&reply.head, ES_COAP_OPT_CONTENT_FORMAT, 0);
        cr_expect(!o || es_coap_uint_decode(o->value, &format));
        cr_expect_eq(format, k->answered, "case %zu", i);
        cr_expect_eq(reply.body.n > 0, k->answered != 0, "case %zu", i);
    }
}

Test(est_responder, links_name_all_resources)
{
    struct es_responder r = {.zoo = zoo, .now_s = NOW, .root = "/.well-known/est"};
    struct es_coap_message m = {.code = ES_COAP_GET};
    struct es_coap_asked asked = {.first = &m, .uri = "/.well-known/core?rt=ace.est*"};
    struct es_coap_reply reply = {0};
    es_respond(arena, &r, &asked, &reply);
    cr_assert_lt(
        es_slice_search(reply.body,
                        ES_SLICE_LIT("</.well-known/est/sen>;rt=\"ace.est.sen\"")),
        reply.body.n);
}
