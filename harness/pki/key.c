/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pki/key.h"

#include "base/assert.h"
#include "codec/body_shape.h"
#include "codec/pem.h"

#define ENCRYPTED_HINT "decrypt it first: openssl pkey -in FILE -out PLAIN"

static struct es_loc loc_of(const char *path, size_t offset)
{
    return (struct es_loc){.file = path, .off = (uint32_t)offset};
}

bool es_key_generate(struct es_arena *a, enum es_key_kind kind, struct es_slice *pkcs8,
                     struct es_diag *d)
{
    if (!es_crypto_make_key(a, kind, pkcs8)) {
        return es_fail(d, ES_LOC_NONE, ES_CODE_INPUT, "cannot make a key of this kind");
    }
    return true;
}

/* Takes PKCS#8 as it is, wraps SEC1 and PKCS#1. */
static bool normalise(struct es_arena *a, struct es_slice der, const char *path,
                      struct es_slice *pkcs8, struct es_diag *d)
{
    struct es_pkcs8 view;
    struct es_public_key pub;
    struct es_flaw flaw = ES_FLAW_NONE;
    *pkcs8 = der;
    if (!es_pkcs8_view(a, der, &view, &flaw)) {
        struct es_flaw ignored = ES_FLAW_NONE;
        if (!es_pkcs8_build(a, der, pkcs8, &ignored) ||
            !es_pkcs8_view(a, *pkcs8, &view, &flaw)) {
            es_fail(d, loc_of(path, flaw.offset), ES_CODE_INPUT,
                    "cannot use the private key: %s", flaw.text);
            bool encrypted =
                es_slice_search(es_slice_of(flaw.text), ES_SLICE_LIT("encrypted")) <
                es_slice_of(flaw.text).n;
            return encrypted ? es_hint(d, ENCRYPTED_HINT) : false;
        }
    }
    if (!es_pkcs8_public_key(a, &view, &pub)) {
        return es_fail(d, loc_of(path, 0), ES_CODE_INPUT,
                       "cannot use a private key of the kind %s", view.text);
    }
    return true;
}

static bool load_pem(struct es_arena *a, struct es_slice file, const char *path,
                     struct es_slice *pkcs8, struct es_diag *d)
{
    struct es_flaw flaw = ES_FLAW_NONE;
    struct es_pem block;
    size_t at = 0;
    while (es_pem_next(a, file, &at, &block, &flaw)) {
        if (block.encrypted || es_slice_is(block.label, "ENCRYPTED PRIVATE KEY")) {
            es_fail(d, loc_of(path, block.offset), ES_CODE_INPUT,
                    "the private key is encrypted");
            return es_hint(d, ENCRYPTED_HINT);
        }
        if (es_slice_has_suffix(block.label, "PRIVATE KEY")) {
            return normalise(a, block.der, path, pkcs8, d);
        }
    }
    if (flaw.text) {
        return es_fail(d, loc_of(path, flaw.offset), ES_CODE_INPUT, "malformed PEM: %s",
                       flaw.text);
    }
    return es_fail(d, loc_of(path, 0), ES_CODE_INPUT, "there is no private key in it");
}

bool es_key_load(struct es_arena *a, struct es_slice file, const char *path,
                 struct es_slice *pkcs8, struct es_diag *d)
{
    if (es_pem_is_pem(file)) {
        return load_pem(a, file, path, pkcs8, d);
    }
    return normalise(a, file, path, pkcs8, d);
}

struct es_slice es_key_spki(struct es_arena *a, struct es_slice pkcs8)
{
    struct es_pkcs8 view;
    struct es_public_key pub;
    es_assert(es_pkcs8_view(a, pkcs8, &view, NULL));
    es_assert(es_pkcs8_public_key(a, &view, &pub));
    return pub.spki;
}

struct es_slice es_key_inner(struct es_arena *a, struct es_slice pkcs8)
{
    struct es_pkcs8 view;
    es_assert(es_pkcs8_view(a, pkcs8, &view, NULL));
    return view.inner;
}
