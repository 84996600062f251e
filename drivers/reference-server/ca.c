/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bag.h"
#include "behaviour.h"
#include "ca_int.h"
#include "pem.h"

#include <openssl/rand.h>
#include <openssl/x509v3.h>

struct es_ca es_ca;

enum { SERIAL_BYTES = 16, VALID_DAYS = 365, SKEW_SECONDS = 300 };

static struct es_buffer bag, certificate;

bool es_ca_load(const char *dir)
{
    STACK_OF(X509) *certs = es_pem_read_certificates(dir, "issuing-ca.cert.pem");
    if (certs == NULL) {
        return false;
    }
    es_ca.cert = sk_X509_shift(certs);
    sk_X509_pop_free(certs, X509_free);
    es_ca.key = es_pem_read_key(dir, "issuing-ca.key.pem");
    es_ca.published = es_pem_read_certificates(dir, "crts.pem");
    if (es_ca.key == NULL || es_ca.published == NULL) {
        return false;
    }
    if (X509_check_private_key(es_ca.cert, es_ca.key) != 1) {
        es_log("issuing-ca: key and certificate do not belong together");
        return false;
    }
    es_ca_publish();
    return !es_variant_is(ES_VARIANT_OK_CRTS_ROLLOVER) || es_ca_add_old_root(dir);
}

void es_ca_publish(void)
{
    es_buffer_resize(&bag, 0);
    es_buffer_resize(&certificate, 0);
    if (es_mutant_is(ES_MUTANT_CRTS_CHAIN_INCOMPLETE)) {
        es_bag_write_one(es_ca.cert, &bag);
    } else {
        es_bag_write(es_ca.published, &bag);
    }
    es_bag_write_certificate(es_ca.cert, &certificate);
}

const struct es_buffer *es_ca_bag(void)
{
    return &bag;
}

const struct es_buffer *es_ca_certificate(void)
{
    return &certificate;
}

STACK_OF(X509) * es_ca_certificates(void)
{
    return es_ca.published;
}

/* 128 random bits, positive, no leading zero octet (RFC 5280, 4.1.2.2). */
static bool set_serial(X509 *cert)
{
    unsigned char bytes[SERIAL_BYTES];
    if (RAND_bytes(bytes, sizeof bytes) != 1) {
        return false;
    }
    bytes[0] = (unsigned char)((bytes[0] & 0x3f) | 0x40);
    BIGNUM *n = BN_bin2bn(bytes, sizeof bytes, NULL);
    bool ok = n != NULL && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert)) != NULL;
    BN_free(n);
    return ok;
}

X509 *es_ca_new_certificate(X509_NAME *subject, X509_NAME *issuer, EVP_PKEY *key,
                            long valid_days)
{
    X509 *cert = X509_new();
    bool ok = cert != NULL && X509_set_version(cert, X509_VERSION_3) == 1 &&
              set_serial(cert) && X509_set_subject_name(cert, subject) == 1 &&
              X509_set_issuer_name(cert, issuer) == 1 &&
              X509_set_pubkey(cert, key) == 1 &&
              X509_gmtime_adj(X509_getm_notBefore(cert), -SKEW_SECONDS) != NULL &&
              X509_gmtime_adj(X509_getm_notAfter(cert), valid_days * 86400) != NULL;
    if (!ok) {
        X509_free(cert);
        return NULL;
    }
    return cert;
}

bool es_ca_add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    X509V3_set_ctx_nodb(&ctx);
    X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    bool ok = ext != NULL && X509_add_ext(cert, ext, -1) == 1;
    X509_EXTENSION_free(ext);
    return ok;
}

static bool copy_extension(X509 *cert, const STACK_OF(X509_EXTENSION) * from, int nid)
{
    int at = X509v3_get_ext_by_NID(from, nid, -1);
    return at < 0 || X509_add_ext(cert, X509v3_get_ext(from, at), -1) == 1;
}

X509 *es_ca_issue(X509_NAME *subject, EVP_PKEY *key,
                  const STACK_OF(X509_EXTENSION) * extensions)
{
    X509 *ca = es_ca.cert;
    X509 *cert =
        es_ca_new_certificate(subject, X509_get_subject_name(ca), key, VALID_DAYS);
    bool ok =
        cert != NULL &&
        es_ca_add_extension(cert, ca, NID_basic_constraints, "CA:FALSE") &&
        es_ca_add_extension(cert, ca, NID_key_usage, "critical,digitalSignature") &&
        es_ca_add_extension(cert, ca, NID_subject_key_identifier, "hash") &&
        es_ca_add_extension(cert, ca, NID_authority_key_identifier, "keyid") &&
        copy_extension(cert, extensions, NID_ext_key_usage) &&
        copy_extension(cert, extensions, NID_subject_alt_name) &&
        X509_sign(cert, es_ca.key, EVP_sha256()) > 0;
    if (!ok) {
        X509_free(cert);
        return NULL;
    }
    return cert;
}

bool es_ca_has_issued(X509 *cert)
{
    return X509_check_issued(es_ca.cert, cert) == X509_V_OK &&
           X509_verify(cert, es_ca.key) == 1;
}

bool es_ca_sign_cms(CMS_ContentInfo *cms, unsigned int flags)
{
    return CMS_add1_signer(cms, es_ca.cert, es_ca.key, EVP_sha256(), flags) != NULL;
}
