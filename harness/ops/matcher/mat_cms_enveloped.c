/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/body_shape.h"
#include "codec/cms.h"
#include "ops/certificate.h"
#include "pki/ca.h"
#include "pki/key.h"
#include "scenario/compile.h"

/* What is known so far: `opens-with` reads the body once more with the key. */
struct record {
    struct es_slice body;
    struct es_cms_key *cms;
};

static const struct es_cms_key *of(const void *record)
{
    return ((const struct record *)record)->cms;
}

static const struct es_cms_recipient *first_recipient(const void *record)
{
    const struct es_cms_enveloped *e = &of(record)->enveloped;
    return e->recipients.n ? &e->recipients.at[0] : NULL;
}

static struct es_value get_der(const void *record, const struct es_shape_field *f,
                               struct es_arena *a)
{
    const struct es_cms_key *cms = of(record);
    (void)f;
    if (cms->trailing.n) {
        return es_text_value(
            es_arena_printf(a, "%zu octets behind the ContentInfo", cms->trailing.n));
    }
    return es_text_value(es_flaw_or(a, &cms->not_der, "strict"));
}

static struct es_value get_form(const void *record, const struct es_shape_field *f,
                                struct es_arena *a)
{
    const char *flaw = "there is no EnvelopedData";
    (void)f;
    if (of(record)->has_enveloped) {
        flaw = es_cms_enveloped_flaw(a, &of(record)->enveloped);
    }
    return es_text_value(flaw ? flaw : "valid");
}

static struct es_value get_outermost(const void *record, const struct es_shape_field *f,
                                     struct es_arena *a)
{
    struct es_slice words = es_slice_of(of(record)->nesting);
    (void)f, (void)a;
    return es_value_text(es_slice_split(&words, ' '));
}

enum text { NESTING, KEY_ENCRYPTION, CONTENT_ENCRYPTION, SIGNATURE };

static struct es_value get_text(const void *record, const struct es_shape_field *f,
                                struct es_arena *a)
{
    const struct es_cms_key *cms = of(record);
    const struct es_cms_recipient *r = first_recipient(record);
    (void)a;
    switch ((enum text)f->number) {
    case NESTING:
        return es_text_value(cms->nesting);
    case KEY_ENCRYPTION:
        return es_text_value(r ? r->algorithm_text : NULL);
    case CONTENT_ENCRYPTION:
        return es_text_value(cms->has_enveloped ? cms->enveloped.algorithm_text : NULL);
    case SIGNATURE:
        return es_text_value(cms->has_signed ? cms->signed_data.signature_text : NULL);
    }
    return ES_VALUE_NONE;
}

static struct es_value get_recipients(const void *record,
                                      const struct es_shape_field *f,
                                      struct es_arena *a)
{
    const struct es_cms_enveloped *e = &of(record)->enveloped;
    struct es_list *list = ES_NEW(a, struct es_list);
    (void)f;
    for (size_t i = 0; i < e->recipients.n; i++) {
        struct es_value v =
            es_text_value(es_cms_recipient_name(e->recipients.at[i].kind));
        ES_PUSH(a, list, v);
    }
    return (struct es_value){.kind = ES_KIND_LIST, .list = list};
}

static struct es_value get_key_id(const void *record, const struct es_shape_field *f,
                                  struct es_arena *a)
{
    const struct es_cms_recipient *r = first_recipient(record);
    (void)f, (void)a;
    return r && r->key_id.n ? es_value_bytes(r->key_id) : ES_VALUE_NONE;
}

static struct es_value get_signer(const void *record, const struct es_shape_field *f,
                                  struct es_arena *a)
{
    const struct es_cms_signed *s = &of(record)->signed_data;
    (void)f, (void)a;
    return es_value_record(&es_certificate_shape, s->has_signer ? &s->signer : NULL);
}

static struct es_value get_private_key(const void *record,
                                       const struct es_shape_field *f,
                                       struct es_arena *a)
{
    (void)f, (void)a;
    return of(record)->pkcs8.n ? es_value_bytes(of(record)->pkcs8) : ES_VALUE_NONE;
}

static bool test_opens(const void *record, const struct es_shape_field *f,
                       const struct es_value *argument, struct es_arena *a,
                       const char **got)
{
    const struct record *r = record;
    struct es_flaw flaw = ES_FLAW_NONE;
    struct es_cms_secret secret = es_cms_secret_of(argument->bytes);
    (void)f;
    if (!es_cms_key_view(a, r->body, &secret, r->cms, &flaw)) {
        *got = flaw.text;
        return false;
    }
    *got = r->cms->has_enveloped ? r->cms->why : "it is not encrypted";
    return r->cms->opened && r->cms->pkcs8.n > 0;
}

static bool test_recipient(const void *record, const struct es_shape_field *f,
                           const struct es_value *argument, struct es_arena *a,
                           const char **got)
{
    const struct es_cms_enveloped *e = &of(record)->enveloped;
    (void)f;
    *got = "nobody";
    for (size_t i = 0; i < e->recipients.n; i++) {
        const struct es_cms_recipient *r = &e->recipients.at[i];
        struct es_value id =
            es_value_bytes(r->key_id.n ? r->key_id : r->issuer_and_serial);
        if (es_cms_recipient_has(a, r, argument->bytes)) {
            return true;
        }
        *got = es_arena_printf(a, "a recipient called %s", es_value_render(&id, a));
    }
    return false;
}

static const struct es_shape_field shape_fields[] = {
    {.name = "opens-with",
     .kind = ES_KIND_BYTES,
     .test = test_opens,
     .doc =
         "a key-encryption key (16, 24 or 32 octets) or a PKCS#8 key that opens it; put "
         "it first: nesting, signature, signer and private-key read what it opened"},
    {.name = "der",
     .kind = ES_KIND_TEXT,
     .get = get_der,
     .doc = "strict, if every octet is DER and nothing follows"},
    {.name = "form",
     .kind = ES_KIND_TEXT,
     .get = get_form,
     .doc = "valid, if versions are those of RFC 5652 and there is a recipient"},
    {.name = "outermost",
     .kind = ES_KIND_TEXT,
     .get = get_outermost,
     .doc = "enveloped (RFC 7030, 4.4.2) or signed (a reading of RFC 9148, 4.8)"},
    {.name = "nesting",
     .kind = ES_KIND_TEXT,
     .get = get_text,
     .number = NESTING,
     .doc = "layers from the outside: enveloped signed key-package"},
    {.name = "recipients",
     .kind = ES_KIND_LIST,
     .get = get_recipients,
     .doc = "kek, key-transport, key-agreement, other"},
    {.name = "recipient-is",
     .kind = ES_KIND_BYTES,
     .test = test_recipient,
     .doc = "one recipient is called as encrypt-for calls this key-encryption key or "
            "certificate, or by its issuer and serial number"},
    {.name = "key-id",
     .kind = ES_KIND_BYTES,
     .get = get_key_id,
     .doc = "identifier of the first recipient's key"},
    {.name = "key-encryption",
     .kind = ES_KIND_TEXT,
     .get = get_text,
     .number = KEY_ENCRYPTION,
     .doc = "algorithms of the first recipient: aes128-wrap .."},
    {.name = "content-encryption",
     .kind = ES_KIND_TEXT,
     .get = get_text,
     .number = CONTENT_ENCRYPTION,
     .doc = "aes128-CBC .."},
    {.name = "signature",
     .kind = ES_KIND_TEXT,
     .get = get_text,
     .number = SIGNATURE,
     .doc = "valid, if an enclosed certificate verifies it; absent without SignedData"},
    {.name = "signer",
     .kind = ES_KIND_RECORD,
     .sub = &es_certificate_shape,
     .get = get_signer,
     .doc = "the certificate of the signer"},
    {.name = "private-key",
     .kind = ES_KIND_BYTES,
     .get = get_private_key,
     .doc = "the key inside, as PKCS#8"},
};

static const struct es_shape shape = {
    .name = "cms-enveloped", .fields = shape_fields, .n = ES_COUNT(shape_fields)};

static bool decode(struct es_slice bytes, struct es_arena *a, const void **record,
                   const char **why)
{
    struct record *r = ES_NEW(a, struct record);
    struct es_flaw flaw = ES_FLAW_NONE;
    r->body = bytes;
    r->cms = ES_NEW(a, struct es_cms_key);
    *record = r;
    if (es_cms_key_view(a, bytes, NULL, r->cms, &flaw) &&
        (r->cms->has_enveloped || r->cms->has_signed)) {
        return true;
    }
    es_flaw_set(&flaw, a, 0, "%s", r->cms->why);
    *why = es_body_flaw_text(a, bytes, &flaw);
    return false;
}

struct args {
    struct es_operand key, kek, kek_id, recipient, signer_key, signer_cert;
    bool is_unsigned, signed_outside;
};

static const struct es_field arg_fields[] = {
    {"key", &es_type_bytes, NULL, offsetof(struct args, key), false,
     "the private key to carry, as PKCS#8; else a new P-256 key"},
    {"kek", &es_type_bytes, NULL, offsetof(struct args, kek), false,
     "key-encryption key of 16, 24 or 32 octets"},
    {"kek-id", &es_type_bytes, NULL, offsetof(struct args, kek_id), false,
     "its identifier, as DecryptKeyIdentifier names it"},
    {"recipient", &es_type_bytes, NULL, offsetof(struct args, recipient), false,
     "or the certificate of the recipient: ECDH or RSA by its key"},
    {"signer-key", &es_type_bytes, NULL, offsetof(struct args, signer_key), false,
     "PKCS#8 of the signer; else a new key with a certificate of its own"},
    {"signer-cert", &es_type_bytes, NULL, offsetof(struct args, signer_cert), false,
     "certificate of the signer, with signer-key"},
    {"unsigned", &es_type_flag, NULL, offsetof(struct args, is_unsigned), false,
     "yes leaves SignedData out"},
    {"signed-outside", &es_type_flag, NULL, offsetof(struct args, signed_outside),
     false, "yes puts EnvelopedData into SignedData"},
};

static const struct es_fields arg_list = {arg_fields, ES_COUNT(arg_fields)};

static bool compile(struct es_compile *c, const struct es_node *value, void *args)
{
    const struct args *x = args;
    ES_TRY(es_compile_fields(c, value, &arg_list, "cms-enveloped", args));
    bool kek = x->kek.form != ES_OPERAND_ABSENT;
    bool recipient = x->recipient.form != ES_OPERAND_ABSENT;
    if (kek == recipient) {
        return es_compile_fail(c, value->loc,
                               "'cms-enveloped' is built for a 'kek' or a 'recipient'");
    }
    return true;
}

static bool eval(const struct es_operand *o, struct es_scope *scope, struct es_arena *a,
                 struct es_slice *out, const char **why)
{
    struct es_value v;
    if (o->form == ES_OPERAND_ABSENT) {
        return true;
    }
    ES_TRY(es_operand_eval(o, scope, a, &v, why));
    *out = v.bytes;
    return true;
}

/* A signer whom nobody knows: the signature verifies with the certificate enclosed. */
static bool make_signer(struct es_arena *a, struct es_cms_recipe *r, const char **why)
{
    struct es_diag *d = es_diag_new();
    bool ok = es_key_generate(a, ES_KEY_P256, &r->signer_key, d);
    if (ok) {
        struct es_ca_recipe cert = {.subject = "CN=key generation",
                                    .spki = es_key_spki(a, r->signer_key),
                                    .issuer_key = r->signer_key,
                                    .not_before = es_der_unix_of(2020, 1, 1, 0, 0, 0),
                                    .not_after = es_der_unix_of(2049, 12, 31, 0, 0, 0)};
        ok = es_ca_issue(a, &cert, &r->signer_cert, d);
    }
    *why = d->count ? es_arena_printf(a, "%s", d->notes[0].msg) : "no signer";
    es_diag_free(d);
    return ok;
}

static bool build(const void *args, struct es_scope *scope, struct es_arena *a,
                  struct es_slice *out, const char **why)
{
    const struct args *x = args;
    struct es_cms_recipe r = {.signed_outside = x->signed_outside};
    ES_TRY(eval(&x->key, scope, a, &r.pkcs8, why) &&
           eval(&x->kek, scope, a, &r.kek, why) &&
           eval(&x->kek_id, scope, a, &r.kek_id, why) &&
           eval(&x->recipient, scope, a, &r.recipient, why) &&
           eval(&x->signer_key, scope, a, &r.signer_key, why) &&
           eval(&x->signer_cert, scope, a, &r.signer_cert, why));
    *why = "no key could be made";
    ES_TRY(r.pkcs8.n > 0 || es_crypto_make_key(a, ES_KEY_P256, &r.pkcs8));
    bool made = r.signer_key.n == 0 && !x->is_unsigned;
    ES_TRY(!made || make_signer(a, &r, why));
    return es_cms_key_build(a, &r, out, why);
}

const struct es_matcher es_mat_cms_enveloped = {
    .name = "cms-enveloped",
    .summary = "a private key in CMS, signed and encrypted (Content-Format 280)",
    .doc =
        "Both orders of SignedData and EnvelopedData are read; `outermost` tells which it "
        "was. Building, a new P-256 key, signed by a new signer, for `kek` or "
        "`recipient`.\n"
        "Example: 280: {cms-enveloped: {opens-with: $kek, signature: valid, private-key: "
        "{pkcs8: {}}}}\n"
        "         280: {cms-enveloped: {key: $issued.pkcs8, kek: $kek, kek-id: h'01'}}",
    .form = ES_MATCHER_TREE,
    .shape = &shape,
    .decode = decode,
    .args_size = sizeof(struct args),
    .compile = compile,
    .build = build,
};
