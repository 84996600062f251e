/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CA_H
#define ES_CA_H

#include "buffer.h"

#include <openssl/cms.h>
#include <openssl/x509.h>

#include <stdbool.h>

/* The certification authority behind the server. It is loaded once from the folder of
   ES_PKI_DIR (issuing-ca.cert.pem, issuing-ca.key.pem, crts.pem) and issues at once; that
   some requests wait for approval is the business of enrolment, not of the CA.

   es_ca_roll replaces the root by a new one. It needs the root's private key too
   (root.cert.pem, root.key.pem) and fails where that is not exported. */

bool es_ca_load(const char *dir);
bool es_ca_roll(const char *dir);
/* Adds the certificates that lead over from a root of the past, which is made up. */
bool es_ca_add_old_root(const char *dir);

/* What /crts carries, format 281; and the certificate of the issuing CA, format 287. */
const struct es_buffer *es_ca_bag(void);
const struct es_buffer *es_ca_certificate(void);
/* The same certificates as objects. Borrowed. */
STACK_OF(X509) * es_ca_certificates(void);

/* Issues an end-entity certificate for the name and the key, valid for a year, with the
   subjectAltName and extendedKeyUsage out of extensions (may be NULL). NULL on failure;
   the caller frees. */
X509 *es_ca_issue(X509_NAME *subject, EVP_PKEY *key,
                  const STACK_OF(X509_EXTENSION) * extensions);

/* True if the certificate was issued by this CA: such a client may renew with sren. */
bool es_ca_has_issued(X509 *cert);

/* Adds the CA's signature, as the generator of a key, to a message under construction. */
bool es_ca_sign_cms(CMS_ContentInfo *cms, unsigned int flags);

#endif
