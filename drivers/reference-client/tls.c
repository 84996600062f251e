/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tls.h"

#include "behaviour.h"

#include <openssl/x509v3.h>

#include <string.h>

/* id-kp-cmcRA, RFC 6402, 2.10 */
static const char cmc_ra[] = "1.3.6.1.5.5.7.3.28";

static struct {
    const struct es_credential *credential;
    const struct es_uri *uri;
    bool explicit_trust;
    const char *refusal;
} tls;

const char *es_tls_refusal(void)
{
    return tls.refusal;
}

static bool is_registration_authority(X509 *cert)
{
    EXTENDED_KEY_USAGE *usage = X509_get_ext_d2i(cert, NID_ext_key_usage, NULL, NULL);
    bool found = false;
    for (int i = 0; i < sk_ASN1_OBJECT_num(usage); i++) {
        char oid[64] = "";
        OBJ_obj2txt(oid, sizeof oid, sk_ASN1_OBJECT_value(usage, i), 1);
        found = found || strcmp(oid, cmc_ra) == 0;
    }
    EXTENDED_KEY_USAGE_free(usage);
    return found;
}

/* Certificates know nothing of the scope in [fe80::1%eth0]. */
static int is_for_address(X509 *cert, const char *host)
{
    char address[64] = "";
    size_t n = strcspn(host, "%");
    if (n >= sizeof address) {
        return 0;
    }
    memcpy(address, host, n);
    return X509_check_ip_asc(cert, address, 0);
}

static bool is_authorised(X509 *cert)
{
    const char *host = tls.uri->host;
    int same = tls.uri->is_literal
                   ? is_for_address(cert, host)
                   : X509_check_host(cert, host, strlen(host),
                                     X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, NULL);
    bool ra_counts =
        tls.explicit_trust || es_mutant_is(ES_MUTANT_RA_COUNTS_BEFORE_CRTS);
    ra_counts = ra_counts && !es_variant_is(ES_VARIANT_OK_RA_REFUSED);
    return same == 1 || (ra_counts && is_registration_authority(cert)) ||
           es_mutant_is(ES_MUTANT_SERVER_NAME_UNCHECKED);
}

/* For the mutant that does not look whether an issuer is a CA, and how far from the root. */
static int forgive_issuer(int ok, X509_STORE_CTX *ctx)
{
    int error = X509_STORE_CTX_get_error(ctx);
    bool forgiven = error == X509_V_ERR_INVALID_CA ||
                    error == X509_V_ERR_PATH_LENGTH_EXCEEDED ||
                    error == X509_V_ERR_KEYUSAGE_NO_CERTSIGN;
    return ok == 1 || forgiven ? 1 : 0;
}

static void loosen(X509_STORE_CTX *ctx)
{
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
    if (es_mutant_is(ES_MUTANT_SERVER_DATES_UNCHECKED)) {
        X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_NO_CHECK_TIME);
    }
    if (es_mutant_is(ES_MUTANT_SERVER_EKU_UNCHECKED)) {
        X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_ANY);
    }
    if (es_mutant_is(ES_MUTANT_ISSUER_NO_CA)) {
        X509_STORE_CTX_set_verify_cb(ctx, forgive_issuer);
    }
}

static int verify_server(X509_STORE_CTX *ctx, void *unused)
{
    (void)unused;
    loosen(ctx);
    int ok = X509_verify_cert(ctx);
    if (ok == 1 && !is_authorised(X509_STORE_CTX_get0_cert(ctx))) {
        X509_STORE_CTX_set_error(ctx, X509_V_ERR_HOSTNAME_MISMATCH);
        ok = 0;
    }
    if (ok == 1) {
        return 1;
    }
    int error = X509_STORE_CTX_get_error(ctx);
    bool late = es_variant_is(ES_VARIANT_OK_VERIFIES_LATE);
    bool never = es_mutant_is(ES_MUTANT_SERVER_CERT_UNVERIFIED);
    if (late || never) {
        X509_STORE_CTX_set_error(ctx, X509_V_OK);
    }
    if (!never) {
        tls.refusal = X509_verify_cert_error_string(error);
        es_log("server certificate: %s", tls.refusal);
    }
    return late || never ? 1 : 0;
}

/* The anchors for new sessions. */
static X509_STORE *make_store(void)
{
    struct es_trust trust = es_pledge.trust;
    if (es_mutant_is(ES_MUTANT_EXPLICIT_TA_NOT_USED)) {
        trust.explicit_anchors = NULL;
    }
    return es_trust_store(&trust);
}

static const char *cipher_list(void)
{
    if (es_mutant_is(ES_MUTANT_NULL_SUITE_OFFERED)) {
        return "ECDHE-ECDSA-AES128-CCM8:ECDHE-ECDSA-NULL-SHA:@SECLEVEL=0";
    }
    if (es_mutant_is(ES_MUTANT_CBC_OFFERED)) {
        return "ECDHE-ECDSA-AES128-CCM8:ECDHE-ECDSA-AES128-SHA256";
    }
    return es_variant_is(ES_VARIANT_OK_EXTRA_SUITES)
               ? "ECDHE-ECDSA-AES128-CCM8:ECDHE-ECDSA-AES128-CCM:"
                 "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384"
               : "ECDHE-ECDSA-AES128-CCM8";
}

static uint64_t options(void)
{
    uint64_t usual = SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET;
    return es_mutant_is(ES_MUTANT_NO_EMS) ? usual | SSL_OP_NO_EXTENDED_MASTER_SECRET
                                          : usual;
}

bool es_tls_configure(SSL *ssl)
{
    const struct es_credential *own = tls.credential;
    SSL_set_options(ssl, options());
    SSL_set_verify(ssl, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_verify_callback(SSL_get_SSL_CTX(ssl), verify_server, NULL);
    bool ok =
        SSL_set_min_proto_version(ssl, DTLS1_2_VERSION) == 1 &&
        SSL_set_cipher_list(ssl, cipher_list()) == 1 &&
        SSL_set1_groups_list(ssl, "P-256") == 1 &&
        SSL_set1_sigalgs_list(ssl, "ECDSA+SHA256") == 1 &&
        SSL_use_certificate(ssl, own->cert) == 1 &&
        SSL_use_PrivateKey(ssl, own->key) == 1 &&
        (own->chain == NULL || SSL_set1_chain(ssl, own->chain) == 1) &&
        SSL_set0_verify_cert_store(ssl, make_store()) == 1 &&
        (tls.uri->is_literal || SSL_set_tlsext_host_name(ssl, tls.uri->host) == 1);
    if (!ok) {
        es_log("DTLS session cannot be set up");
    }
    return ok;
}

coap_session_t *es_tls_connect(coap_context_t *context, const coap_address_t *address,
                               const struct es_credential *credential,
                               const struct es_uri *uri)
{
    coap_dtls_pki_t pki;
    memset(&pki, 0, sizeof pki);
    pki.version = COAP_DTLS_PKI_SETUP_VERSION;
    pki.verify_peer_cert = 1;
    pki.pki_key.key_type = COAP_PKI_KEY_PEM;
    tls.credential = credential;
    tls.uri = uri;
    tls.refusal = NULL;
    tls.explicit_trust = es_pledge.trust.explicit_anchors != NULL &&
                         !es_mutant_is(ES_MUTANT_EXPLICIT_TA_NOT_USED);
    return coap_new_client_session_pki(context, NULL, address, COAP_PROTO_DTLS, &pki);
}
