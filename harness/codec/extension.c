/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/extension.h"

#include "base/diag.h"
#include "base/vector.h"
#include "codec/san.h"

#include <string.h>
#include <strings.h>

static bool read_basic_constraints(struct es_der *value, struct es_extensions *out)
{
    struct es_der in;
    ES_TRY(es_der_enter(value, ES_DER_SEQUENCE, "basicConstraints", &in));
    out->has_basic_constraints = true;
    if (es_der_has(&in, ES_DER_BOOLEAN)) {
        ES_TRY(es_der_read_bool(&in, "cA", &out->ca));
    }
    if (es_der_has(&in, ES_DER_INTEGER)) {
        out->has_path_len = true;
        ES_TRY(es_der_read_uint(&in, "pathLenConstraint", &out->path_len));
    }
    return es_der_done(&in, "basicConstraints");
}

static bool read_key_usage(struct es_der *value, struct es_extensions *out)
{
    struct es_der_item bits;
    ES_TRY(es_der_read(value, ES_DER_BIT_STRING, "keyUsage", &bits));
    if (bits.value.n == 0 || bits.value.n > 3) {
        return es_der_flaw(value, bits.offset, "keyUsage is a malformed BIT STRING");
    }
    out->has_key_usage = true;
    for (size_t i = 8; i < bits.value.n * 8 && i < 17; i++) {
        if (bits.value.p[i / 8] & 0x80 >> i % 8) {
            out->key_usage |= 1U << (i - 8);
        }
    }
    return true;
}

static bool read_eku(struct es_der *value, struct es_extensions *out)
{
    struct {
        struct es_slice *at;
        size_t n, room;
    } list = {0};
    struct es_der in;
    struct es_der_item oid;
    ES_TRY(es_der_enter(value, ES_DER_SEQUENCE, "extKeyUsage", &in));
    while (!es_der_at_end(&in)) {
        ES_TRY(es_der_read(&in, ES_DER_OID, "a key purpose", &oid));
        ES_PUSH(in.doc->arena, &list, oid.value);
    }
    out->has_eku = true;
    out->eku = list.at;
    out->eku_n = list.n;
    return es_der_is_good(&in);
}

static bool read_san(struct es_der *value, struct es_extensions *out)
{
    struct {
        struct es_san *at;
        size_t n, room;
    } list = {0};
    struct es_der in;
    struct es_san san;
    ES_TRY(es_der_enter(value, ES_DER_SEQUENCE, "subjectAltName", &in));
    while (!es_der_at_end(&in)) {
        ES_TRY(es_san_read(&in, &san));
        ES_PUSH(in.doc->arena, &list, san);
    }
    out->has_san = true;
    out->san = list.at;
    out->san_n = list.n;
    return es_der_is_good(&in);
}

static bool read_subject_key_id(struct es_der *value, struct es_extensions *out)
{
    struct es_der_item id;
    ES_TRY(es_der_read(value, ES_DER_OCTET_STRING, "subjectKeyIdentifier", &id));
    out->subject_key_id = id.value;
    return true;
}

static bool read_authority_key_id(struct es_der *value, struct es_extensions *out)
{
    struct es_der in;
    struct es_der_item id;
    ES_TRY(es_der_enter(value, ES_DER_SEQUENCE, "authorityKeyIdentifier", &in));
    while (es_der_next(&in, &id)) {
        if (id.tag == ES_DER_CONTEXT) {
            out->authority_key_id = id.value;
        }
    }
    return es_der_is_good(&in);
}

static const struct meaning {
    enum es_oid id;
    bool (*read)(struct es_der *value, struct es_extensions *out);
} meanings[] = {
    {ES_OID_BASIC_CONSTRAINTS, read_basic_constraints},
    {ES_OID_KEY_USAGE, read_key_usage},
    {ES_OID_EXT_KEY_USAGE, read_eku},
    {ES_OID_SUBJECT_ALT_NAME, read_san},
    {ES_OID_SUBJECT_KEY_ID, read_subject_key_id},
    {ES_OID_AUTHORITY_KEY_ID, read_authority_key_id},
};

static const struct meaning *meaning_of(enum es_oid id)
{
    for (size_t i = 0; i < ES_COUNT(meanings); i++) {
        if (meanings[i].id == id) {
            return &meanings[i];
        }
    }
    return NULL;
}

static bool read_one(struct es_der *list, struct es_extension *x, struct es_der *value)
{
    struct es_der_item item, oid, octets;
    struct es_der in;
    ES_TRY(es_der_read(list, ES_DER_SEQUENCE, "an extension", &item));
    ES_TRY(es_der_enter_item(list, &item, &in));
    ES_TRY(es_der_read(&in, ES_DER_OID, "extnID", &oid));
    *x = (struct es_extension){
        .oid = oid.value, .id = es_oid_find(oid.value), .offset = item.offset};
    if (es_der_has(&in, ES_DER_BOOLEAN)) {
        ES_TRY(es_der_read_bool(&in, "critical", &x->critical));
    }
    ES_TRY(es_der_read(&in, ES_DER_OCTET_STRING, "extnValue", &octets));
    x->value = octets.value;
    ES_TRY(es_der_done(&in, "an extension"));
    return es_der_enter_item(&in, &octets, value);
}

static bool read_meaning(struct es_der *value, enum es_oid id,
                         struct es_extensions *out)
{
    const struct meaning *m = meaning_of(id);
    return !m || (m->read(value, out) && es_der_done(value, es_oid_name(id)));
}

static bool is_repeated(const struct es_extension *list, size_t n, struct es_slice oid)
{
    for (size_t i = 0; i < n; i++) {
        if (es_slice_eq(list[i].oid, oid)) {
            return true;
        }
    }
    return false;
}

bool es_extensions_read(struct es_der *r, struct es_extensions *out)
{
    struct {
        struct es_extension *at;
        size_t n, room;
    } list = {0};
    struct es_der in, value;
    *out = (struct es_extensions){0};
    ES_TRY(es_der_enter(r, ES_DER_SEQUENCE, "the extensions", &in));
    while (!es_der_at_end(&in)) {
        struct es_extension x;
        ES_TRY(read_one(&in, &x, &value));
        if (is_repeated(list.at, list.n, x.oid)) {
            return es_der_flaw(&in, x.offset, "the extension %s stands there twice",
                               es_oid_text(r->doc->arena, x.oid));
        }
        ES_PUSH(r->doc->arena, &list, x);
        ES_TRY(read_meaning(&value, x.id, out));
    }
    out->list = list.at;
    out->n = list.n;
    for (size_t i = 0; i < list.n && !out->unknown_critical; i++) {
        if (list.at[i].critical && !meaning_of(list.at[i].id)) {
            out->unknown_critical = &list.at[i];
        }
    }
    return es_der_is_good(&in);
}

const struct es_extension *es_extensions_find(const struct es_extensions *e,
                                              enum es_oid id)
{
    for (size_t i = 0; i < e->n; i++) {
        if (e->list[i].id == id) {
            return &e->list[i];
        }
    }
    return NULL;
}

bool es_extensions_has_eku(const struct es_extensions *e, enum es_oid usage)
{
    for (size_t i = 0; i < e->eku_n; i++) {
        if (es_oid_find(e->eku[i]) == usage) {
            return true;
        }
    }
    return false;
}

bool es_extensions_has_san(const struct es_extensions *e, const char *text)
{
    for (size_t i = 0; i < e->san_n; i++) {
        bool folded = e->san[i].kind == ES_SAN_DNS;
        if (folded ? strcasecmp(e->san[i].text, text) == 0
                   : strcmp(e->san[i].text, text) == 0) {
            return true;
        }
    }
    return false;
}

static const char *const key_usage_names[] = {
    "digitalSignature", "nonRepudiation", "keyEncipherment",
    "dataEncipherment", "keyAgreement",   "keyCertSign",
    "cRLSign",          "encipherOnly",   "decipherOnly",
};

const char *es_key_usage_text(struct es_arena *a, unsigned bits)
{
    struct es_buf b;
    es_buf_build(&b, a, 160);
    for (size_t i = 0; i < ES_COUNT(key_usage_names); i++) {
        if (bits & 1U << i) {
            es_buf_text(&b, b.n > 0 ? ", " : "");
            es_buf_text(&b, key_usage_names[i]);
        }
    }
    return es_buf_cstr(&b);
}

unsigned es_key_usage_find(struct es_slice name)
{
    for (size_t i = 0; i < ES_COUNT(key_usage_names); i++) {
        if (es_slice_is(name, key_usage_names[i])) {
            return 1U << i;
        }
    }
    return 0;
}
