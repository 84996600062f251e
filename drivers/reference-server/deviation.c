/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Faults and variants inside the DTLS handshake. libcoap and libssl find these functions
   of the program before those of the libraries; without a mutant or variant they do
   nothing but call them. */
#include "behaviour.h"

#include <openssl/evp.h>
#include <openssl/ssl.h>

#include <dlfcn.h>
#include <string.h>

static void find(const char *library, const char *name, void *function, size_t size)
{
    void *lib = dlopen(library, RTLD_LAZY | RTLD_NOLOAD);
    void *symbol = lib != NULL ? dlsym(lib, name) : NULL;
    memcpy(function, &symbol, size);
}

static int accept_any_cookie(SSL *ssl, const unsigned char *cookie, unsigned int len)
{
    (void)ssl;
    (void)cookie;
    (void)len;
    return 1;
}

void SSL_CTX_set_cookie_verify_cb(SSL_CTX *ctx,
                                  int (*verify)(SSL *, const unsigned char *,
                                                unsigned int))
{
    static void (*real)(SSL_CTX *, int (*)(SSL *, const unsigned char *, unsigned int));
    if (real == NULL) {
        find("libssl.so.3", "SSL_CTX_set_cookie_verify_cb", &real, sizeof real);
    }
    real(ctx, es_mutant_is(ES_MUTANT_COOKIE_NOT_VERIFIED) ? accept_any_cookie : verify);
}

int DTLSv1_listen(SSL *ssl, BIO_ADDR *client)
{
    static int (*real)(SSL *, BIO_ADDR *);
    if (es_variant_is(ES_VARIANT_OK_NO_HVR)) {
        /* As if the cookie was good: libcoap goes on with SSL_accept. */
        SSL_clear_options(ssl, SSL_OP_COOKIE_EXCHANGE);
        SSL_set_accept_state(ssl);
        return 1;
    }
    if (real == NULL) {
        find("libssl.so.3", "DTLSv1_listen", &real, sizeof real);
    }
    return real(ssl, client);
}

/* libssl makes its ephemeral keys by this. */
int EVP_PKEY_keygen(EVP_PKEY_CTX *ctx, EVP_PKEY **key)
{
    static int (*real)(EVP_PKEY_CTX *, EVP_PKEY **);
    static EVP_PKEY *first;
    if (real == NULL) {
        find("libcrypto.so.3", "EVP_PKEY_keygen", &real, sizeof real);
    }
    if (!es_mutant_is(ES_MUTANT_EPHEMERAL_KEY_REUSED)) {
        return real(ctx, key);
    }
    if (first == NULL && real(ctx, &first) != 1) {
        return 0;
    }
    *key = first;
    return EVP_PKEY_up_ref(first);
}

/* libssl calls this for the signature in CertificateVerify; certificates are verified
   inside libcrypto, which does not look here. */
int EVP_DigestVerify(EVP_MD_CTX *ctx, const unsigned char *sigret, size_t siglen,
                     const unsigned char *tbs, size_t tbslen)
{
    static int (*real)(EVP_MD_CTX *, const unsigned char *, size_t,
                       const unsigned char *, size_t);
    if (es_mutant_is(ES_MUTANT_CERTVERIFY_OPTIONAL)) {
        return 1;
    }
    if (real == NULL) {
        find("libcrypto.so.3", "EVP_DigestVerify", &real, sizeof real);
    }
    return real(ctx, sigret, siglen, tbs, tbslen);
}

/* libcoap asks for the cipher to know what a record adds, and does not survive that there
   is none. */
int SSL_CIPHER_get_cipher_nid(const SSL_CIPHER *cipher)
{
    static int (*real)(const SSL_CIPHER *);
    if (es_mutant_is(ES_MUTANT_NULL_CIPHER_ACCEPTED)) {
        return NID_aes_128_ccm;
    }
    if (real == NULL) {
        find("libssl.so.3", "SSL_CIPHER_get_cipher_nid", &real, sizeof real);
    }
    return real(cipher);
}
