/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pem.h"

#include "buffer.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static FILE *open_file(const char *dir, const char *name)
{
    char path[1024];
    int n = snprintf(path, sizeof path, "%s/%s", dir, name);
    if (n < 0 || (size_t)n >= sizeof path) {
        es_log("%s: path is too long", name);
        return NULL;
    }
    FILE *f = fopen(path, "r");
    if (f == NULL) {
        es_log("%s: %s", path, strerror(errno));
    }
    return f;
}

STACK_OF(X509) * es_pem_read_certificates(const char *dir, const char *name)
{
    FILE *f = open_file(dir, name);
    if (f == NULL) {
        return NULL;
    }
    STACK_OF(X509) *certs = sk_X509_new_null();
    X509 *cert;
    while ((cert = PEM_read_X509(f, NULL, NULL, NULL)) != NULL) {
        sk_X509_push(certs, cert);
    }
    ERR_clear_error(); /* the end of the file counts as an error */
    fclose(f);
    if (sk_X509_num(certs) == 0) {
        es_log("%s/%s: no certificate in it", dir, name);
        sk_X509_free(certs);
        return NULL;
    }
    return certs;
}

EVP_PKEY *es_pem_read_key(const char *dir, const char *name)
{
    FILE *f = open_file(dir, name);
    if (f == NULL) {
        return NULL;
    }
    EVP_PKEY *key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
    fclose(f);
    if (key == NULL) {
        es_log("%s/%s: no private key in it", dir, name);
    }
    return key;
}

STACK_OF(X509) * es_pem_read_optional(const char *dir, const char *name)
{
    char path[1024];
    int n = snprintf(path, sizeof path, "%s/%s", dir, name);
    bool there = n > 0 && (size_t)n < sizeof path && access(path, R_OK) == 0;
    return there ? es_pem_read_certificates(dir, name) : NULL;
}
