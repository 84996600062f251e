/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_KEYCMS_H
#define ES_KEYCMS_H

#include "csr.h"

/* The generated key under encryption, format 280 (RFC 9148, 4.8; RFC 7030, 4.4.1, 4.4.2):
   an AsymmetricKeyPackage, signed by the CA as its generator, in CMS EnvelopedData.

   A CSR asks for it by SMIMECapabilities with DecryptKeyIdentifier (a symmetric key) or
   AsymmetricDecryptKeyIdentifier. Keys are found by their identifier in hex:
   <pki>/decrypt-key.<hex>.bin holds a key-encryption key of 16, 24 or 32 bytes,
   <pki>/decrypt-key.<hex>.cert.pem a recipient's certificate; besides, the client's own
   certificate counts if the identifier is its subjectKeyIdentifier. An identifier that
   nothing is known of, or whose key is for something else, ends the request (RFC 7030,
   4.4.1.1, 4.4.1.2). */

enum { ES_KEK_MAX_BYTES = 32 };

struct es_keycms {
    bool wanted;
    struct es_buffer identifier; /* of the symmetric key */
    uint8_t kek[ES_KEK_MAX_BYTES];
    size_t kek_len;  /* 0: asymmetric */
    X509 *recipient; /* owned */
};

/* Finds out what the CSR asks for. False if it cannot be done: *why says why. */
bool es_keycms_read(const struct es_csr *csr, X509 *client, struct es_keycms *out,
                    const char **why);
void es_keycms_free(struct es_keycms *wish);

/* Encrypts a PKCS#8 key: the ContentInfo is in out, which was empty. */
bool es_keycms_write(const struct es_keycms *wish, struct es_bytes pkcs8,
                     struct es_buffer *out);

#endif
