/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_PEM_H
#define ES_PEM_H

#include <openssl/evp.h>
#include <openssl/x509.h>

/* Reading <dir>/<name>. Both return NULL and say on stderr why; the caller frees. */
STACK_OF(X509) * es_pem_read_certificates(const char *dir, const char *name);
/* As the first, but a file that is not there is no error: NULL without a word. */
STACK_OF(X509) * es_pem_read_optional(const char *dir, const char *name);
EVP_PKEY *es_pem_read_key(const char *dir, const char *name);

#endif
