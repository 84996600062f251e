/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/certificate.h"

#include "codec/body_shape.h"
#include "codec/cbor_multipart.h"
#include "codec/chain.h"
#include "codec/pkcs7.h"
#include "codec/pkcs8.h"

struct es_value es_text_value(const char *text)
{
    return text ? es_value_text(es_slice_of(text)) : ES_VALUE_NONE;
}

struct es_value es_san_list(const struct es_extensions *e, struct es_arena *a)
{
    struct es_list *list = ES_NEW(a, struct es_list);
    for (size_t i = 0; i < e->san_n; i++) {
        struct es_value v = es_text_value(e->san[i].text);
        ES_PUSH(a, list, v);
    }
    return e->has_san ? (struct es_value){.kind = ES_KIND_LIST, .list = list}
                      : ES_VALUE_NONE;
}

struct es_value es_eku_list(const struct es_extensions *e, struct es_arena *a)
{
    struct es_list *list = ES_NEW(a, struct es_list);
    for (size_t i = 0; i < e->eku_n; i++) {
        struct es_value v = es_text_value(es_oid_text(a, e->eku[i]));
        ES_PUSH(a, list, v);
    }
    return e->has_eku ? (struct es_value){.kind = ES_KIND_LIST, .list = list}
                      : ES_VALUE_NONE;
}

static void take_certificate(const struct es_x509 *cert, struct es_subject_view *out)
{
    *out = (struct es_subject_view){.key = cert->key,
                                    .has_name = true,
                                    .subject = cert->subject,
                                    .subject_text = cert->subject_text,
                                    .ext = cert->ext};
}

static bool view_request(struct es_arena *a, struct es_slice bytes,
                         struct es_subject_view *out)
{
    struct es_pkcs10 *csr = ES_NEW(a, struct es_pkcs10);
    struct es_flaw flaw = ES_FLAW_NONE;
    ES_TRY(es_pkcs10_view(a, bytes, csr, &flaw));
    *out = (struct es_subject_view){.key = csr->key,
                                    .has_name = true,
                                    .subject = csr->subject,
                                    .subject_text = csr->subject_text,
                                    .ext = csr->ext};
    return true;
}

static bool view_key(struct es_arena *a, struct es_slice bytes,
                     struct es_subject_view *out)
{
    struct es_pkcs8 key;
    struct es_flaw flaw = ES_FLAW_NONE;
    *out = (struct es_subject_view){0};
    return es_pkcs8_view(a, bytes, &key, &flaw) &&
           es_pkcs8_public_key(a, &key, &out->key);
}

/* The certificate itself, or the first of a bag. */
static bool view_certificate(struct es_arena *a, struct es_slice bytes,
                             struct es_subject_view *out)
{
    struct es_x509 *cert = ES_NEW(a, struct es_x509);
    struct es_pkcs7 p7;
    struct es_flaw flaw = ES_FLAW_NONE;
    bool ok = es_x509_view(a, bytes, cert, &flaw);
    if (!ok && es_pkcs7_view(a, bytes, &p7, &flaw) && p7.certs_n > 0) {
        ok = es_x509_view(a, p7.certs[0], cert, &flaw);
    }
    if (ok) {
        take_certificate(cert, out);
    }
    return ok;
}

/* Of a generated key and its certificate the key, if it is not encrypted. */
static bool view_generated(struct es_arena *a, struct es_slice bytes,
                           struct es_subject_view *out)
{
    static const uint16_t formats[] = {284, 281, 287};
    const struct es_multipart_part *part = NULL;
    struct es_multipart m;
    struct es_flaw flaw = ES_FLAW_NONE;
    ES_TRY(es_multipart_view(a, bytes, &m, &flaw));
    for (size_t i = 0; !part && i < ES_COUNT(formats); i++) {
        part = es_multipart_find(&m, formats[i]);
    }
    return part &&
           (view_key(a, part->body, out) || view_certificate(a, part->body, out));
}

bool es_subject_view(struct es_arena *a, struct es_slice bytes,
                     struct es_subject_view *out, const char **why)
{
    if (view_certificate(a, bytes, out) || view_request(a, bytes, out) ||
        view_key(a, bytes, out) || view_generated(a, bytes, out)) {
        return true;
    }
    *why = es_arena_printf(a, "what it is compared with is %s",
                           es_body_shape_name(es_body_shape_of(bytes)));
    return false;
}

bool es_key_matches(struct es_arena *a, const struct es_public_key *key,
                    struct es_slice other, const char **got)
{
    struct es_subject_view v;
    ES_TRY(es_subject_view(a, other, &v, got));
    *got = es_arena_printf(a, "another key (%s)", key->text);
    return es_public_key_is_equal(key, &v.key);
}

bool es_key_differs(struct es_arena *a, const struct es_public_key *key,
                    struct es_slice other, const char **got)
{
    struct es_subject_view v;
    ES_TRY(es_subject_view(a, other, &v, got));
    *got = "it is the same public key";
    return !es_public_key_is_equal(key, &v.key);
}

bool es_subject_matches(struct es_arena *a, struct es_slice subject, const char *text,
                        struct es_slice other, const char **got)
{
    struct es_subject_view v;
    ES_TRY(es_subject_view(a, other, &v, got));
    *got = es_arena_printf(a, "subject '%s', not '%s'", text,
                           v.has_name ? v.subject_text : "");
    return v.has_name && es_name_is_equal(a, subject, v.subject);
}

static bool contains(const struct es_extensions *x, const struct es_extensions *y)
{
    bool all = true;
    for (size_t i = 0; all && i < y->san_n; i++) {
        all = es_extensions_has_san(x, y->san[i].text);
    }
    return all;
}

bool es_san_is_equal(const struct es_extensions *x, const struct es_extensions *y)
{
    return contains(x, y) && contains(y, x);
}

bool es_san_matches(struct es_arena *a, const struct es_extensions *ext,
                    struct es_slice other, const char **got)
{
    struct es_subject_view v;
    ES_TRY(es_subject_view(a, other, &v, got));
    struct es_value mine = es_san_list(ext, a), theirs = es_san_list(&v.ext, a);
    *got = es_arena_printf(a, "%s, not %s", es_value_render(&mine, a),
                           es_value_render(&theirs, a));
    return es_san_is_equal(ext, &v.ext);
}

static const struct es_x509 *of(const void *record)
{
    return record;
}

enum text_field { SUBJECT, ISSUER, SERIAL, KEY, ALGORITHM, KEY_USAGE };

static struct es_value get_text(const void *record, const struct es_shape_field *f,
                                struct es_arena *a)
{
    const struct es_x509 *x = of(record);
    switch ((enum text_field)f->number) {
    case SUBJECT:
        return es_text_value(x->subject_text);
    case ISSUER:
        return es_text_value(x->issuer_text);
    case SERIAL:
        return es_text_value(x->serial_text);
    case KEY:
        return es_text_value(x->key.text);
    case ALGORITHM:
        return es_text_value(x->algorithm_text);
    case KEY_USAGE:
        return x->ext.has_key_usage
                   ? es_text_value(es_key_usage_text(a, x->ext.key_usage))
                   : ES_VALUE_NONE;
    }
    return ES_VALUE_NONE;
}

static struct es_value get_version(const void *record, const struct es_shape_field *f,
                                   struct es_arena *a)
{
    (void)f, (void)a;
    return es_value_number(of(record)->version);
}

static struct es_value get_ca(const void *record, const struct es_shape_field *f,
                              struct es_arena *a)
{
    (void)f, (void)a;
    return es_value_bool(of(record)->ext.ca);
}

static struct es_value get_san(const void *record, const struct es_shape_field *f,
                               struct es_arena *a)
{
    (void)f;
    return es_san_list(&of(record)->ext, a);
}

static struct es_value get_eku(const void *record, const struct es_shape_field *f,
                               struct es_arena *a)
{
    (void)f;
    return es_eku_list(&of(record)->ext, a);
}

static struct es_value get_der(const void *record, const struct es_shape_field *f,
                               struct es_arena *a)
{
    (void)f, (void)a;
    return es_value_bytes(of(record)->der);
}

/* conformant, or the first thing that RFC 5280 (4.1, 4.2) asks for otherwise. */
static const char *flaw_of_form(const struct es_x509 *x, struct es_arena *a)
{
    if (x->serial.n == 0 || x->serial.n > 20 || (x->serial.p[0] & 0x80)) {
        return es_arena_printf(a, "serial number %s is not positive or over 20 octets",
                               x->serial_text);
    }
    if (x->version != 3) {
        return es_arena_printf(a, "version %u, not 3", x->version);
    }
    if (x->ext.authority_key_id.n == 0 && !es_x509_is_self_issued(a, x)) {
        return "no authorityKeyIdentifier";
    }
    return NULL;
}

static struct es_value get_form(const void *record, const struct es_shape_field *f,
                                struct es_arena *a)
{
    (void)f;
    const char *flaw = flaw_of_form(of(record), a);
    return es_text_value(flaw ? flaw : "conformant");
}

static bool test_valid_at(const void *record, const struct es_shape_field *f,
                          const struct es_value *argument, struct es_arena *a,
                          const char **got)
{
    (void)f;
    const struct es_x509 *x = of(record);
    *got = es_arena_printf(a, "%s", es_x509_text(a, x));
    return argument->number >= x->not_before && argument->number <= x->not_after;
}

static bool test_key(const void *record, const struct es_shape_field *f,
                     const struct es_value *argument, struct es_arena *a,
                     const char **got)
{
    (void)f;
    return es_key_matches(a, &of(record)->key, argument->bytes, got);
}

static bool test_other_key(const void *record, const struct es_shape_field *f,
                           const struct es_value *argument, struct es_arena *a,
                           const char **got)
{
    (void)f;
    return es_key_differs(a, &of(record)->key, argument->bytes, got);
}

static bool test_subject(const void *record, const struct es_shape_field *f,
                         const struct es_value *argument, struct es_arena *a,
                         const char **got)
{
    (void)f;
    return es_subject_matches(a, of(record)->subject, of(record)->subject_text,
                              argument->bytes, got);
}

static bool test_san(const void *record, const struct es_shape_field *f,
                     const struct es_value *argument, struct es_arena *a,
                     const char **got)
{
    (void)f;
    return es_san_matches(a, &of(record)->ext, argument->bytes, got);
}

/* Signed by this certificate, and bearing its name as issuer. */
static bool test_issued_by(const void *record, const struct es_shape_field *f,
                           const struct es_value *argument, struct es_arena *a,
                           const char **got)
{
    (void)f;
    struct es_subject_view issuer;
    const char *why = "";
    ES_TRY(es_subject_view(a, argument->bytes, &issuer, got));
    if (!es_name_is_equal(a, of(record)->issuer, issuer.subject)) {
        *got = es_arena_printf(a, "issuer '%s'", of(record)->issuer_text);
        return false;
    }
    bool ok = es_x509_is_signed_by(a, of(record), &issuer.key, &why);
    *got = es_arena_printf(a, "signature: %s", why);
    return ok;
}

/* Inside the bag (the body of crts) a path leads from it to a self-signed root. */
static bool test_chains_over(const void *record, const struct es_shape_field *f,
                             const struct es_value *argument, struct es_arena *a,
                             const char **got)
{
    (void)f;
    struct es_pkcs7 p7;
    struct es_x509_bag bag = {0};
    struct es_flaw flaw = ES_FLAW_NONE;
    struct es_chain_verdict v;
    *got = "what it is to chain over is no bag of certificates";
    ES_TRY(es_pkcs7_view(a, argument->bytes, &p7, &flaw));
    for (size_t i = 0; i < p7.certs_n; i++) {
        ES_TRY(es_x509_bag_add(a, &bag, p7.certs[i], &flaw));
    }
    bool ok = es_chain_is_complete(a, of(record), &bag, &v);
    *got = v.text;
    return ok;
}

static const struct es_shape_field fields[] = {
    {.name = "subject",
     .kind = ES_KIND_TEXT,
     .get = get_text,
     .number = SUBJECT,
     .doc = "CN=..,O=.., in the order of the encoding"},
    {.name = "issuer",
     .kind = ES_KIND_TEXT,
     .get = get_text,
     .number = ISSUER,
     .doc = "CN=..,O=.."},
    {.name = "serial",
     .kind = ES_KIND_TEXT,
     .get = get_text,
     .number = SERIAL,
     .doc = "serial number in hex"},
    {.name = "key",
     .kind = ES_KIND_TEXT,
     .get = get_text,
     .number = KEY,
     .doc = "EC secp256r1, RSA 2048 .."},
    {.name = "algorithm",
     .kind = ES_KIND_TEXT,
     .get = get_text,
     .number = ALGORITHM,
     .doc = "of the signature"},
    {.name = "key-usage",
     .kind = ES_KIND_TEXT,
     .get = get_text,
     .number = KEY_USAGE,
     .doc = "digitalSignature, keyCertSign .."},
    {.name = "version", .kind = ES_KIND_NUMBER, .get = get_version, .doc = "1 to 3"},
    {.name = "ca", .kind = ES_KIND_BOOL, .get = get_ca, .doc = "of basicConstraints"},
    {.name = "san",
     .kind = ES_KIND_LIST,
     .get = get_san,
     .doc = "subject alternative names: dns:.., ip:.., hardware:OID:hex"},
    {.name = "eku",
     .kind = ES_KIND_LIST,
     .get = get_eku,
     .doc = "extended key usages by name or OID"},
    {.name = "der", .kind = ES_KIND_BYTES, .get = get_der, .doc = "the certificate"},
    {.name = "form",
     .kind = ES_KIND_TEXT,
     .get = get_form,
     .doc = "conformant, if serial number, version and key identifiers are as RFC 5280 "
            "has them"},
    {.name = "valid-at",
     .kind = ES_KIND_NUMBER,
     .test = test_valid_at,
     .doc = "this time lies in its validity; $now is the present"},
    {.name = "key-matches",
     .kind = ES_KIND_BYTES,
     .test = test_key,
     .doc = "the same public key as this CSR, certificate or private key"},
    {.name = "key-differs",
     .kind = ES_KIND_BYTES,
     .test = test_other_key,
     .doc = "another public key than that of this CSR, certificate or private key"},
    {.name = "subject-matches",
     .kind = ES_KIND_BYTES,
     .test = test_subject,
     .doc = "the same subject as this CSR or certificate (RFC 5280, 7.1)"},
    {.name = "san-matches",
     .kind = ES_KIND_BYTES,
     .test = test_san,
     .doc = "the same alternative names as this CSR or certificate, in any order"},
    {.name = "issued-by",
     .kind = ES_KIND_BYTES,
     .test = test_issued_by,
     .doc = "named and signed by this certificate"},
    {.name = "chains-over",
     .kind = ES_KIND_BYTES,
     .test = test_chains_over,
     .doc = "inside this certs-only bag a path leads to a self-signed root"},
};

const struct es_shape es_certificate_shape = {
    .name = "a certificate", .fields = fields, .n = ES_COUNT(fields)};
