/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../support/stage_play.h"

/* Payload trees: what is built is sent, comes back, and is matched. */
TestSuite(ops_payload, .init = plan_set_up, .fini = plan_tear_down);

static void echoes(unsigned nth, const struct es_coap_message *m)
{
    struct es_coap_message a = play_answer(m, ES_COAP_ACK, ES_COAP_CODE(2, 5));
    (void)nth;
    a.payload = m->payload;
    play_say(&a, 1000);
}

#define KEK "h'000102030405060708090a0b0c0d0e0f'"
#define OTHER_KEK "h'000102030405060708090a0b0c0d0e10'"
#define CSR "{vector: pkcs/A3-skg-req-286.csr}"
#define PAIR "{vector: pkcs/A3-skg-resp-part-284.p8}"
#define BAG "{vector: pkcs/A3-skg-resp-part-281.p7}"
#define CERT "{vector: pkcs/A3-skg-resp-part-281.cert}"

/* Plays both halves; the findings tell what did not match. */
static const struct es_findings *echo(const char *body, const char *match)
{
    const char *text = es_arena_printf(
        arena,
        "steps:\n"
        "  - set: {kek: " KEK ", key: {key: p256}, csr: " CSR ", pair: " PAIR "}\n"
        "  - set: {bag: " BAG ", cert: " CERT
        ", rsa: {vector: pkcs/cf280-rsa-recipient.key.p8}}\n"
        "  - {id: probe, send: CON POST /a, payload: %s}\n"
        "  - {expect: ACK 2.05, payload: %s, req: none}\n",
        body, match);
    return play(plan_make_good(text), echoes);
}

static const struct {
    const char *body, *match;
} good[] = {
    {"{multipart: {284: $pair, 281: $bag}}",
     "{multipart: {count: 2, encoding: minimal, key-pair: valid, order: 284 281, formats: 281, nulls: "
     "absent, 284: {pkcs8: {key-matches: $bag}}, 281: {pkcs7-certs-only: {form: "
     "certs-only}}, 280: absent}}"},
    {"{multipart: [{281: $bag}, {encoding: indefinite, pkcs8: $pair}]}",
     "{multipart: {order: 281 284, pkcs8: {eq: $pair}, encoding: not minimal}}"},
    {"{multipart: [{284: null}, {281: h''}, {281: h'01'}]}",
     "{multipart: {nulls: 284, 284: absent, 281: h'', repeated: 281, count: 3}}"},
    {"{multipart: []}", "{multipart: {count: 0}}"},
    {"{edn: \"[284, $pair, 281, $bag]\"}",
     "{vector: multipart/A3-skg-resp-62.multipart}"},
    {"{vector: multipart/A3-skg-resp-62.multipart.cbor}",
     "{edn: \"[284, $pair, 281, $bag]\"}"},
    {"$pair",
     "{pkcs8: {der: strict, version: 0, algorithm: EC secp256r1, public-key: consistent, "
     "key-matches: $csr}}"},
    {"$pair", "{pkcs8: {key-matches: $cert}}"},
    {"{pkcs8: {key: $pair, version: 1}}",
     "{pkcs8: {der: strict, version: 1, public-key: consistent, key-matches: $bag}}"},
    {"{pkcs8: {}}", "{pkcs8: {der: strict}}"},
    {"{csrattrs: [challengePassword, {id-ecPublicKey: secp384r1}, {extensionRequest: "
     "{subjectAltName: h'3000', keyUsage: {value: h'03020780', critical: yes}}}]}",
     "{csrattrs: {der: strict, count: 3, oids: challengePassword, lists: challengePassword "
     "id-ecPublicKey 1.2.840.113549.1.9.14, lacks: macAddress, challenge-password: yes, "
     "key-types: EC secp384r1, key-form: valid, extensions: keyUsage, "
     "one-extension-request: yes, extension-ids-unique: yes, template: absent}}"},
    {"{csrattrs: [{extensionRequest: {subjectAltName: h'3000', 2.5.29.17: h'3000'}}]}",
     "{csrattrs: {one-extension-request: yes, extension-ids-unique: no, "
     "challenge-password: no, key-types: absent}}"},
    {"{csrattrs: [ecdsa-with-SHA256, macAddress]}",
     "{csrattrs: {algorithms: ecdsa-with-SHA256, key-types: absent}}"},
    {"{csrattrs: [{id-aa-certificationRequestInfoTemplate: h'3005 020100 a100'}]}",
     "{csrattrs: {algorithms: absent, template-form: valid, template: {subject: absent, key: absent, "
     "extensions: absent}}}"},
    {"{cms-enveloped: {key: $pair, kek: $kek, kek-id: h'6b31'}}",
     "{cms-enveloped: {opens-with: $kek, der: strict, form: valid, outermost: enveloped, "
     "nesting: enveloped signed key-package, recipients: kek, key-id: h'6b31', "
     "key-encryption: aes128-wrap, content-encryption: aes128-CBC, signature: valid, "
     "signer: {subject: CN=key generation}, private-key: {pkcs8: {key-matches: $cert}}}}"},
    {"{cms-enveloped: {key: $pair, kek: $kek, kek-id: h'01', signed-outside: yes}}",
     "{cms-enveloped: {opens-with: $kek, outermost: signed, signature: valid, private-key: "
     "{eq: $pair}}}"},
    {"{cms-enveloped: {recipient: $cert, unsigned: yes}}",
     "{cms-enveloped: {opens-with: $pair, recipients: key-agreement, signature: absent, "
     "signer: absent, private-key: {pkcs8: {}}}}"},
    {"{cms-enveloped: {recipient: $cert, unsigned: yes}}",
     "{cms-enveloped: {outermost: enveloped, private-key: absent}}"},
    {"{vector: pkcs/cf280-enveloped-ktri-oaep}",
     "{cms-enveloped: {opens-with: $rsa, recipients: key-transport, private-key: {pkcs8: "
     "{algorithm: EC secp384r1}}}}"},
    {"{cms-enveloped: {kek: $kek, kek-id: h'01', signer-key: $pair, signer-cert: $cert}}",
     "{cms-enveloped: {opens-with: $kek, signer: {key-matches: $pair}}}"},
    {"{cms-enveloped: {recipient: $cert}}", "{cms-enveloped: {recipient-is: $cert}}"},
    {"{multipart: {280: {cms-enveloped: {key: $pair, kek: $kek, kek-id: h'01'}}, 287: "
     "$cert}}",
     "{multipart: {encrypted-pair: $kek}}"},
    {"$key", "{pkcs8: {key-differs: {multipart: {284: $pair, 287: $cert}}}}"},
    {"{csr: {as-asked: {csrattrs: [{id-ecPublicKey: secp384r1}, ecdsa-with-SHA384, "
     "{extensionRequest: {keyUsage: h'03020780', subjectAltName: h'3003 820161'}}]}, "
     "challenge: no one asks}}",
     "{csr: {key: EC secp384r1, algorithm: ecdsa-with-SHA384, signature: valid, san: "
     "dns:a, challenge: absent}}"},
    {"{csr: {as-asked: {csrattrs: [challengePassword]}, challenge: told}}",
     "{csr: {key: EC secp256r1, challenge: told}}"},
    {"{csr: {as-asked: {csrattrs: [{id-aa-certificationRequestInfoTemplate: "
     "h'30540201003018310730050603550403310d300b060355040b0c0464657074a012301006072a8648ce3d"
     "020106052b81040022a121301f060b2a864886f70d010910023e3110300e30050603551d1130050603551d"
     "25'}]}}}",
     "{csr: {key: EC secp384r1, subject: \"CN=estspec,OU=dept\", san: "
     "dns:device.estspec.example}}"},
    {"{csr: {encrypt-for: $kek}}", "{csr: {attributes: id-aa-decryptKeyID}}"},
    {"{csr: {encrypt-for: $cert}}",
     "{csr: {der: strict, signature: valid, attributes: id-aa-asymmDecryptKeyID}}"},
};

Test(ops_payload, what_is_built_is_matched)
{
    for (size_t i = 0; i < ES_COUNT(good); i++) {
        const struct es_findings *f = echo(good[i].body, good[i].match);
        cr_expect_eq(f->n, 0, "%s: got %s, wanted %s", good[i].body,
                     f->n ? f->at[0].got : "", f->n ? f->at[0].wanted : "");
    }
}

static const struct {
    const char *body, *match, *wanted, *got;
} bad[] = {
    {"h'8300'", "{multipart: {}}", "multipart",
     "CBOR (an array of 3 elements, but only 1 octets are left at octet 0)"},
    {"{multipart: {284: $bag}}", "{multipart: {284: {pkcs8: {}}}}", "pkcs8", NULL},
    {"{edn: \"[0, (_ h'01')]\"}", "{multipart: {encoding: minimal}}", "minimal",
     "a byte string of indefinite length at octet 2"},
    {"{multipart: {281: $bag}}", "{multipart: {284: present}}", "present", "absent"},
    {"{vector: multipart/skg-keymismatch}", "{multipart: {key-pair: valid}}", "valid",
     NULL},
    {"{vector: multipart/skg-nokey}", "{multipart: {key-pair: valid}}", "valid",
     "absent"},
    {"$key", "{pkcs8: {key-matches: $cert}}", "key-matches: $cert",
     "another key (EC secp256r1)"},
    {"$cert", "{pkcs8: {}}", "pkcs8", NULL},
    {"h'3003 06012a'", "{csrattrs: {lists: macAddress}}", "lists: macAddress",
     "without macAddress: 1.2"},
    {"{csrattrs: [macAddress]}", "{csrattrs: {lacks: serialNumber macAddress}}",
     "lacks: serialNumber macAddress", "with macAddress: macAddress"},
    {"{csrattrs: [{extensionRequest: []}]}", "{csrattrs: {one-extension-request: yes}}",
     "one-extension-request: yes",
     "extensionRequest with 0 values, not one at octet 2"},
    {"{csrattrs: [secp256r1]}", "{csrattrs: {key-form: valid}}", "valid",
     "secp256r1 stands by itself, not in an Attribute of the key type at octet 2"},
    {"{cms-enveloped: {kek: $kek, kek-id: h'01'}}",
     "{cms-enveloped: {opens-with: " OTHER_KEK "}}", "opens-with: " OTHER_KEK, NULL},
    {"$bag", "{cms-enveloped: {opens-with: $kek}}", "opens-with: $kek",
     "it is not encrypted"},
    {"{cms-enveloped: {kek: $kek, kek-id: h'01'}}",
     "{cms-enveloped: {recipient-is: $kek}}", "recipient-is: $kek",
     "a recipient called h'01'"},
    {"{multipart: {287: $cert}}", "{multipart: {encrypted-pair: $kek}}",
     "encrypted-pair: $kek", "no encrypted key (280)"},
    {"{multipart: {280: {cms-enveloped: {kek: $kek, kek-id: h'01'}}, 287: $cert}}",
     "{multipart: {encrypted-pair: $kek}}", "encrypted-pair: $kek", NULL},
    {"$pair", "{pkcs8: {key-differs: $cert}}", "key-differs: $cert",
     "it is the same public key"},
    {"$pair", "{cms-enveloped: {}}", "cms-enveloped", NULL},
    {"$pair", "{vector: pkcs/csr-plain}", NULL, NULL},
    {"{edn: \"[1]\"}", "{edn: \"[1_0]\"}", "[1_0], h'811801'", "h'8101'"},
};

Test(ops_payload, what_differs_is_told)
{
    for (size_t i = 0; i < ES_COUNT(bad); i++) {
        const struct es_findings *f = echo(bad[i].body, bad[i].match);
        cr_assert_eq(f->n, 1, "%s: %zu findings", bad[i].body, f->n);
        if (bad[i].wanted) {
            cr_expect_str_eq(f->at[0].wanted, bad[i].wanted, "%s", f->at[0].wanted);
        }
        if (bad[i].got) {
            cr_expect_str_eq(f->at[0].got, bad[i].got, "%s", f->at[0].got);
        }
    }
}

#define SET(tree) "steps:\n  - set: {x: " tree "}\n"

static const struct {
    const char *text, *msg, *hint;
} mistakes[] = {
    {SET("{multipart: {65536: h''}}"), "'65536' is not a Content-Format",
     "expected a number up to 65535 or a name such as pkcs8"},
    {SET("{multipart: [h'']}"), "a part is written {281: ..}, not 'h'''", NULL},
    {SET("{multipart: {encoding: odd}}"),
     "'encoding' is minimal or indefinite here, not 'odd'", NULL},
    {SET("{edn: [1]}"), "'edn' takes text, but this is a sequence",
     "put it in quotes: edn: \"[284, $key]\""},
    {SET("{edn: \"[1, 2\"}"), "expected a comma or the closing bracket", NULL},
    {SET("{edn: \"[1] 2\"}"), "nothing may stand behind the item", NULL},
    {SET("{edn: \"{1 2}\"}"), "expected ':' behind the key", NULL},
    {SET("{edn: \"h'0'\"}"), "these are not hex digits, two for each octet", NULL},
    {SET("{edn: \"'a\"}"), "the closing quote is missing", NULL},
    {SET("{edn: \"300_0\"}"), "this number does not fit that head", NULL},
    {SET("{edn: \"1_\"}"), "expected _0, _1, _2 or _3", NULL},
    {SET("{edn: \"-0\"}"), "this is not a number of CBOR", NULL},
    {SET("{edn: \"1(2\"}"), "expected ')' behind the tagged item", NULL},
    {SET("{edn: \"nil\"}"), "this is no item of CBOR diagnostic notation",
     "expected [..], {..}, a number, \"text\", h'..', true, false, null, undefined or "
     "$name"},
    {SET("{csrattrs: {}}"), "'csrattrs' is built of a list, not of a map",
     "expected [challengePassword, {id-ecPublicKey: secp256r1}]"},
    {SET("{csrattrs: [chalengePassword]}"), "'chalengePassword' is not an OID",
     "did you mean 'challengePassword'?"},
    {SET("{csrattrs: [{a: 1, b: 2}]}"), "a map is neither an OID nor an attribute",
     "expected challengePassword or {id-ecPublicKey: secp256r1}"},
    {SET("{vector: pkcs/csr-plane}"), "there is no vector 'pkcs/csr-plane'",
     "did you mean 'pkcs/csr-plain'?"},
    {SET("{vector: ../LICENSE}"), "there is no vector '../LICENSE'", NULL},
    {SET("{cms-enveloped: {}}"),
     "'cms-enveloped' is built for a 'kek' or a 'recipient'", NULL},
};

Test(ops_payload, mistakes_are_told_where_they_stand)
{
    for (size_t i = 0; i < ES_COUNT(mistakes); i++) {
        plan_expect_note(mistakes[i].text, mistakes[i].msg, mistakes[i].hint);
    }
}

static const struct {
    const char *expression;
    size_t findings;
} checks[] = {
    {"$(cbor(h'00ff')) == h'4200ff'", 0},
    {"$(len(base64(h'000102'))) == 4", 0},
    {"$(base64(h'000102')) == $(base64(h'000103'))", 1},
    {"$(sha256(h'')) == "
     "h'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'",
     0},
    {"$(len(cbor(sha256(h'00')))) == 34", 0},
    {"$(cbor(1)) == h'01'", 1},
};

Test(ops_payload, functions_reckon)
{
    for (size_t i = 0; i < ES_COUNT(checks); i++) {
        const char *text = es_arena_printf(
            arena, "steps:\n  - {check: \"%s\", req: none}\n", checks[i].expression);
        const struct es_findings *f = play(plan_make_good(text), NULL);
        cr_expect_eq(f->n, checks[i].findings, "%s: %s", checks[i].expression,
                     f->n ? f->at[0].got : "");
    }
}
