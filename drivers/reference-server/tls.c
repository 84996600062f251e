/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tls.h"

#include "behaviour.h"
#include "buffer.h"
#include "pem.h"

#include <openssl/ssl.h>

#include <string.h>

/* CCM_8 is mandatory and in no default list; the others are its AEAD neighbours. */
static const char cipher_list[] = "ECDHE-ECDSA-AES128-CCM8:ECDHE-ECDSA-AES128-CCM:"
                                  "ECDHE-ECDSA-AES128-GCM-SHA256";
/* For the mutants that leave something out of it. */
static const char cipher_list_null[] = "ECDHE-ECDSA-AES128-CCM8:ECDHE-ECDSA-NULL-SHA:"
                                       "@SECLEVEL=0";
static const char cipher_list_anonymous[] = "AECDH-AES128-SHA:ECDHE-ECDSA-NULL-SHA:"
                                            "ECDHE-ECDSA-AES128-CCM8:@SECLEVEL=0";
static const unsigned char session_context[] = "est-coaps";

static struct {
    STACK_OF(X509) * chain; /* without the leaf */
    X509 *leaf;
    EVP_PKEY *key;
    X509_STORE *trust;
    STACK_OF(X509) * anchors;
} tls;

static int verify_certificate(int ok, X509_STORE_CTX *ctx)
{
    int error = X509_STORE_CTX_get_error(ctx);
    if (ok == 1) {
        return 1;
    }
    if (es_mutant_is(ES_MUTANT_CLIENT_CERT_CHAIN_UNVERIFIED)) {
        return 1;
    }
    if (error == X509_V_ERR_CERT_NOT_YET_VALID &&
        es_mutant_is(ES_MUTANT_NOT_YET_VALID_ACCEPTED)) {
        return 1;
    }
    if (error == X509_V_ERR_CERT_HAS_EXPIRED &&
        X509_STORE_CTX_get_error_depth(ctx) == 0 &&
        es_variant_is(ES_VARIANT_OK_EXPIRED_IDEVID_ACCEPTED)) {
        return 1;
    }
    es_log("client certificate: %s", X509_verify_cert_error_string(error));
    return 0;
}

static int verify_mode(void)
{
    if (es_mutant_is(ES_MUTANT_CLIENT_CERT_NOT_REQUESTED)) {
        return SSL_VERIFY_NONE;
    }
    if (es_mutant_is(ES_MUTANT_CLIENT_CERT_OPTIONAL)) {
        return SSL_VERIFY_PEER;
    }
    return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
}

static STACK_OF(X509_NAME) * anchor_names(void)
{
    STACK_OF(X509_NAME) *names = sk_X509_NAME_new_null();
    for (int i = 0; i < sk_X509_num(tls.anchors); i++) {
        X509_NAME *name = X509_get_subject_name(sk_X509_value(tls.anchors, i));
        sk_X509_NAME_push(names, X509_NAME_dup(name));
    }
    return names;
}

/* A client that lists point formats must list the uncompressed one (RFC 8422, 5.1.2);
   OpenSSL does not look. */
static bool offers_uncompressed(SSL *ssl)
{
    const unsigned char *ext;
    size_t len;
    if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_ec_point_formats, &ext, &len) != 1 ||
        es_mutant_is(ES_MUTANT_POINT_FORMATS_UNCHECKED)) {
        return true;
    }
    return len > 1 &&
           memchr(ext + 1, TLSEXT_ECPOINTFORMAT_uncompressed, len - 1) != NULL;
}

static const char *ciphers(void)
{
    return es_mutant_is(ES_MUTANT_NULL_CIPHER_ACCEPTED) ? cipher_list_null
           : es_mutant_is(ES_MUTANT_ANONYMOUS_SUITES)   ? cipher_list_anonymous
                                                        : cipher_list;
}

static bool set_algorithms(SSL *ssl)
{
    return SSL_set_cipher_list(ssl, ciphers()) == 1 &&
           SSL_set1_groups_list(ssl, "P-256") == 1 &&
           SSL_set1_sigalgs_list(ssl, "ECDSA+SHA256") == 1 &&
           SSL_set1_client_sigalgs_list(ssl, "ECDSA+SHA256") == 1;
}

static bool set_credentials(SSL *ssl)
{
    return SSL_use_certificate(ssl, tls.leaf) == 1 &&
           SSL_set1_chain(ssl, tls.chain) == 1 &&
           SSL_use_PrivateKey(ssl, tls.key) == 1 &&
           SSL_set1_verify_cert_store(ssl, tls.trust) == 1 &&
           SSL_set_session_id_context(ssl, session_context,
                                      sizeof session_context - 1) == 1;
}

/* Called by libcoap on each ClientHello, after its own setup. */
static int setup_session(void *tls_session, coap_dtls_pki_t *setup)
{
    SSL *ssl = tls_session;
    (void)setup;
    if (!offers_uncompressed(ssl)) {
        es_log("client does not take uncompressed points");
        return 0;
    }
    SSL_set_options(ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    if (es_variant_is(ES_VARIANT_OK_RESUMPTION_OFF)) {
        SSL_set_options(ssl, SSL_OP_NO_TICKET);
        SSL_CTX_set_session_cache_mode(SSL_get_SSL_CTX(ssl), SSL_SESS_CACHE_OFF);
    }
    SSL_set_verify(ssl, verify_mode(), verify_certificate);
    SSL_set_client_CA_list(ssl, anchor_names());
    if (!set_algorithms(ssl) || !set_credentials(ssl)) {
        es_log("DTLS session cannot be set up");
        return 0;
    }
    return 1;
}

static bool load(const char *dir)
{
    tls.chain = es_pem_read_certificates(dir, "est-server.chain.pem");
    tls.key = es_pem_read_key(dir, "est-server.key.pem");
    tls.anchors = es_pem_read_certificates(dir, "client-trust.pem");
    tls.trust = X509_STORE_new();
    if (tls.chain == NULL || tls.key == NULL || tls.anchors == NULL ||
        tls.trust == NULL) {
        return false;
    }
    tls.leaf = sk_X509_shift(tls.chain);
    for (int i = 0; i < sk_X509_num(tls.anchors); i++) {
        X509_STORE_add_cert(tls.trust, sk_X509_value(tls.anchors, i));
    }
    if (X509_check_private_key(tls.leaf, tls.key) != 1) {
        es_log("est-server: key and certificate do not belong together");
        return false;
    }
    return true;
}

bool es_tls_setup(coap_context_t *context, const char *dir)
{
    if (!load(dir)) {
        return false;
    }
    coap_dtls_pki_t pki;
    memset(&pki, 0, sizeof pki);
    pki.version = COAP_DTLS_PKI_SETUP_VERSION;
    pki.verify_peer_cert = 1;
    pki.pki_key.key_type = COAP_PKI_KEY_PEM;
    pki.additional_tls_setup_call_back = setup_session;
    if (coap_context_set_pki(context, &pki) != 1) {
        es_log("libcoap does not take the DTLS setup");
        return false;
    }
    return true;
}
