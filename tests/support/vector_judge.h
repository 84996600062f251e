/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_TEST_VECTOR_JUDGE_H
#define ES_TEST_VECTOR_JUDGE_H

/*
 * What a vector says, in one line, as the decoders of the harness read it; and whether it is
 * good for what its first flag claims it to be. vectors/vectors.yaml holds the same line,
 * written down from the RFC and checked with other tools. Header only.
 */

#include "coap/message.h"
#include "codec/cbor_multipart.h"
#include "codec/chain.h"
#include "codec/cms.h"
#include "codec/csrattrs.h"
#include "codec/link_format.h"
#include "codec/pem.h"
#include "codec/pkcs10.h"
#include "codec/pkcs7.h"
#include "codec/pkcs8.h"
#include "codec/x509.h"
#include "vector_file.h"

struct judgement {
    bool good;
    const char *meaning;
};

typedef struct judgement (*judge_fn)(struct es_arena *a, struct es_slice bytes);

static inline struct judgement judge_flaw(struct es_arena *a,
                                          const struct es_flaw *flaw)
{
    return (struct judgement){
        false, es_arena_printf(a, "%s at octet %zu", flaw->text, flaw->offset)};
}

static inline struct judgement judge_coap(struct es_arena *a, struct es_slice bytes)
{
    struct es_coap_message *m = ES_NEW(a, struct es_coap_message);
    const char *reason = "";
    size_t offset = 0;
    if (!es_coap_decode(bytes, m, &reason, &offset)) {
        return (struct judgement){
            false, es_arena_printf(a, "%s at octet %zu", reason, offset)};
    }
    return (struct judgement){true, es_coap_text(m, a)};
}

/* A slice of the bag whose blocks RFC 9148 B.1 shows. */
static inline struct judgement judge_slice(struct es_arena *a, struct es_slice bytes)
{
    struct es_slice bag = vector_file(a, "drafts/d08-12_A1-crts-resp-281.p7.der");
    size_t at = es_slice_search(bag, bytes);
    return (struct judgement){
        at < bag.n,
        es_arena_printf(a, "%zu octets of the bag, from octet %zu", bytes.n, at)};
}

static inline struct judgement judge_cbor(struct es_arena *a, struct es_slice bytes)
{
    struct es_cbor_item item;
    struct es_flaw flaw = ES_FLAW_NONE;
    if (!es_cbor_check(a, bytes, &item, &flaw)) {
        return judge_flaw(a, &flaw);
    }
    return (struct judgement){item.raw.n == bytes.n,
                              es_arena_printf(a, "%s of %llu",
                                              es_cbor_kind_name(&item.head),
                                              (unsigned long long)item.head.value)};
}

static inline const char *judge_parts(struct es_arena *a, const struct es_multipart *m)
{
    const char *text = m->n ? "" : "no part";
    for (size_t i = 0; i < m->n; i++) {
        text = es_arena_printf(a, "%s%s%u: ", text, i ? ", " : "", m->at[i].format);
        text = m->at[i].is_null
                   ? es_arena_printf(a, "%snull", text)
                   : es_arena_printf(a, "%s%zu octets", text, m->at[i].body.n);
    }
    const char *encoding = es_multipart_encoding(a, m);
    bool minimal = es_slice_is(es_slice_of(encoding), "minimal");
    return minimal ? text : es_arena_printf(a, "%s; %s", text, encoding);
}

static inline struct judgement judge_multipart(struct es_arena *a,
                                               struct es_slice bytes)
{
    struct es_multipart m;
    struct es_flaw flaw = ES_FLAW_NONE;
    if (!es_multipart_view(a, bytes, &m, &flaw)) {
        return judge_flaw(a, &flaw);
    }
    return (struct judgement){true, judge_parts(a, &m)};
}

static inline bool judge_take_cert(struct es_arena *a, const struct es_multipart *m,
                                   struct es_x509 *out, const char **why)
{
    const struct es_multipart_part *bag = es_multipart_find(m, 281);
    const struct es_multipart_part *bare = es_multipart_find(m, 287);
    struct es_pkcs7 p7;
    struct es_flaw flaw = ES_FLAW_NONE;
    *why = "no certificate";
    if (bare && !bare->is_null) {
        *why = "287 is no certificate";
        return es_x509_view(a, bare->body, out, &flaw);
    }
    if (!bag || bag->is_null) {
        return false;
    }
    *why = "281 is no bag";
    return es_pkcs7_view(a, bag->body, &p7, &flaw) && p7.certs_n > 0 &&
           es_x509_view(a, p7.certs[0], out, &flaw);
}

static inline bool judge_take_key(struct es_arena *a, const struct es_multipart *m,
                                  struct es_pkcs8 *out, const char **why)
{
    static const uint8_t kek[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    const struct es_cms_secret secret = {.kek = {kek, sizeof kek}};
    const struct es_multipart_part *plain = es_multipart_find(m, 284);
    const struct es_multipart_part *sealed = es_multipart_find(m, 280);
    struct es_cms_key cms;
    struct es_flaw flaw = ES_FLAW_NONE;
    *why = "no key";
    if (sealed && !sealed->is_null) {
        *why = "280 holds no key";
        return es_cms_key_view(a, sealed->body, &secret, &cms, &flaw) && cms.pkcs8.n &&
               es_pkcs8_view(a, cms.pkcs8, out, &flaw);
    }
    if (!plain || plain->is_null) {
        return false;
    }
    *why = "284 is no key";
    return es_pkcs8_view(a, plain->body, out, &flaw);
}

/* One key, one certificate, and they belong together (RFC 9148, 4.8). */
static inline struct judgement judge_keygen(struct es_arena *a, struct es_slice bytes,
                                            bool bare)
{
    struct es_multipart m;
    struct es_flaw flaw = ES_FLAW_NONE;
    struct es_x509 cert;
    struct es_pkcs8 key;
    const char *why = "";
    if (!es_multipart_view(a, bytes, &m, &flaw)) {
        return judge_flaw(a, &flaw);
    }
    bool good =
        judge_take_cert(a, &m, &cert, &why) && judge_take_key(a, &m, &key, &why);
    if (good) {
        good = es_pkcs8_is_pair(a, &key, &cert.key);
        why = good ? "a pair" : "no pair";
    }
    bool form = m.n == 2 && (!bare || es_multipart_find(&m, 287));
    return (struct judgement){good && form,
                              es_arena_printf(a, "%s; %s", judge_parts(a, &m), why)};
}

static inline struct judgement judge_skg(struct es_arena *a, struct es_slice bytes)
{
    return judge_keygen(a, bytes, false);
}

/* The certificate by itself, not in a bag. */
static inline struct judgement judge_skc(struct es_arena *a, struct es_slice bytes)
{
    return judge_keygen(a, bytes, true);
}

/* `EC secp384r1`, `challengePassword`, `2.999.1 (1)` with the number of values. */
static inline const char *judge_item(struct es_arena *a,
                                     const struct es_csrattrs_item *item)
{
    const char *key = es_csrattrs_key_text(a, item), *oid = es_oid_text(a, item->oid);
    if (key) {
        return key;
    }
    return item->is_attribute ? es_arena_printf(a, "%s (%zu)", oid, item->values_n)
                              : oid;
}

static inline const char *judge_flaw_of(const struct es_csrattrs *c)
{
    const struct es_flaw *const flaws[] = {&c->not_der, &c->extensions.form,
                                           &c->extensions.ids, &c->key_form};
    for (size_t i = 0; i < ES_COUNT(flaws); i++) {
        if (flaws[i]->text) {
            return flaws[i]->text;
        }
    }
    return NULL;
}

static inline struct judgement judge_csrattrs(struct es_arena *a, struct es_slice bytes)
{
    struct es_csrattrs c;
    struct es_flaw flaw = ES_FLAW_NONE;
    if (!es_csrattrs_view(a, bytes, &c, &flaw)) {
        return judge_flaw(a, &flaw);
    }
    const char *text = c.items.n ? "" : "nothing", *more = judge_flaw_of(&c);
    for (size_t i = 0; i < c.items.n; i++) {
        text = es_arena_printf(a, "%s%s%s", text, i ? ", " : "",
                               judge_item(a, &c.items.at[i]));
    }
    for (size_t i = 0; i < c.extensions.n; i++) {
        text =
            es_arena_printf(a, "%s; %s", text, es_oid_text(a, c.extensions.at[i].oid));
    }
    text = more ? es_arena_printf(a, "%s; %s", text, more) : text;
    return (struct judgement){!c.not_der.text && !c.trailing.n, text};
}

static inline struct judgement judge_pkcs7(struct es_arena *a, struct es_slice bytes)
{
    struct es_pkcs7 p7;
    struct es_flaw flaw = ES_FLAW_NONE;
    if (!es_pkcs7_view(a, bytes, &p7, &flaw)) {
        return judge_flaw(a, &flaw);
    }
    const char *text = "";
    for (size_t i = 0; i < p7.certs_n; i++) {
        struct es_x509 cert;
        bool ok = es_x509_view(a, p7.certs[i], &cert, &flaw);
        text = es_arena_printf(a, "%s%s%s", text, i ? "; " : "",
                               ok ? cert.subject_text : "no certificate");
    }
    bool good = es_pkcs7_is_certs_only(a, &p7, &flaw);
    return (struct judgement){
        good, good ? text : es_arena_printf(a, "%s; %s", text, flaw.text)};
}

static inline struct judgement judge_x509(struct es_arena *a, struct es_slice bytes)
{
    struct es_x509 cert;
    struct es_flaw flaw = ES_FLAW_NONE;
    const char *why = "";
    if (!es_x509_view(a, bytes, &cert, &flaw)) {
        return judge_flaw(a, &flaw);
    }
    bool own = es_x509_is_signed_by(a, &cert, &cert.key, &why);
    return (struct judgement){
        true, es_arena_printf(a, "%s by %s, %s%s", cert.subject_text, cert.issuer_text,
                              own ? "self-signed" : "signed by another key",
                              cert.ext.ca ? ", a CA" : "")};
}

static inline struct judgement judge_pkcs8(struct es_arena *a, struct es_slice bytes)
{
    struct es_pkcs8 key;
    struct es_flaw flaw = ES_FLAW_NONE;
    if (!es_pkcs8_view(a, bytes, &key, &flaw)) {
        return judge_flaw(a, &flaw);
    }
    return (struct judgement){!key.not_der.text,
                              es_arena_printf(a, "%s, version %llu", key.text,
                                              (unsigned long long)key.version)};
}

/* A proof of possession is base64 (RFC 7030, 3.5). */
static inline const char *judge_challenge(struct es_arena *a,
                                          const struct es_pkcs10 *csr)
{
    struct es_slice octets;
    if (csr->challenges_n == 0) {
        return "";
    }
    bool base64 = es_base64_decode(a, csr->challenge, false, &octets, NULL);
    return base64 ? es_arena_printf(a, ", challenge of %zu octets in base64", octets.n)
                  : es_arena_printf(a, ", challenge of %zu octets, no base64",
                                    csr->challenge.n);
}

static inline struct judgement judge_pkcs10(struct es_arena *a, struct es_slice bytes)
{
    struct es_pkcs10 csr;
    struct es_flaw flaw = ES_FLAW_NONE;
    if (!es_pkcs10_view(a, bytes, &csr, &flaw)) {
        return judge_flaw(a, &flaw);
    }
    const char *form = csr.trailing.n     ? ", octets behind it"
                       : csr.not_der.text ? ", not DER"
                                          : "";
    const char *text =
        es_arena_printf(a, "%s, %s, %s%s%s", csr.subject_text, csr.key.text,
                        csr.signature_valid ? "signed" : csr.signature_text,
                        judge_challenge(a, &csr), form);
    for (size_t i = 0; i < csr.attributes_n; i++) {
        text =
            es_arena_printf(a, "%s; %s", text, es_oid_text(a, csr.attributes[i].oid));
    }
    return (struct judgement){
        csr.signature_valid && !csr.trailing.n && !csr.not_der.text, text};
}

static inline struct judgement judge_link_format(struct es_arena *a,
                                                 struct es_slice bytes)
{
    struct es_link_list list = {0};
    struct es_flaw flaw = ES_FLAW_NONE;
    if (!es_link_format_parse(a, bytes, &list, &flaw)) {
        return judge_flaw(a, &flaw);
    }
    const char *text = "";
    for (size_t i = 0; i < list.n; i++) {
        text = es_arena_printf(a, "%s%s%.*s", text, i ? ", " : "",
                               ES_SLICE_ARG(list.at[i].target));
    }
    return (struct judgement){true, text};
}

static inline struct judgement judge_cms(struct es_arena *a, struct es_slice bytes)
{
    static const uint8_t kek[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    static const char *const keys[] = {NULL, "pkcs/A3-skg-resp-part-284.p8.der",
                                       "pkcs/cf280-rsa-recipient.key.p8.der"};
    struct es_cms_key cms = {.pkcs8 = {NULL, 0}};
    for (size_t i = 0; i < ES_COUNT(keys) && !cms.pkcs8.n; i++) {
        struct es_cms_secret secret = {.kek = {kek, sizeof kek}};
        struct es_flaw flaw = ES_FLAW_NONE;
        secret.pkcs8 = keys[i] ? vector_file(a, keys[i]) : ES_SLICE_NONE;
        if (!es_cms_key_view(a, bytes, &secret, &cms, &flaw)) {
            return judge_flaw(a, &flaw);
        }
    }
    struct judgement key = judge_pkcs8(a, cms.pkcs8);
    const char *recipient = cms.enveloped.recipients.n
                                ? cms.enveloped.recipients.at[0].algorithm_text
                                : "no recipient";
    return (struct judgement){
        key.good && cms.has_enveloped && cms.has_signed &&
            cms.signed_data.signature_valid,
        es_arena_printf(a, "%s (%s): %s", cms.nesting, recipient, key.meaning)};
}

static const struct {
    const char *flag;
    judge_fn judge;
} judges[] = {
    {"cbor", judge_cbor},
    {"cms", judge_cms},
    {"coap", judge_coap},
    {"csrattrs", judge_csrattrs},
    {"link-format", judge_link_format},
    {"multipart", judge_multipart},
    {"pkcs10", judge_pkcs10},
    {"pkcs7", judge_pkcs7},
    {"pkcs8", judge_pkcs8},
    {"skc", judge_skc},
    {"skg", judge_skg},
    {"slice", judge_slice},
    {"x509", judge_x509},
};

/* NULL if no decoder has this name. */
static inline judge_fn judge_of(struct es_slice flag)
{
    for (size_t i = 0; i < ES_COUNT(judges); i++) {
        if (es_slice_is(flag, judges[i].flag)) {
            return judges[i].judge;
        }
    }
    return NULL;
}

#endif
