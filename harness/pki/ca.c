/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pki/ca.h"

#include "base/vector.h"
#include "codec/pkcs8.h"

enum { CERT_MAX_BYTES = 16384, EXTENSIONS_MAX_BYTES = 12288, SERIAL_BYTES = 8 };

/* What issuing needs beside the recipe. */
struct job {
    struct es_arena *arena;
    const struct es_ca_recipe *recipe;
    struct es_slice subject, issuer; /* Names */
    struct es_public_key key;
    struct es_slice issuer_key_id;
    enum es_key_kind signer;
    enum es_hash hash;
    struct es_diag *d;
};

static bool name_of(struct job *job, const char *text, struct es_slice *name)
{
    size_t bad = 0;
    if (!es_name_build(job->arena, es_slice_of(text), name, &bad)) {
        return es_fail(job->d, ES_LOC_NONE, ES_CODE_INPUT,
                       "malformed name `%s` at character %zu", text, bad + 1);
    }
    return true;
}

/* Name and key identifier of the issuer: of its certificate, or of the subject
 * itself. */
static bool prepare_issuer(struct job *job)
{
    const struct es_ca_recipe *r = job->recipe;
    struct es_pkcs8 signer;
    struct es_public_key pub;
    struct es_x509 cert;
    struct es_flaw flaw = ES_FLAW_NONE;
    if (!es_pkcs8_view(job->arena, r->issuer_key, &signer, &flaw)) {
        return es_fail(job->d, ES_LOC_NONE, ES_CODE_INPUT,
                       "cannot use the key of the issuer: %s", flaw.text);
    }
    job->signer = signer.kind;
    job->hash = r->has_hash                  ? r->hash
                : signer.kind == ES_KEY_P384 ? ES_HASH_SHA384
                                             : ES_HASH_SHA256;
    if (r->issuer_cert.n > 0) {
        if (!es_x509_view(job->arena, r->issuer_cert, &cert, &flaw)) {
            return es_fail(job->d, ES_LOC_NONE, ES_CODE_INPUT,
                           "cannot use the certificate of the issuer: %s", flaw.text);
        }
        job->issuer = cert.subject;
        job->issuer_key_id = cert.ext.subject_key_id.n > 0
                                 ? cert.ext.subject_key_id
                                 : es_public_key_id(job->arena, &cert.key);
        return true;
    }
    job->issuer = job->subject;
    if (es_pkcs8_public_key(job->arena, &signer, &pub)) {
        job->issuer_key_id = es_public_key_id(job->arena, &pub);
    }
    return r->issuer_subject ? name_of(job, r->issuer_subject, &job->issuer) : true;
}

static bool prepare(struct job *job)
{
    const struct es_ca_recipe *r = job->recipe;
    struct es_flaw flaw = ES_FLAW_NONE;
    job->subject = r->subject_der;
    if (r->subject_der.n == 0) {
        ES_TRY(name_of(job, r->subject ? r->subject : "", &job->subject));
    }
    if (!es_public_key_view(job->arena, r->spki, &job->key, &flaw)) {
        return es_fail(job->d, ES_LOC_NONE, ES_CODE_INPUT,
                       "cannot certify this public key: %s", flaw.text);
    }
    return prepare_issuer(job);
}

static bool put_names_and_usages(struct job *job, struct es_buf *b)
{
    const struct es_ca_recipe *r = job->recipe;
    size_t bad = 0;
    if (r->key_usage) {
        es_extension_put_key_usage(b, r->key_usage);
    }
    if (r->eku_n > 0 && !es_extension_put_eku(b, job->arena, r->eku, r->eku_n)) {
        return es_fail(job->d, ES_LOC_NONE, ES_CODE_INPUT,
                       "an extended key usage is no name or OID");
    }
    /* An empty Name in DER is two octets. */
    bool empty = job->subject.n <= 2;
    if (r->san_n > 0 &&
        !es_extension_put_san(b, job->arena, r->san, r->san_n, empty, &bad)) {
        return es_fail(job->d, ES_LOC_NONE, ES_CODE_INPUT,
                       "malformed subject alternative name `%s`",
                       bad < r->san_n ? r->san[bad] : "?");
    }
    return true;
}

static bool put_extensions(struct job *job, struct es_buf *b)
{
    const struct es_ca_recipe *r = job->recipe;
    if (!r->without_key_ids) {
        es_extension_put_subject_key_id(b, es_public_key_id(job->arena, &job->key));
        es_extension_put_authority_key_id(b, job->issuer_key_id);
    }
    if (r->ca || r->with_basic_constraints) {
        es_extension_put_basic_constraints(b, r->ca, r->path_len);
    }
    ES_TRY(put_names_and_usages(job, b));
    for (size_t i = 0; i < r->extensions_n; i++) {
        es_extension_put_raw(b, &r->extensions[i]);
    }
    return true;
}

static struct es_slice serial_of(struct job *job)
{
    if (job->recipe->serial.n > 0) {
        return job->recipe->serial;
    }
    uint8_t octets[SERIAL_BYTES];
    es_crypto_random(octets, sizeof octets);
    octets[0] =
        (uint8_t)((octets[0] & 0x7f) | 0x40); /* positive, always eight octets */
    return es_arena_dup(job->arena, es_slice_make(octets, sizeof octets));
}

static bool put_tbs(struct job *job, struct es_buf *b)
{
    const struct es_ca_recipe *r = job->recipe;
    struct es_buf extensions;
    es_buf_build(&extensions, job->arena, EXTENSIONS_MAX_BYTES);
    ES_TRY(put_extensions(job, &extensions));
    size_t tbs = es_der_begin(b, ES_DER_SEQUENCE);
    bool v3 = extensions.n > 0;
    if (v3) {
        size_t version = es_der_begin(b, ES_DER_CONTEXT_CONSTRUCTED);
        es_der_put_uint(b, 2);
        es_der_finish(b, version);
    }
    es_der_put_integer(b, serial_of(job));
    es_crypto_put_algorithm(b, job->signer, job->hash);
    es_buf_put(b, job->issuer);
    size_t validity = es_der_begin(b, ES_DER_SEQUENCE);
    es_der_put_time(b, r->not_before);
    es_der_put_time(b, r->not_after);
    es_der_finish(b, validity);
    es_buf_put(b, job->subject);
    es_buf_put(b, job->key.spki);
    if (v3) {
        size_t outer = es_der_begin(b, ES_DER_CONTEXT_CONSTRUCTED + 3);
        es_der_put(b, ES_DER_SEQUENCE, es_buf_slice(&extensions));
        es_der_finish(b, outer);
    }
    es_der_finish(b, tbs);
    b->overflow |= extensions.overflow;
    return true;
}

bool es_ca_issue(struct es_arena *a, const struct es_ca_recipe *recipe,
                 struct es_slice *cert, struct es_diag *d)
{
    struct job job = {.arena = a, .recipe = recipe, .d = d};
    struct es_buf tbs, b;
    es_buf_build(&tbs, a, CERT_MAX_BYTES);
    es_buf_build(&b, a, CERT_MAX_BYTES + 1200);
    ES_TRY(prepare(&job));
    ES_TRY(put_tbs(&job, &tbs));
    size_t outer = es_der_begin(&b, ES_DER_SEQUENCE);
    es_buf_put(&b, es_buf_slice(&tbs));
    if (!es_crypto_put_signature(&b, recipe->issuer_key, job.hash,
                                 es_buf_slice(&tbs))) {
        return es_fail(d, ES_LOC_NONE, ES_CODE_INPUT,
                       "the key of the issuer cannot sign");
    }
    if (recipe->break_signature) {
        b.p[b.n - 1] ^= 1;
    }
    es_der_finish(&b, outer);
    if (tbs.overflow || b.overflow) {
        return es_fail(d, ES_LOC_NONE, ES_CODE_INTERNAL,
                       "the certificate would be larger than %d octets",
                       CERT_MAX_BYTES);
    }
    *cert = es_buf_slice(&b);
    return true;
}

static bool is_adopted(enum es_oid id)
{
    return id != ES_OID_BASIC_CONSTRAINTS && id != ES_OID_SUBJECT_KEY_ID &&
           id != ES_OID_AUTHORITY_KEY_ID;
}

void es_ca_recipe_adopt(struct es_arena *a, const struct es_pkcs10 *csr,
                        struct es_ca_recipe *recipe)
{
    struct {
        struct es_extension *at;
        size_t n, room;
    } list = {0};
    for (size_t i = 0; i < csr->ext.n; i++) {
        if (is_adopted(csr->ext.list[i].id)) {
            ES_PUSH(a, &list, csr->ext.list[i]);
        }
    }
    recipe->subject_der = csr->subject;
    recipe->spki = csr->key.spki;
    recipe->extensions = list.at;
    recipe->extensions_n = list.n;
}
