/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/x509.h"

#include "base/diag.h"

static bool read_version(struct es_der *tbs, struct es_x509 *out)
{
    struct es_der explicit;
    uint64_t version;
    out->version = 1;
    if (!es_der_has(tbs, ES_DER_CONTEXT_CONSTRUCTED)) {
        return es_der_is_good(tbs);
    }
    ES_TRY(es_der_enter(tbs, ES_DER_CONTEXT_CONSTRUCTED, "version", &explicit));
    ES_TRY(es_der_read_uint(&explicit, "version", &version));
    if (version > 2) {
        return es_der_flaw(&explicit, explicit.base,
                           "certificate of unknown version %llu",
                           (unsigned long long)version);
    }
    out->version = (unsigned)version + 1;
    return es_der_done(&explicit, "version");
}

static bool read_name(struct es_der *tbs, const char *what, struct es_slice *raw,
                      const char **text)
{
    struct es_der_item item;
    struct es_flaw flaw = ES_FLAW_NONE;
    ES_TRY(es_der_read(tbs, ES_DER_SEQUENCE, what, &item));
    if (!es_name_check(tbs->doc->arena, item.raw, &flaw)) {
        return es_der_flaw(tbs, item.offset + flaw.offset, "%s: %s", what, flaw.text);
    }
    *raw = item.raw;
    *text = es_name_text(tbs->doc->arena, item.raw);
    return true;
}

static bool read_validity(struct es_der *tbs, struct es_x509 *out)
{
    struct es_der in;
    ES_TRY(es_der_enter(tbs, ES_DER_SEQUENCE, "validity", &in));
    ES_TRY(es_der_read_time(&in, "notBefore", &out->not_before));
    ES_TRY(es_der_read_time(&in, "notAfter", &out->not_after));
    return es_der_done(&in, "validity");
}

static bool read_optional_tail(struct es_der *tbs, struct es_x509 *out)
{
    struct es_der_item unique_id;
    struct es_der explicit;
    /* issuerUniqueID and subjectUniqueID */
    for (unsigned tag = ES_DER_CONTEXT + 1; tag <= ES_DER_CONTEXT + 2; tag++) {
        if (es_der_has(tbs, tag) && !es_der_next(tbs, &unique_id)) {
            return false;
        }
    }
    if (es_der_has(tbs, ES_DER_CONTEXT_CONSTRUCTED + 3)) {
        if (out->version != 3) {
            return es_der_flaw(tbs, tbs->base + tbs->at,
                               "extensions in a certificate of version %u",
                               out->version);
        }
        ES_TRY(
            es_der_enter(tbs, ES_DER_CONTEXT_CONSTRUCTED + 3, "extensions", &explicit));
        ES_TRY(es_extensions_read(&explicit, &out->ext));
        ES_TRY(es_der_done(&explicit, "extensions"));
    }
    return es_der_done(tbs, "tbsCertificate");
}

static bool read_tbs(struct es_der *tbs, struct es_slice *inner_algorithm,
                     struct es_x509 *out)
{
    struct es_arena *a = tbs->doc->arena;
    struct es_der_item item;
    ES_TRY(read_version(tbs, out));
    ES_TRY(es_der_read(tbs, ES_DER_INTEGER, "serialNumber", &item));
    out->serial = item.value;
    struct es_buf hex;
    es_buf_build(&hex, a, 2 * item.value.n + 1);
    es_buf_hex(&hex, item.value);
    out->serial_text = es_buf_cstr(&hex);
    ES_TRY(es_der_read(tbs, ES_DER_SEQUENCE, "signature", &item));
    *inner_algorithm = item.raw;
    ES_TRY(read_name(tbs, "issuer", &out->issuer, &out->issuer_text));
    ES_TRY(read_validity(tbs, out));
    ES_TRY(read_name(tbs, "subject", &out->subject, &out->subject_text));
    ES_TRY(es_public_key_read(tbs, &out->key));
    return read_optional_tail(tbs, out);
}

static bool read_algorithm(struct es_der *cert, struct es_slice inner,
                           struct es_x509 *out)
{
    struct es_der_item item, oid;
    struct es_der in;
    ES_TRY(es_der_read(cert, ES_DER_SEQUENCE, "signatureAlgorithm", &item));
    ES_TRY(es_der_enter_item(cert, &item, &in));
    ES_TRY(es_der_read(&in, ES_DER_OID, "signatureAlgorithm", &oid));
    out->algorithm = item.raw;
    out->algorithm_text = es_oid_text(cert->doc->arena, oid.value);
    if (!es_slice_eq(item.raw, inner)) {
        return es_der_flaw(cert, item.offset,
                           "signatureAlgorithm differs from that in tbsCertificate");
    }
    return true;
}

static bool read_certificate(struct es_der *root, struct es_x509 *out)
{
    struct es_der cert, tbs;
    struct es_der_item item;
    struct es_slice inner_algorithm;
    ES_TRY(es_der_enter(root, ES_DER_SEQUENCE, "the certificate", &cert));
    ES_TRY(es_der_read(&cert, ES_DER_SEQUENCE, "tbsCertificate", &item));
    out->tbs = item.raw;
    ES_TRY(es_der_enter_item(&cert, &item, &tbs));
    ES_TRY(read_tbs(&tbs, &inner_algorithm, out));
    ES_TRY(read_algorithm(&cert, inner_algorithm, out));
    ES_TRY(es_der_read_bits(&cert, "signatureValue", &out->signature));
    ES_TRY(es_der_done(&cert, "the certificate"));
    return es_der_done(root, "the certificate");
}

bool es_x509_view(struct es_arena *a, struct es_slice der, struct es_x509 *out,
                  struct es_flaw *flaw)
{
    struct es_der_document doc;
    struct es_der root;
    *out = (struct es_x509){.der = der};
    es_der_open(&doc, a, der, false, &root);
    if (!read_certificate(&root, out)) {
        return es_flaw_set(flaw, a, doc.flaw.offset, "%s", doc.flaw.text);
    }
    return true;
}

bool es_x509_is_signed_by(struct es_arena *a, const struct es_x509 *cert,
                          const struct es_public_key *issuer, const char **why)
{
    return es_crypto_verify(a, issuer, cert->algorithm, cert->tbs, cert->signature,
                            why);
}

bool es_x509_is_self_issued(struct es_arena *a, const struct es_x509 *cert)
{
    return es_name_is_equal(a, cert->issuer, cert->subject);
}

const char *es_x509_fingerprint(struct es_arena *a, struct es_slice der)
{
    struct es_buf b;
    es_buf_build(&b, a, 65);
    es_buf_hex(&b, es_crypto_hash(a, ES_HASH_SHA256, der));
    return es_buf_cstr(&b);
}

const char *es_x509_text(struct es_arena *a, const struct es_x509 *cert)
{
    const char *name = cert->subject_text[0] ? cert->subject_text : "(empty name)";
    return es_arena_printf(a, "%s (serial %s, expires %s)", name, cert->serial_text,
                           es_der_time_text(a, cert->not_after));
}
