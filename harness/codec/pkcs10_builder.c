/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/vector.h"
#include "codec/pkcs10.h"
#include "codec/pkcs8.h"

#include <stdlib.h>

enum { REQUEST_MAX_BYTES = 16384, PART_MAX_BYTES = 8192, SIGNATURE_ROOM = 1200 };

/* The encoded attributes, to be sorted. */
struct encodings {
    struct es_slice *at;
    size_t n, room;
};

static bool fail(struct es_diag *d, const char *text)
{
    return es_fail(d, ES_LOC_NONE, ES_CODE_INPUT, "%s", text);
}

static bool put_extensions(struct es_arena *a, const struct es_pkcs10_recipe *r,
                           bool empty_subject, struct es_buf *b, struct es_diag *d)
{
    size_t bad = 0;
    if (r->key_usage) {
        es_extension_put_key_usage(b, r->key_usage);
    }
    if (r->eku_n > 0 && !es_extension_put_eku(b, a, r->eku, r->eku_n)) {
        return fail(d, "an extended key usage is no name or OID");
    }
    if (r->san_n > 0 &&
        !es_extension_put_san(b, a, r->san, r->san_n, empty_subject, &bad)) {
        return es_fail(d, ES_LOC_NONE, ES_CODE_INPUT,
                       "malformed subject alternative name `%s`",
                       bad < r->san_n ? r->san[bad] : "?");
    }
    for (size_t i = 0; i < r->extensions_n; i++) {
        es_extension_put_raw(b, &r->extensions[i]);
    }
    return true;
}

static void add_attribute(struct es_arena *a, struct encodings *list,
                          struct es_slice oid, struct es_slice values)
{
    struct es_buf b;
    es_buf_build(&b, a, oid.n + values.n + 32);
    size_t outer = es_der_begin(&b, ES_DER_SEQUENCE);
    es_der_put(&b, ES_DER_OID, oid);
    es_der_put(&b, ES_DER_SET, values);
    es_der_finish(&b, outer);
    ES_PUSH(a, list, es_buf_slice(&b));
}

static void add_known(struct es_arena *a, struct encodings *list, enum es_oid id,
                      unsigned tag, struct es_slice value)
{
    struct es_slice oid;
    struct es_buf b;
    es_buf_build(&b, a, value.n + 16);
    es_der_put(&b, tag, value);
    if (es_oid_parse(a, es_slice_of(es_oid_dotted(id)), &oid)) {
        add_attribute(a, list, oid, es_buf_slice(&b));
    }
}

static int by_encoding(const void *x, const void *y)
{
    return es_slice_cmp(*(const struct es_slice *)x, *(const struct es_slice *)y);
}

static bool put_attributes(struct es_arena *a, const struct es_pkcs10_recipe *r,
                           bool empty_subject, struct es_buf *b, struct es_diag *d)
{
    struct encodings list = {0};
    struct es_buf extensions;
    es_buf_build(&extensions, a, PART_MAX_BYTES);
    ES_TRY(put_extensions(a, r, empty_subject, &extensions, d));
    if (extensions.n > 0) {
        add_known(a, &list, ES_OID_EXTENSION_REQUEST, ES_DER_SEQUENCE,
                  es_buf_slice(&extensions));
    }
    if (r->has_challenge) {
        unsigned tag = r->challenge_tag ? r->challenge_tag : ES_DER_PRINTABLE_STRING;
        add_known(a, &list, ES_OID_CHALLENGE_PASSWORD, tag, r->challenge);
    }
    for (size_t i = 0; i < r->attributes_n; i++) {
        add_attribute(a, &list, r->attributes[i].oid, r->attributes[i].values);
    }
    if (list.n > 1) {
        qsort(list.at, list.n, sizeof *list.at, by_encoding);
    }
    size_t set = es_der_begin(b, ES_DER_CONTEXT_CONSTRUCTED);
    for (size_t i = 0; i < list.n; i++) {
        es_buf_put(b, list.at[i]);
    }
    es_der_finish(b, set);
    b->overflow |= extensions.overflow;
    return true;
}

static bool put_info(struct es_arena *a, const struct es_pkcs10_recipe *r,
                     const struct es_pkcs8 *key, struct es_buf *b, struct es_diag *d)
{
    struct es_slice subject = r->subject_der, spki = r->spki;
    struct es_public_key pub;
    size_t bad = 0;
    if (subject.n == 0 &&
        !es_name_build(a, es_slice_of(r->subject ? r->subject : ""), &subject, &bad)) {
        return es_fail(d, ES_LOC_NONE, ES_CODE_INPUT,
                       "malformed subject `%s` at character %zu", r->subject, bad + 1);
    }
    if (spki.n == 0) {
        if (!es_pkcs8_public_key(a, key, &pub)) {
            return fail(d, "the key of the request cannot be used");
        }
        spki = pub.spki;
    }
    size_t info = es_der_begin(b, ES_DER_SEQUENCE);
    es_der_put_uint(b, 0);
    es_buf_put(b, subject);
    es_buf_put(b, spki);
    /* An empty Name in DER is two octets. */
    ES_TRY(put_attributes(a, r, subject.n <= 2, b, d));
    es_der_finish(b, info);
    return true;
}

bool es_pkcs10_build(struct es_arena *a, const struct es_pkcs10_recipe *recipe,
                     struct es_slice *der, struct es_diag *d)
{
    struct es_slice signer = recipe->signing_key.n ? recipe->signing_key : recipe->key;
    struct es_pkcs8 key, signing;
    struct es_buf info, b;
    es_buf_build(&info, a, REQUEST_MAX_BYTES);
    es_buf_build(&b, a, REQUEST_MAX_BYTES + SIGNATURE_ROOM);
    if (!es_pkcs8_view(a, recipe->key, &key, NULL) ||
        !es_pkcs8_view(a, signer, &signing, NULL)) {
        return fail(d, "the key of the request is no PKCS#8");
    }
    ES_TRY(put_info(a, recipe, &key, &info, d));
    enum es_hash hash = signing.kind == ES_KEY_P384 ? ES_HASH_SHA384 : ES_HASH_SHA256;
    hash = recipe->has_hash ? recipe->hash : hash;
    size_t outer = es_der_begin(&b, ES_DER_SEQUENCE);
    es_buf_put(&b, es_buf_slice(&info));
    if (!es_crypto_put_signature(&b, signer, hash, es_buf_slice(&info))) {
        return fail(d, "the key cannot sign the request");
    }
    if (recipe->break_signature && !b.overflow) {
        b.p[b.n - 1] ^= 1;
    }
    es_der_finish(&b, outer);
    if (info.overflow || b.overflow) {
        return es_fail(d, ES_LOC_NONE, ES_CODE_INTERNAL,
                       "the request would be larger than %d octets", REQUEST_MAX_BYTES);
    }
    *der = es_buf_slice(&b);
    return true;
}
