/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../support/vector_file.h"
#include "codec/chain.h"
#include "pki/ca.h"
#include "pki/key.h"

/* 2026-01-01T00:00:00Z, and a year. */
#define NOW ((int64_t)1767225600)
#define YEAR ((int64_t)31536000)

static struct es_arena *arena;
static struct es_diag *diag;
/* Keys and certificates of root, intermediate and leaf; made afresh for each test. */
static struct es_slice keys[3], certs[3];

static void set_up(void)
{
    arena = es_arena_new();
    diag = es_diag_new();
}

static void tear_down(void)
{
    es_diag_free(diag);
    es_arena_free(arena);
}

TestSuite(chain, .init = set_up, .fini = tear_down);
TestSuite(host, .init = set_up, .fini = tear_down);

static struct es_ca_recipe recipe_of(const char *subject, size_t own, size_t issuer)
{
    struct es_ca_recipe r = {
        .subject = subject,
        .path_len = -1,
        .ca = own < 2,
        .key_usage = own < 2 ? ES_KU_KEY_CERT_SIGN : ES_KU_DIGITAL_SIGNATURE,
        .not_before = NOW - YEAR,
        .not_after = NOW + YEAR,
        .spki = es_key_spki(arena, keys[own]),
        .issuer_key = keys[issuer],
    };
    if (own != issuer) {
        r.issuer_cert = certs[issuer];
    }
    return r;
}

static void issue(size_t own, const struct es_ca_recipe *r)
{
    cr_assert(es_ca_issue(arena, r, &certs[own], diag), "%s", diag->notes[0].msg);
}

/* root -> intermediate -> leaf, each good; the recipes can be changed before. */
static struct es_ca_recipe recipes[3];

static void prepare(void)
{
    for (size_t i = 0; i < 3; i++) {
        cr_assert(es_key_generate(arena, ES_KEY_P256, &keys[i], diag));
    }
    recipes[0] = recipe_of("CN=root", 0, 0);
    issue(0, &recipes[0]);
    recipes[1] = recipe_of("CN=intermediate", 1, 0);
    issue(1, &recipes[1]);
    recipes[2] = recipe_of("CN=leaf", 2, 1);
    issue(2, &recipes[2]);
}

static struct es_x509_bag bag_of(size_t from, size_t to)
{
    struct es_x509_bag bag = {0};
    for (size_t i = from; i < to; i++) {
        cr_assert(es_x509_bag_add(arena, &bag, certs[i], NULL));
    }
    return bag;
}

/* Judges the leaf over the intermediate to the root. */
static struct es_chain_verdict judge(int64_t now_s)
{
    struct es_x509_bag leaf = bag_of(2, 3), bag = bag_of(1, 2), anchors = bag_of(0, 1);
    struct es_chain_verdict v;
    bool good = es_chain_judge(arena, &leaf.at[0], &bag, &anchors, now_s, &v);
    cr_assert_eq(good, v.result == ES_CHAIN_OK);
    cr_assert_not_null(v.text);
    return v;
}

Test(chain, good_path_is_found)
{
    prepare();
    struct es_chain_verdict v = judge(NOW);
    cr_assert_eq(v.result, ES_CHAIN_OK, "%s", v.text);
    cr_assert_eq(v.path_n, 3);
    cr_assert_str_eq(v.path[2]->subject_text, "CN=root");
}

Test(chain, dates_are_judged_at_the_time_given)
{
    prepare();
    cr_assert_eq(judge(NOW + YEAR).result, ES_CHAIN_OK, "the last second is valid");
    cr_assert_eq(judge(NOW + YEAR + 1).result, ES_CHAIN_EXPIRED);
    cr_assert_eq(judge(NOW - YEAR).result, ES_CHAIN_OK, "the first second is valid");
    struct es_chain_verdict v = judge(NOW - YEAR - 1);
    cr_assert_eq(v.result, ES_CHAIN_NOT_YET_VALID);
    cr_assert_str_eq(v.text, "CN=leaf is not valid before 2025-01-01T00:00:00Z");
}

Test(chain, dates_of_intermediates_count_and_of_anchors_not)
{
    prepare();
    recipes[1].not_after = NOW - 1;
    issue(1, &recipes[1]);
    struct es_chain_verdict v = judge(NOW);
    cr_assert_eq(v.result, ES_CHAIN_EXPIRED);
    cr_assert_str_eq(v.where->subject_text, "CN=intermediate");
    prepare();
    recipes[0].not_after = NOW - 1;
    issue(0, &recipes[0]);
    cr_assert_eq(judge(NOW).result, ES_CHAIN_OK);
}

Test(chain, issuer_without_ca_flag_is_no_ca)
{
    prepare();
    recipes[1].ca = false;
    issue(1, &recipes[1]);
    cr_assert_eq(judge(NOW).result, ES_CHAIN_NOT_A_CA);
}

Test(chain, issuer_needs_key_cert_sign)
{
    prepare();
    recipes[1].key_usage = ES_KU_DIGITAL_SIGNATURE;
    issue(1, &recipes[1]);
    cr_assert_eq(judge(NOW).result, ES_CHAIN_KEY_USAGE);
    recipes[1].key_usage = 0;
    issue(1, &recipes[1]);
    cr_assert_eq(judge(NOW).result, ES_CHAIN_OK, "no keyUsage, no limit");
}

Test(chain, flipped_signature_and_namesake_are_told)
{
    prepare();
    recipes[2].break_signature = true;
    issue(2, &recipes[2]);
    cr_assert_eq(judge(NOW).result, ES_CHAIN_SIGNATURE);
    /* The same names again, but the intermediate has another key now. */
    recipes[2].break_signature = false;
    issue(2, &recipes[2]);
    cr_assert(es_key_generate(arena, ES_KEY_P256, &keys[1], diag));
    recipes[1].spki = es_key_spki(arena, keys[1]);
    issue(1, &recipes[1]);
    struct es_chain_verdict v = judge(NOW);
    cr_assert_eq(v.result, ES_CHAIN_SIGNATURE);
    cr_assert(strstr(v.text, "CN=leaf is not signed by the CN=intermediate"), "%s",
              v.text);
}

Test(chain, missing_issuer_is_no_path)
{
    prepare();
    struct es_x509_bag leaf = bag_of(2, 3), anchors = bag_of(0, 1), none = {0};
    struct es_chain_verdict v;
    cr_assert_not(es_chain_judge(arena, &leaf.at[0], &none, &anchors, NOW, &v));
    cr_assert_eq(v.result, ES_CHAIN_NO_PATH);
    cr_assert_str_eq(v.text,
                     "no certificate of CN=intermediate, the issuer of CN=leaf");
}

Test(chain, intermediate_may_be_the_anchor)
{
    prepare();
    struct es_x509_bag leaf = bag_of(2, 3), anchors = bag_of(1, 2), none = {0};
    struct es_chain_verdict v;
    cr_assert(es_chain_judge(arena, &leaf.at[0], &none, &anchors, NOW, &v), "%s",
              v.text);
    cr_assert_eq(v.path_n, 2);
}

Test(chain, leaf_may_be_the_anchor)
{
    prepare();
    struct es_x509_bag leaf = bag_of(2, 3), none = {0};
    struct es_chain_verdict v;
    cr_assert(es_chain_judge(arena, &leaf.at[0], &none, &leaf, NOW, &v), "%s", v.text);
    cr_assert_not(es_chain_judge(arena, &leaf.at[0], &none, &leaf, NOW + 2 * YEAR, &v));
    cr_assert_eq(v.result, ES_CHAIN_EXPIRED);
}

Test(chain, path_length_counts_cas_below)
{
    prepare();
    recipes[1].path_len = 0;
    issue(1, &recipes[1]);
    cr_assert_eq(judge(NOW).result, ES_CHAIN_OK, "the leaf does not count");
    /* One more CA between intermediate and leaf. */
    struct es_slice sub_key, sub_cert;
    cr_assert(es_key_generate(arena, ES_KEY_P256, &sub_key, diag));
    struct es_ca_recipe sub = recipes[1];
    sub.subject = "CN=sub";
    sub.path_len = -1;
    sub.spki = es_key_spki(arena, sub_key);
    sub.issuer_key = keys[1];
    sub.issuer_cert = certs[1];
    cr_assert(es_ca_issue(arena, &sub, &sub_cert, diag));
    recipes[2].issuer_cert = sub_cert;
    recipes[2].issuer_key = sub_key;
    issue(2, &recipes[2]);
    struct es_x509_bag leaf = bag_of(2, 3), bag = bag_of(1, 2), anchors = bag_of(0, 1);
    struct es_chain_verdict v;
    cr_assert(es_x509_bag_add(arena, &bag, sub_cert, NULL));
    cr_assert_not(es_chain_judge(arena, &leaf.at[0], &bag, &anchors, NOW, &v));
    cr_assert_eq(v.result, ES_CHAIN_PATH_LENGTH, "%s", v.text);
    cr_assert_str_eq(v.text, "CN=intermediate allows 0 CAs below it, there are 1");
}

Test(chain, unknown_critical_extension_is_refused)
{
    prepare();
    struct es_extension x = {
        .oid = octets(arena, "2a03"), .critical = true, .value = octets(arena, "0500")};
    recipes[2].extensions = &x;
    recipes[2].extensions_n = 1;
    issue(2, &recipes[2]);
    struct es_chain_verdict v = judge(NOW);
    cr_assert_eq(v.result, ES_CHAIN_UNKNOWN_CRITICAL);
    cr_assert_str_eq(v.text, "CN=leaf has the critical extension 1.2.3");
    x.critical = false;
    issue(2, &recipes[2]);
    cr_assert_eq(judge(NOW).result, ES_CHAIN_OK);
}

Test(chain, flaw_of_a_whole_path_hides_dead_ends)
{
    prepare();
    recipes[2].not_after = NOW - 1;
    issue(2, &recipes[2]);
    struct es_x509_bag leaf = bag_of(2, 3), anchors = bag_of(0, 1);
    struct es_chain_verdict v;
    /* A namesake of the intermediate that leads nowhere stands first in the bag. */
    struct es_x509_bag bag = {0};
    struct es_ca_recipe dead = recipes[1];
    struct es_slice dead_cert;
    dead.issuer_cert = ES_SLICE_NONE;
    dead.issuer_subject = "CN=nobody";
    cr_assert(es_ca_issue(arena, &dead, &dead_cert, diag));
    cr_assert(es_x509_bag_add(arena, &bag, dead_cert, NULL));
    cr_assert(es_x509_bag_add(arena, &bag, certs[1], NULL));
    cr_assert_not(es_chain_judge(arena, &leaf.at[0], &bag, &anchors, NOW, &v));
    cr_assert_eq(v.result, ES_CHAIN_EXPIRED, "%s", v.text);
}

Test(chain, bag_is_complete_up_to_a_self_signed_root)
{
    prepare();
    struct es_x509_bag all = bag_of(0, 2), no_root = bag_of(1, 2), leaf = bag_of(2, 3);
    struct es_chain_verdict v;
    cr_assert(es_chain_is_complete(arena, &leaf.at[0], &all, &v), "%s", v.text);
    cr_assert(es_chain_is_complete(arena, &all.at[0], &all, &v), "%s", v.text);
    cr_assert_not(es_chain_is_complete(arena, &leaf.at[0], &no_root, &v));
    cr_assert_str_eq(v.where->subject_text, "CN=intermediate");
    cr_assert_eq(v.result, ES_CHAIN_NO_PATH);
}

Test(chain, examples_of_rfc9148_are_no_complete_bag)
{
    struct es_x509_bag bag = {0}, leaf = {0};
    struct es_chain_verdict v;
    cr_assert(es_x509_bag_add(
        arena, &bag, vector_file(arena, "pkcs/A1-crts-resp-281.cert.der"), NULL));
    cr_assert(es_x509_bag_add(
        arena, &leaf, vector_file(arena, "pkcs/A2-sen-resp-281.cert.der"), NULL));
    cr_assert(es_chain_is_complete(arena, &bag.at[0], &bag, &v), "%s", v.text);
    cr_assert_not(es_chain_is_complete(arena, &leaf.at[0], &bag, &v));
}

Test(chain, hostile_bag_of_namesakes_ends)
{
    prepare();
    struct es_x509_bag leaf = bag_of(2, 3), none = {0};
    struct es_x509_bag bag = {0};
    struct es_chain_verdict v;
    /* Twelve self-issued certificates of one name and key certify each other. */
    struct es_ca_recipe r = recipes[1];
    r.issuer_cert = ES_SLICE_NONE;
    r.issuer_key = keys[1];
    for (size_t i = 0; i < 12; i++) {
        struct es_slice cert;
        cr_assert(es_ca_issue(arena, &r, &cert, diag));
        cr_assert(es_x509_bag_add(arena, &bag, cert, NULL));
    }
    cr_assert_not(es_chain_judge(arena, &leaf.at[0], &bag, &none, NOW, &v));
    cr_assert_neq(v.result, ES_CHAIN_OK);
}

static struct es_x509 cert_with(const char *const *san, size_t san_n,
                                const char *const *eku, size_t eku_n)
{
    struct es_x509 cert;
    prepare();
    recipes[2].san = san;
    recipes[2].san_n = san_n;
    recipes[2].eku = eku;
    recipes[2].eku_n = eku_n;
    issue(2, &recipes[2]);
    cr_assert(es_x509_view(arena, certs[2], &cert, NULL));
    return cert;
}

Test(host, only_subject_alternative_names_count)
{
    static const char *const san[] = {"dns:Est.Example", "dns:*.wild.example",
                                      "ip:127.0.0.1", "ip:::1", "uri:dns:other"};
    static const struct {
        const char *host;
        bool good;
    } cases[] = {
        {"est.example", true},
        {"EST.EXAMPLE.", true},
        {"x.est.example", false},
        {"a.wild.example", true},
        {"a.b.wild.example", false},
        {"wild.example", false},
        {"127.0.0.1", true},
        {"127.0.0.2", false},
        {"::1", true},
        {"0:0:0:0:0:0:0:1", true},
        {"leaf", false},
        {"other", false},
        {"", false},
    };
    struct es_x509 cert = cert_with(san, ES_COUNT(san), NULL, 0);
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        cr_expect_eq(es_x509_is_for_host(arena, &cert, cases[i].host, NULL),
                     cases[i].good, "%s", cases[i].host);
    }
    const char *why;
    cr_assert_not(es_x509_is_for_host(arena, &cert, "leaf", &why));
    cr_assert(strstr(why, "the certificate is for dns:Est.Example, dns:*.wild"), "%s",
              why);
}

Test(host, address_in_a_dns_name_does_not_count)
{
    static const char *const san[] = {"dns:127.0.0.1"};
    struct es_x509 cert = cert_with(san, 1, NULL, 0);
    cr_assert_not(es_x509_is_for_host(arena, &cert, "127.0.0.1", NULL));
}

Test(host, wildcard_needs_two_labels_behind_it)
{
    static const char *const san[] = {"dns:*.example"};
    struct es_x509 cert = cert_with(san, 1, NULL, 0);
    cr_assert_not(es_x509_is_for_host(arena, &cert, "a.example", NULL));
}

Test(host, usage_is_allowed_if_listed_or_unlimited)
{
    static const char *const server[] = {"serverAuth"};
    static const char *const any[] = {"anyExtendedKeyUsage"};
    struct es_x509 cert = cert_with(NULL, 0, server, 1);
    cr_assert(es_x509_allows_usage(&cert, ES_OID_SERVER_AUTH));
    cr_assert_not(es_x509_allows_usage(&cert, ES_OID_CLIENT_AUTH));
    cert = cert_with(NULL, 0, any, 1);
    cr_assert(es_x509_allows_usage(&cert, ES_OID_CLIENT_AUTH));
    cr_assert_not(es_extensions_has_eku(&cert.ext, ES_OID_CMC_RA));
    cert = cert_with(NULL, 0, NULL, 0);
    cr_assert(es_x509_allows_usage(&cert, ES_OID_CLIENT_AUTH));
}
