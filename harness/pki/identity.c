/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pki/identity.h"

#include "base/assert.h"
#include "codec/body_shape.h"
#include "codec/pem.h"
#include "codec/pkcs7.h"
#include "pki/file.h"
#include "pki/key.h"

static struct es_loc loc_of(const char *path, size_t offset)
{
    return (struct es_loc){.file = path, .off = (uint32_t)offset};
}

static bool add(struct es_arena *a, const char *path, size_t offset,
                struct es_slice der, struct es_x509_bag *bag, struct es_diag *d)
{
    struct es_flaw flaw = ES_FLAW_NONE;
    if (!es_x509_bag_add(a, bag, der, &flaw)) {
        return es_fail(d, loc_of(path, offset), ES_CODE_INPUT,
                       "certificate %zu cannot be read: %s (its octet %zu)", bag->n + 1,
                       flaw.text, flaw.offset);
    }
    return true;
}

static bool load_pem(struct es_arena *a, struct es_slice file, const char *path,
                     struct es_x509_bag *bag, struct es_diag *d)
{
    struct es_flaw flaw = ES_FLAW_NONE;
    struct es_pem block;
    size_t at = 0;
    while (es_pem_next(a, file, &at, &block, &flaw)) {
        if (es_slice_is(block.label, "CERTIFICATE") &&
            !add(a, path, block.offset, block.der, bag, d)) {
            return false;
        }
    }
    if (flaw.text) {
        return es_fail(d, loc_of(path, flaw.offset), ES_CODE_INPUT, "malformed PEM: %s",
                       flaw.text);
    }
    return true;
}

static bool load_certs_only(struct es_arena *a, struct es_slice file, const char *path,
                            struct es_x509_bag *bag, struct es_diag *d)
{
    struct es_pkcs7 p7;
    struct es_flaw flaw = ES_FLAW_NONE;
    if (!es_pkcs7_view(a, file, &p7, &flaw)) {
        return es_fail(d, loc_of(path, flaw.offset), ES_CODE_INPUT, "%s", flaw.text);
    }
    for (size_t i = 0; i < p7.certs_n; i++) {
        ES_TRY(add(a, path, 0, p7.certs[i], bag, d));
    }
    return true;
}

bool es_trust_load(struct es_arena *a, const char *path, struct es_x509_bag *bag,
                   struct es_diag *d)
{
    struct es_slice file;
    size_t before = bag->n;
    ES_TRY(es_pki_file_read(a, path, &file, d));
    enum es_body_shape shape = es_body_shape_of(file);
    if (shape == ES_BODY_PEM) {
        ES_TRY(load_pem(a, file, path, bag, d));
    } else if (shape == ES_BODY_CMS) {
        ES_TRY(load_certs_only(a, file, path, bag, d));
    } else if (shape == ES_BODY_CERTIFICATE) {
        ES_TRY(add(a, path, 0, file, bag, d));
    } else {
        es_fail(d, loc_of(path, 0), ES_CODE_INPUT, "the file is %s, not a certificate",
                es_body_shape_name(shape));
        return es_hint(d, "PEM, DER or certs-only PKCS#7 can be read");
    }
    if (bag->n == before) {
        return es_fail(d, loc_of(path, 0), ES_CODE_INPUT,
                       "there is no certificate in it");
    }
    return true;
}

/* Each certificate must be issued by the next one (RFC 5246, 7.4.2). */
static bool take_chain(struct es_arena *a, const struct es_x509_bag *bag,
                       const char *path, struct es_identity *out, struct es_diag *d)
{
    es_assert(bag->n > 0);
    if (bag->n > ES_IDENTITY_CHAIN_MAX) {
        return es_fail(d, loc_of(path, 0), ES_CODE_INPUT,
                       "%zu certificates, but a chain has at most %d", bag->n,
                       ES_IDENTITY_CHAIN_MAX);
    }
    for (size_t i = 0; i < bag->n; i++) {
        if (i > 0 && !es_name_is_equal(a, bag->at[i - 1].issuer, bag->at[i].subject)) {
            es_fail(d, loc_of(path, 0), ES_CODE_INPUT,
                    "certificate %zu (%s) is not the issuer of certificate %zu (%s)",
                    i + 1, bag->at[i].subject_text, i, bag->at[i - 1].subject_text);
            return es_hint(d, "put the leaf first, then each one's issuer");
        }
        out->chain[i] = bag->at[i].der;
    }
    out->chain_n = bag->n;
    out->leaf = bag->at[0];
    return true;
}

bool es_identity_load(struct es_arena *a, const char *cert_path, const char *key_path,
                      struct es_identity *out, struct es_diag *d)
{
    struct es_x509_bag bag = {0};
    struct es_slice key_file;
    struct es_pkcs8 key;
    const char *path = key_path ? key_path : cert_path;
    *out = (struct es_identity){0};
    ES_TRY(es_trust_load(a, cert_path, &bag, d));
    ES_TRY(take_chain(a, &bag, cert_path, out, d));
    ES_TRY(es_pki_file_read(a, path, &key_file, d));
    ES_TRY(es_key_load(a, key_file, path, &out->key, d));
    if (!es_pkcs8_view(a, out->key, &key, NULL) ||
        !es_pkcs8_is_pair(a, &key, &out->leaf.key)) {
        es_fail(d, loc_of(path, 0), ES_CODE_INPUT,
                "the key does not belong to the certificate of %s",
                out->leaf.subject_text);
        return es_hint(d,
                       "the first certificate of %s is the leaf; the key is to be its",
                       cert_path);
    }
    return true;
}
