/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/body_shape.h"
#include "ops/certificate.h"
#include "pki/key.h"
#include "scenario/compile.h"

static const struct es_pkcs8 *of(const void *record)
{
    return record;
}

static struct es_value get_der(const void *record, const struct es_shape_field *f,
                               struct es_arena *a)
{
    (void)f;
    return es_text_value(es_flaw_or(a, &of(record)->not_der, "strict"));
}

static struct es_value get_version(const void *record, const struct es_shape_field *f,
                                   struct es_arena *a)
{
    (void)f, (void)a;
    return es_value_number((int64_t)of(record)->version);
}

static struct es_value get_algorithm(const void *record, const struct es_shape_field *f,
                                     struct es_arena *a)
{
    (void)f, (void)a;
    return es_text_value(of(record)->text);
}

static struct es_value get_public(const void *record, const struct es_shape_field *f,
                                  struct es_arena *a)
{
    struct es_public_key computed;
    const struct es_pkcs8 *key = of(record);
    (void)f;
    if (!key->public_bits.n) {
        return ES_VALUE_NONE;
    }
    if (!es_pkcs8_public_key(a, key, &computed)) {
        return es_text_value("the private value cannot be used");
    }
    bool same = es_slice_eq(computed.bits, key->public_bits) ||
                /* A compressed point cannot be compared octet by octet. */
                (key->public_bits.p[0] & 0xfe) == 2;
    return es_text_value(same ? "consistent" : "not that of the private value");
}

static bool test_key(const void *record, const struct es_shape_field *f,
                     const struct es_value *argument, struct es_arena *a,
                     const char **got)
{
    struct es_public_key own;
    (void)f;
    *got = es_arena_printf(a, "a key that cannot be used: %s", of(record)->text);
    return es_pkcs8_public_key(a, of(record), &own) &&
           es_key_matches(a, &own, argument->bytes, got);
}

static bool test_other_key(const void *record, const struct es_shape_field *f,
                           const struct es_value *argument, struct es_arena *a,
                           const char **got)
{
    struct es_public_key own;
    (void)f;
    *got = es_arena_printf(a, "a key that cannot be used: %s", of(record)->text);
    return es_pkcs8_public_key(a, of(record), &own) &&
           es_key_differs(a, &own, argument->bytes, got);
}

static const struct es_shape_field shape_fields[] = {
    {.name = "der",
     .kind = ES_KIND_TEXT,
     .get = get_der,
     .doc = "strict, if every octet is DER"},
    {.name = "version",
     .kind = ES_KIND_NUMBER,
     .get = get_version,
     .doc = "0 is v1 (RFC 5208), 1 is v2 with the public key (RFC 5958)"},
    {.name = "algorithm",
     .kind = ES_KIND_TEXT,
     .get = get_algorithm,
     .doc = "EC secp256r1, RSA 2048 .."},
    {.name = "public-key",
     .kind = ES_KIND_TEXT,
     .get = get_public,
     .doc =
         "consistent, if the public key inside belongs to the private value; absent if "
         "there is none"},
    {.name = "key-matches",
     .kind = ES_KIND_BYTES,
     .test = test_key,
     .doc =
         "belongs to this certificate, certs-only bag (its first certificate), CSR or "
         "private key"},
    {.name = "key-differs",
     .kind = ES_KIND_BYTES,
     .test = test_other_key,
     .doc = "another key than that of this certificate, CSR, private key or multipart "
            "body of a generated key"},
};

static const struct es_shape shape = {
    .name = "pkcs8", .fields = shape_fields, .n = ES_COUNT(shape_fields)};

static bool decode(struct es_slice bytes, struct es_arena *a, const void **record,
                   const char **why)
{
    struct es_pkcs8 *key = ES_NEW(a, struct es_pkcs8);
    struct es_flaw flaw = ES_FLAW_NONE;
    *record = key;
    if (es_pkcs8_view(a, bytes, key, &flaw)) {
        return true;
    }
    *why = es_body_flaw_text(a, bytes, &flaw);
    return false;
}

struct args {
    struct es_operand key;     /* ABSENT: a new one */
    struct es_operand version; /* ABSENT: as the key is */
};

static const struct es_field arg_fields[] = {
    {"key", &es_type_bytes, NULL, offsetof(struct args, key), false,
     "the private key as PKCS#8; else a new P-256 key"},
    {"version", &es_type_number, NULL, offsetof(struct args, version), false,
     "1 puts the public key behind it (OneAsymmetricKey, RFC 5958); 0 leaves it out"},
};

static const struct es_fields arg_list = {arg_fields, ES_COUNT(arg_fields)};

static bool compile(struct es_compile *c, const struct es_node *value, void *args)
{
    struct args *x = args;
    if (value->kind == ES_NODE_SCALAR) {
        return es_operand_compile(c, value, ES_KIND_BYTES, &x->key);
    }
    return es_compile_fields(c, value, &arg_list, "pkcs8", args);
}

static bool eval_key(const struct args *x, struct es_scope *scope, struct es_arena *a,
                     struct es_slice *out, const char **why)
{
    struct es_value v;
    if (x->key.form != ES_OPERAND_ABSENT) {
        ES_TRY(es_operand_eval(&x->key, scope, a, &v, why));
        *out = v.bytes;
        return true;
    }
    *why = "no key could be made";
    return es_crypto_make_key(a, ES_KEY_P256, out);
}

/* The same key as OneAsymmetricKey of this version. */
static bool rewrite(const struct es_slice *der, uint64_t version, struct es_arena *a,
                    struct es_slice *out, const char **why)
{
    struct es_pkcs8 key;
    struct es_public_key own;
    struct es_flaw flaw = ES_FLAW_NONE;
    struct es_buf b;
    if (!es_pkcs8_view(a, *der, &key, &flaw)) {
        *why = flaw.text;
        return false;
    }
    *why = "the private value cannot be used";
    ES_TRY(es_pkcs8_public_key(a, &key, &own));
    es_buf_build(&b, a, der->n + own.bits.n + 32);
    size_t outer = es_der_begin(&b, ES_DER_SEQUENCE);
    es_der_put_uint(&b, version);
    es_buf_put(&b, key.algorithm);
    es_der_put(&b, ES_DER_OCTET_STRING, key.inner);
    if (version > 0) {
        size_t bits = es_der_begin(&b, ES_DER_CONTEXT + 1);
        es_buf_u8(&b, 0);
        es_buf_put(&b, own.bits);
        es_der_finish(&b, bits);
    }
    es_der_finish(&b, outer);
    *out = es_buf_slice(&b);
    return true;
}

static bool build(const void *args, struct es_scope *scope, struct es_arena *a,
                  struct es_slice *out, const char **why)
{
    const struct args *x = args;
    struct es_value version;
    struct es_slice key;
    ES_TRY(eval_key(x, scope, a, &key, why));
    *out = key;
    if (x->version.form == ES_OPERAND_ABSENT) {
        return true;
    }
    ES_TRY(es_operand_eval(&x->version, scope, a, &version, why));
    *why = "a version below 0";
    return version.number >= 0 && rewrite(&key, (uint64_t)version.number, a, out, why);
}

const struct es_matcher es_mat_pkcs8 = {
    .name = "pkcs8",
    .summary = "an unencrypted private key (PKCS#8, Content-Format 284)",
    .doc = "Matching, exactly one PrivateKeyInfo or OneAsymmetricKey, then the fields "
           "below. Building, the octets given, or {} for a new P-256 key.\n"
           "Example: 284: {pkcs8: {der: strict, key-matches: $csr}}\n"
           "         body: {pkcs8: {key: $key, version: 1}}",
    .form = ES_MATCHER_TREE,
    .shape = &shape,
    .decode = decode,
    .args_size = sizeof(struct args),
    .compile = compile,
    .build = build,
};
