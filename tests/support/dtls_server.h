/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_SUPPORT_DTLS_SERVER_H
#define ES_SUPPORT_DTLS_SERVER_H

/*
 * A bare wolfSSL server on one end of a simulated network, and identities made on the spot,
 * for tests of the client filter. It echoes application data. Header only: included by one
 * test program each.
 */

#include "base/assert.h"
#include "dtls/dtls.h"
#include "net/sim.h"

#include <wolfssl/options.h>
#include <wolfssl/error-ssl.h>
#include <wolfssl/ssl.h>
#include <wolfssl/wolfcrypt/asn_public.h>
#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/random.h>

#include <string.h>

enum { TEST_CERT_MAX = 1024, TEST_KEY_MAX = 256, TEST_PEER_MAX = 17000 };

struct test_identity {
    ecc_key key;
    uint8_t cert[TEST_CERT_MAX], key_der[TEST_KEY_MAX];
    size_t cert_n, key_n;
};

/* A certificate for cn of a new key, signed by issuer (NULL: self-signed CA). */
static inline void test_identity_make(struct test_identity *id, const char *cn,
                                      struct test_identity *issuer)
{
    WC_RNG rng;
    Cert *cert = wc_CertNew(NULL);
    es_assert(cert && wc_InitRng(&rng) == 0 && wc_ecc_init(&id->key) == 0);
    es_assert(wc_ecc_make_key_ex(&rng, 32, &id->key, ECC_SECP256R1) == 0);
    wc_InitCert(cert);
    strncpy(cert->subject.commonName, cn, CTC_NAME_SIZE - 1);
    cert->sigType = CTC_SHA256wECDSA;
    cert->isCA = issuer == NULL;
    if (issuer) {
        wc_SetIssuerBuffer(cert, issuer->cert, (int)issuer->cert_n);
    }
    int n = wc_MakeCert(cert, id->cert, TEST_CERT_MAX, NULL, &id->key, &rng);
    es_assert(n > 0);
    n = wc_SignCert(cert->bodySz, cert->sigType, id->cert, TEST_CERT_MAX, NULL,
                    issuer ? &issuer->key : &id->key, &rng);
    es_assert(n > 0);
    id->cert_n = (size_t)n;
    n = wc_EccKeyToDer(&id->key, id->key_der, TEST_KEY_MAX);
    es_assert(n > 0);
    id->key_n = (size_t)n;
    wc_CertFree(cert);
    wc_FreeRng(&rng);
}

struct test_server {
    WOLFSSL_CTX *ctx;
    WOLFSSL *ssl;
    struct es_filter *filter;
    es_usec now;
    int accepted, error;
    struct es_slice last_sent; /* wolfSSL never repeats a lost last flight: we do */
    struct es_arena *arena;
    uint8_t echo[TEST_PEER_MAX];
    int received;   /* application messages */
    int received_n; /* length of the last one */
};

static inline int test_server_send(WOLFSSL *ssl, char *bytes, int n, void *context)
{
    struct test_server *t = context;
    struct es_datagram d = {.bytes = es_slice_make(bytes, (size_t)n)};
    (void)ssl;
    t->last_sent = es_arena_dup(t->arena, d.bytes);
    es_filter_send(t->filter, &d, t->now);
    return n;
}

static inline int test_server_recv(WOLFSSL *ssl, char *bytes, int room, void *context)
{
    struct test_server *t = context;
    struct es_datagram d;
    (void)ssl;
    if (es_filter_recv(t->filter, &d, t->now) != ES_IO_OK) {
        return WOLFSSL_CBIO_ERR_WANT_READ;
    }
    bool is_handshake = d.bytes.n > 4 && d.bytes.p[0] == 22 && d.bytes.p[4] == 0;
    if (t->accepted && is_handshake) {
        struct es_datagram again = {.bytes = t->last_sent};
        es_filter_send(t->filter, &again, t->now);
        return WOLFSSL_CBIO_ERR_WANT_READ;
    }
    size_t n = d.bytes.n < (size_t)room ? d.bytes.n : (size_t)room;
    memcpy(bytes, d.bytes.p, n);
    return (int)n;
}

/* suites: wolfSSL's names. The server asks for a certificate of ca and takes no other. */
static inline void test_server_start(struct test_server *t, const char *suites,
                                     struct test_identity *ca,
                                     struct test_identity *own)
{
    t->ctx = wolfSSL_CTX_new(wolfDTLSv1_2_server_method());
    es_assert(wolfSSL_CTX_set_cipher_list(t->ctx, suites) == WOLFSSL_SUCCESS);
    wolfSSL_CTX_load_verify_buffer(t->ctx, ca->cert, (long)ca->cert_n,
                                   WOLFSSL_FILETYPE_ASN1);
    wolfSSL_CTX_use_certificate_buffer(t->ctx, own->cert, (long)own->cert_n,
                                       WOLFSSL_FILETYPE_ASN1);
    wolfSSL_CTX_use_PrivateKey_buffer(t->ctx, own->key_der, (long)own->key_n,
                                      WOLFSSL_FILETYPE_ASN1);
    wolfSSL_CTX_set_verify(
        t->ctx, WOLFSSL_VERIFY_PEER | WOLFSSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    wolfSSL_CTX_SetIOSend(t->ctx, test_server_send);
    wolfSSL_CTX_SetIORecv(t->ctx, test_server_recv);
}

/* A new session of the same server on this end of the network. */
static inline void test_server_accept(struct test_server *t, struct es_arena *arena,
                                      struct es_filter *filter)
{
    wolfSSL_free(t->ssl);
    t->ssl = wolfSSL_new(t->ctx);
    t->filter = filter;
    t->arena = arena;
    t->accepted = t->error = t->received = 0;
    wolfSSL_SetIOReadCtx(t->ssl, t);
    wolfSSL_SetIOWriteCtx(t->ssl, t);
    wolfSSL_dtls_set_using_nonblock(t->ssl, 1);
}

static inline void test_server_step(struct test_server *t, es_usec now)
{
    t->now = now;
    if (t->error) {
        return;
    }
    int rc = t->accepted ? 1 : wolfSSL_accept(t->ssl);
    t->accepted = rc == WOLFSSL_SUCCESS;
    while (t->accepted && rc > 0) {
        rc = wolfSSL_read(t->ssl, t->echo, sizeof t->echo);
        if (rc > 0) {
            t->received++;
            t->received_n = rc;
            wolfSSL_write(t->ssl, t->echo, rc);
        }
    }
    int error = wolfSSL_get_error(t->ssl, rc);
    if (error != WOLFSSL_ERROR_WANT_READ && error != WOLFSSL_ERROR_WANT_WRITE) {
        t->error = error;
    }
}

static inline void test_server_stop(struct test_server *t)
{
    wolfSSL_free(t->ssl);
    wolfSSL_CTX_free(t->ctx);
}

#endif
