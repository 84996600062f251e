/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/diag.h"
#include "base/vector.h"
#include "codec/cms_int.h"

struct signer {
    struct es_slice issuer_and_serial, key_id; /* one of them */
    struct es_cms_algorithm digest, scheme;
    bool has_attributes;
    struct es_slice attributes; /* contents of the SET OF */
    struct es_slice signature;
};

static bool read_signer(struct es_der *set, struct signer *out)
{
    struct es_der in;
    struct es_der_item item;
    uint64_t version;
    *out = (struct signer){.has_attributes = false};
    ES_TRY(es_der_enter(set, ES_DER_SEQUENCE, "SignerInfo", &in));
    ES_TRY(es_der_read_uint(&in, "the version of SignerInfo", &version));
    if (es_der_has(&in, ES_DER_SEQUENCE)) {
        ES_TRY(es_der_next(&in, &item));
        out->issuer_and_serial = item.raw;
    } else {
        ES_TRY(es_cms_read_octets(&in, ES_DER_CONTEXT, "the signer's identifier",
                                  &out->key_id));
    }
    ES_TRY(es_cms_read_algorithm(&in, "digestAlgorithm", &out->digest));
    if (es_der_has(&in, ES_DER_CONTEXT_CONSTRUCTED)) {
        ES_TRY(es_der_next(&in, &item));
        out->has_attributes = true;
        out->attributes = item.value;
    }
    ES_TRY(es_cms_read_algorithm(&in, "signatureAlgorithm", &out->scheme));
    return es_cms_read_octets(&in, ES_DER_OCTET_STRING, "the signature",
                              &out->signature);
}

static bool is_named(const struct es_x509 *cert, const struct signer *s,
                     struct es_arena *a)
{
    struct es_der_document doc;
    struct es_der root, in;
    struct es_der_item name, serial;
    if (s->key_id.n) {
        return es_slice_eq(cert->ext.subject_key_id, s->key_id);
    }
    es_der_open(&doc, a, s->issuer_and_serial, true, &root);
    return es_der_enter(&root, ES_DER_SEQUENCE, "issuerAndSerialNumber", &in) &&
           es_der_read(&in, ES_DER_SEQUENCE, "issuer", &name) &&
           es_der_read(&in, ES_DER_INTEGER, "serialNumber", &serial) &&
           es_name_is_equal(a, cert->issuer, name.raw) &&
           es_slice_eq(cert->serial, serial.value);
}

static bool find_signer(struct es_arena *a, const struct signer *s,
                        struct es_cms_signed *out)
{
    for (size_t i = 0; i < out->certs.n && !out->has_signer; i++) {
        struct es_flaw flaw = ES_FLAW_NONE;
        out->has_signer = es_x509_view(a, out->certs.at[i], &out->signer, &flaw) &&
                          is_named(&out->signer, s, a);
    }
    return out->has_signer;
}

/* The one value of an attribute; empty if it is not there. */
static struct es_slice attribute(struct es_arena *a, struct es_slice attributes,
                                 enum es_oid id, unsigned tag)
{
    struct es_der_document doc;
    struct es_der list, in, set;
    struct es_der_item oid, value;
    es_der_open(&doc, a, attributes, true, &list);
    while (es_der_enter(&list, ES_DER_SEQUENCE, "an Attribute", &in) &&
           es_der_read(&in, ES_DER_OID, "attrType", &oid) &&
           es_der_enter(&in, ES_DER_SET, "attrValues", &set)) {
        if (es_oid_find(oid.value) == id) {
            return es_der_read(&set, tag, "the value", &value) ? value.value
                                                               : ES_SLICE_NONE;
        }
    }
    return ES_SLICE_NONE;
}

static bool hash_of(enum es_oid digest, enum es_hash *hash, enum es_oid *rsa)
{
    static const struct {
        enum es_oid digest, rsa;
        enum es_hash hash;
    } all[] = {
        {ES_OID_SHA256, ES_OID_RSA_SHA256, ES_HASH_SHA256},
        {ES_OID_SHA384, ES_OID_RSA_SHA384, ES_HASH_SHA384},
        {ES_OID_SHA512, ES_OID_RSA_SHA512, ES_HASH_SHA512},
    };
    for (size_t i = 0; i < ES_COUNT(all); i++) {
        if (all[i].digest == digest) {
            *hash = all[i].hash;
            *rsa = all[i].rsa;
            return true;
        }
    }
    return false;
}

/* CMS lets an RSA signature call itself rsaEncryption; the digest then stands beside it
 * (RFC 3370, 3.2). */
static struct es_slice scheme_of(struct es_arena *a, const struct signer *s,
                                 enum es_oid rsa)
{
    struct es_buf b;
    if (s->scheme.id != ES_OID_RSA_ENCRYPTION) {
        return s->scheme.raw;
    }
    es_buf_build(&b, a, 64);
    size_t mark = es_der_begin(&b, ES_DER_SEQUENCE);
    es_der_put_oid(&b, es_oid_dotted(rsa));
    es_der_put_null(&b);
    es_der_finish(&b, mark);
    return es_buf_slice(&b);
}

/* What the attributes say of the content (RFC 5652, 5.4 and 11). */
static bool check_attributes(struct es_arena *a, const struct signer *s,
                             const struct es_cms_signed *out, struct es_slice digest,
                             const char **why)
{
    *why = "contentType of the signed attributes is another than eContentType";
    ES_TRY(es_slice_eq(attribute(a, s->attributes, ES_OID_CONTENT_TYPE, ES_DER_OID),
                       out->content_type));
    *why = "messageDigest is not the digest of the content";
    return es_slice_eq(
        attribute(a, s->attributes, ES_OID_MESSAGE_DIGEST, ES_DER_OCTET_STRING),
        digest);
}

static bool verify(struct es_arena *a, const struct signer *s,
                   struct es_cms_signed *out, const char **why)
{
    enum es_hash hash;
    enum es_oid rsa;
    struct es_slice message = out->content;
    if (!hash_of(s->digest.id, &hash, &rsa)) {
        *why = es_arena_printf(a, "the digest %s is not known here", s->digest.text);
        return false;
    }
    *why = "no certificate of the signer inside";
    ES_TRY(find_signer(a, s, out));
    if (s->has_attributes) {
        ES_TRY(check_attributes(a, s, out, es_crypto_hash(a, hash, out->content), why));
        struct es_buf b;
        es_buf_build(&b, a, s->attributes.n + 16);
        es_der_put(&b, ES_DER_SET, s->attributes);
        message = es_buf_slice(&b);
    }
    return es_crypto_verify(a, &out->signer.key, scheme_of(a, s, rsa), message,
                            s->signature, why);
}

static bool read_signers(struct es_der *in, struct es_cms_signed *out)
{
    struct es_der set;
    struct signer first = {0}, s;
    ES_TRY(es_der_enter(in, ES_DER_SET, "signerInfos", &set));
    while (!es_der_at_end(&set)) {
        ES_TRY(read_signer(&set, &s));
        first = out->signers_n++ ? first : s;
    }
    if (out->signers_n) {
        const char *why = "";
        out->signature_valid = verify(in->doc->arena, &first, out, &why);
        out->signature_text = out->signature_valid ? "valid" : why;
    }
    return es_der_is_good(&set);
}

static bool read_content(struct es_der *in, struct es_cms_signed *out)
{
    struct es_der content, explicit;
    struct es_der_item type;
    ES_TRY(es_der_enter(in, ES_DER_SEQUENCE, "encapContentInfo", &content));
    ES_TRY(es_der_read(&content, ES_DER_OID, "eContentType", &type));
    out->content_type = type.value;
    if (es_der_at_end(&content)) {
        return es_der_is_good(&content);
    }
    return es_der_enter(&content, ES_DER_CONTEXT_CONSTRUCTED, "eContent", &explicit) &&
           es_cms_read_octets(&explicit, ES_DER_OCTET_STRING, "eContent",
                              &out->content);
}

bool es_cms_read_signed(struct es_der *r, struct es_cms_signed *out)
{
    struct es_der in, certs;
    struct es_der_item item;
    *out = (struct es_cms_signed){.signature_text = "there is no signer"};
    ES_TRY(es_der_enter(r, ES_DER_SEQUENCE, "SignedData", &in));
    ES_TRY(es_der_read_uint(&in, "the version of SignedData", &out->version));
    ES_TRY(es_der_read(&in, ES_DER_SET, "digestAlgorithms", &item));
    ES_TRY(read_content(&in, out));
    if (es_der_has(&in, ES_DER_CONTEXT_CONSTRUCTED)) {
        ES_TRY(es_der_enter(&in, ES_DER_CONTEXT_CONSTRUCTED, "certificates", &certs));
        while (!es_der_at_end(&certs)) {
            ES_TRY(es_der_next(&certs, &item));
            ES_PUSH(r->doc->arena, &out->certs, item.raw);
        }
    }
    if (es_der_has(&in, ES_DER_CONTEXT_CONSTRUCTED + 1)) {
        ES_TRY(es_der_next(&in, &item));
    }
    return read_signers(&in, out) && es_der_done(&in, "SignedData");
}
