/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/cms.h"

#include "base/assert.h"
#include "base/diag.h"
#include "base/vector.h"
#include "codec/cms_int.h"

const char *es_cms_recipient_name(enum es_cms_recipient_kind kind)
{
    static const char *const names[] = {
        [ES_CMS_KEK] = "kek",
        [ES_CMS_KEY_TRANSPORT] = "key-transport",
        [ES_CMS_KEY_AGREEMENT] = "key-agreement",
        [ES_CMS_OTHER] = "other",
    };
    es_assert((size_t)kind < ES_COUNT(names));
    return names[kind];
}

bool es_cms_read_algorithm(struct es_der *r, const char *what,
                           struct es_cms_algorithm *out)
{
    struct es_der_item item, oid;
    ES_TRY(es_der_read(r, ES_DER_SEQUENCE, what, &item));
    ES_TRY(es_der_enter_item(r, &item, &out->parameters));
    ES_TRY(es_der_read(&out->parameters, ES_DER_OID, what, &oid));
    out->raw = item.raw;
    out->id = es_oid_find(oid.value);
    out->text = es_oid_text(r->doc->arena, oid.value);
    return true;
}

bool es_cms_view_algorithm(struct es_arena *a, struct es_slice raw,
                           struct es_cms_algorithm *out)
{
    struct es_der_document *doc = ES_NEW(a, struct es_der_document);
    struct es_der root;
    es_der_open(doc, a, raw, true, &root);
    return es_cms_read_algorithm(&root, "an algorithm", out);
}

bool es_cms_read_octets(struct es_der *r, unsigned tag, const char *what,
                        struct es_slice *out)
{
    struct es_der_item item;
    struct es_der pieces;
    if (!es_der_has(r, tag | 0x20)) {
        ES_TRY(es_der_read(r, tag, what, &item));
        *out = item.value;
        return true;
    }
    struct es_buf b;
    ES_TRY(es_der_enter(r, tag | 0x20, what, &pieces));
    es_buf_build(&b, r->doc->arena, pieces.in.n + 1);
    while (!es_der_at_end(&pieces)) {
        ES_TRY(es_der_read(&pieces, ES_DER_OCTET_STRING, what, &item));
        es_buf_put(&b, item.value);
    }
    *out = es_buf_slice(&b);
    return es_der_is_good(&pieces);
}

/* The parameter of a key agreement, and of nothing else here, is an algorithm: the wrap. */
static bool read_key_algorithm(struct es_der *r, struct es_cms_recipient *out)
{
    struct es_cms_algorithm x, wrap;
    ES_TRY(es_cms_read_algorithm(r, "keyEncryptionAlgorithm", &x));
    out->algorithm = x.raw;
    out->algorithm_text = x.text;
    if (out->kind == ES_CMS_KEY_AGREEMENT) {
        ES_TRY(es_cms_read_algorithm(&x.parameters, "the wrap algorithm", &wrap));
        out->algorithm_text =
            es_arena_printf(r->doc->arena, "%s %s", x.text, wrap.text);
    }
    return true;
}

/* issuerAndSerialNumber, or a key identifier under `tag`. */
static bool read_rid(struct es_der *r, unsigned tag, struct es_cms_recipient *out)
{
    struct es_der_item item;
    struct es_der in;
    if (es_der_has(r, ES_DER_SEQUENCE)) {
        ES_TRY(es_der_next(r, &item));
        out->issuer_and_serial = item.raw;
        return true;
    }
    if (!(tag & 0x20)) {
        return es_cms_read_octets(r, tag, "the recipient's identifier", &out->key_id);
    }
    ES_TRY(es_der_enter(r, tag, "the recipient's identifier", &in));
    return es_cms_read_octets(&in, ES_DER_OCTET_STRING, "subjectKeyIdentifier",
                              &out->key_id);
}

static bool read_transport(struct es_der *in, struct es_cms_recipient *x)
{
    x->kind = ES_CMS_KEY_TRANSPORT;
    return es_der_read_uint(in, "the version of the recipient", &x->version) &&
           read_rid(in, ES_DER_CONTEXT, x) && read_key_algorithm(in, x) &&
           es_cms_read_octets(in, ES_DER_OCTET_STRING, "encryptedKey",
                              &x->encrypted_key) &&
           es_der_done(in, "KeyTransRecipientInfo");
}

static bool read_kek(struct es_der *in, struct es_cms_recipient *x)
{
    struct es_der id;
    x->kind = ES_CMS_KEK;
    return es_der_read_uint(in, "the version of the recipient", &x->version) &&
           es_der_enter(in, ES_DER_SEQUENCE, "kekid", &id) &&
           es_cms_read_octets(&id, ES_DER_OCTET_STRING, "keyIdentifier", &x->key_id) &&
           read_key_algorithm(in, x) &&
           es_cms_read_octets(in, ES_DER_OCTET_STRING, "encryptedKey",
                              &x->encrypted_key) &&
           es_der_done(in, "KEKRecipientInfo");
}

/* OriginatorPublicKey; the other choices name a certificate. */
static bool read_originator(struct es_der *in, struct es_cms_recipient *x)
{
    struct es_der choice, key;
    struct es_der_item item;
    struct es_cms_algorithm algorithm;
    ES_TRY(es_der_enter(in, ES_DER_CONTEXT_CONSTRUCTED, "originator", &choice));
    if (!es_der_has(&choice, ES_DER_CONTEXT_CONSTRUCTED + 1)) {
        return es_der_next(&choice, &item);
    }
    ES_TRY(
        es_der_enter(&choice, ES_DER_CONTEXT_CONSTRUCTED + 1, "originatorKey", &key));
    ES_TRY(es_cms_read_algorithm(&key, "the originator's algorithm", &algorithm));
    if (es_der_has(&algorithm.parameters, ES_DER_OID)) {
        ES_TRY(es_der_next(&algorithm.parameters, &item));
        x->originator_curve = item.value;
    }
    return es_der_read_bits(&key, "the originator's key", &x->originator);
}

static bool read_agreement(struct es_der *in, struct es_cms_enveloped *out)
{
    struct es_cms_recipient x = {.kind = ES_CMS_KEY_AGREEMENT};
    struct es_der ukm, list, one;
    ES_TRY(es_der_read_uint(in, "the version of the recipient", &x.version));
    ES_TRY(read_originator(in, &x));
    if (es_der_has(in, ES_DER_CONTEXT_CONSTRUCTED + 1)) {
        ES_TRY(es_der_enter(in, ES_DER_CONTEXT_CONSTRUCTED + 1, "ukm", &ukm));
        ES_TRY(es_cms_read_octets(&ukm, ES_DER_OCTET_STRING, "ukm", &x.ukm));
    }
    ES_TRY(read_key_algorithm(in, &x));
    ES_TRY(es_der_enter(in, ES_DER_SEQUENCE, "recipientEncryptedKeys", &list));
    while (!es_der_at_end(&list)) {
        struct es_cms_recipient copy = x;
        ES_TRY(es_der_enter(&list, ES_DER_SEQUENCE, "RecipientEncryptedKey", &one));
        ES_TRY(read_rid(&one, ES_DER_CONTEXT_CONSTRUCTED, &copy));
        ES_TRY(es_cms_read_octets(&one, ES_DER_OCTET_STRING, "encryptedKey",
                                  &copy.encrypted_key));
        ES_PUSH(in->doc->arena, &out->recipients, copy);
    }
    return es_der_done(in, "KeyAgreeRecipientInfo");
}

static bool read_recipient(struct es_der *set, struct es_cms_enveloped *out)
{
    struct es_arena *a = set->doc->arena;
    struct es_cms_recipient x = {.kind = ES_CMS_OTHER};
    struct es_der_item item;
    struct es_der in;
    ES_TRY(es_der_next(set, &item));
    bool known =
        item.tag == ES_DER_SEQUENCE || (item.tag > ES_DER_CONTEXT_CONSTRUCTED &&
                                        item.tag <= ES_DER_CONTEXT_CONSTRUCTED + 4);
    if (!known) {
        return es_der_flaw(set, item.offset, "%s where a RecipientInfo should be",
                           es_der_tag_name(a, item.tag));
    }
    ES_TRY(es_der_enter_item(set, &item, &in));
    if (item.tag == ES_DER_CONTEXT_CONSTRUCTED + 1) {
        return read_agreement(&in, out);
    }
    if (item.tag == ES_DER_SEQUENCE) {
        ES_TRY(read_transport(&in, &x));
    } else if (item.tag == ES_DER_CONTEXT_CONSTRUCTED + 2) {
        ES_TRY(read_kek(&in, &x));
    } else {
        x.algorithm_text = "password or another recipient";
    }
    ES_PUSH(a, &out->recipients, x);
    return true;
}

static bool read_encrypted(struct es_der *in, struct es_cms_enveloped *out)
{
    struct es_der info;
    struct es_der_item type;
    struct es_cms_algorithm cipher;
    ES_TRY(es_der_enter(in, ES_DER_SEQUENCE, "encryptedContentInfo", &info));
    ES_TRY(es_der_read(&info, ES_DER_OID, "the type of the content", &type));
    out->content_type = type.value;
    ES_TRY(es_cms_read_algorithm(&info, "contentEncryptionAlgorithm", &cipher));
    out->algorithm = cipher.raw;
    out->algorithm_text = cipher.text;
    if (!es_der_at_end(&info)) {
        ES_TRY(es_cms_read_octets(&info, ES_DER_CONTEXT, "encryptedContent",
                                  &out->ciphertext));
    }
    return es_der_done(&info, "encryptedContentInfo");
}

bool es_cms_read_enveloped(struct es_der *r, struct es_cms_enveloped *out)
{
    struct es_der in, set;
    struct es_der_item item;
    *out = (struct es_cms_enveloped){.algorithm_text = ""};
    ES_TRY(es_der_enter(r, ES_DER_SEQUENCE, "EnvelopedData", &in));
    ES_TRY(es_der_read_uint(&in, "the version of EnvelopedData", &out->version));
    if (es_der_has(&in, ES_DER_CONTEXT_CONSTRUCTED)) {
        out->has_originator_info = true;
        ES_TRY(es_der_next(&in, &item));
    }
    ES_TRY(es_der_enter(&in, ES_DER_SET, "recipientInfos", &set));
    while (!es_der_at_end(&set)) {
        ES_TRY(read_recipient(&set, out));
    }
    ES_TRY(read_encrypted(&in, out));
    if (es_der_has(&in, ES_DER_CONTEXT_CONSTRUCTED + 1)) {
        out->has_unprotected = true;
        ES_TRY(es_der_next(&in, &item));
    }
    return es_der_done(&in, "EnvelopedData");
}

/* The version that RFC 5652, 6.2 demands of a recipient. */
static uint64_t recipient_version(const struct es_cms_recipient *x)
{
    switch (x->kind) {
    case ES_CMS_KEK:
        return 4;
    case ES_CMS_KEY_AGREEMENT:
        return 3;
    case ES_CMS_KEY_TRANSPORT:
        return x->issuer_and_serial.n ? 0 : 2;
    case ES_CMS_OTHER:
        break;
    }
    return x->version;
}

const char *es_cms_enveloped_flaw(struct es_arena *a, const struct es_cms_enveloped *e)
{
    uint64_t wanted = e->has_originator_info || e->has_unprotected ? 2 : 0;
    bool other = false;
    if (e->recipients.n == 0) {
        return "there is no recipient";
    }
    for (size_t i = 0; i < e->recipients.n; i++) {
        const struct es_cms_recipient *x = &e->recipients.at[i];
        uint64_t own = recipient_version(x);
        if (x->version != own) {
            return es_arena_printf(a, "a recipient (%s) of version %llu, not %llu",
                                   es_cms_recipient_name(x->kind),
                                   (unsigned long long)x->version,
                                   (unsigned long long)own);
        }
        wanted = x->kind != ES_CMS_KEY_TRANSPORT || own != 0 ? 2 : wanted;
        other = other || x->kind == ES_CMS_OTHER;
    }
    /* Passwords and others make it 3; which of them it is was not looked at. */
    if (e->version != wanted && !(other && e->version == 3)) {
        return es_arena_printf(a, "EnvelopedData of version %llu, not %llu",
                               (unsigned long long)e->version,
                               (unsigned long long)wanted);
    }
    return NULL;
}
