/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/pkcs10.h"

#include "base/vector.h"
#include "codec/body_shape.h"

static bool read_extension_request(struct es_der *values, struct es_pkcs10 *out)
{
    if (out->has_extensions) {
        return es_der_flaw(values, values->base, "a second extensionRequest");
    }
    out->has_extensions = true;
    ES_TRY(es_extensions_read(values, &out->ext));
    return es_der_done(values, "extensionRequest");
}

static bool read_challenges(struct es_der *values, struct es_pkcs10 *out)
{
    struct es_der_item item;
    while (es_der_next(values, &item)) {
        if (out->challenges_n++ == 0) {
            out->challenge_tag = item.tag;
            out->challenge = item.value;
        }
    }
    return es_der_is_good(values);
}

/* Gives the values of the attribute their meaning and counts them. */
static bool read_values(struct es_der *set, struct es_attribute *attribute,
                        struct es_pkcs10 *out)
{
    struct es_der counted = *set;
    struct es_der_item item;
    while (es_der_next(&counted, &item)) {
        attribute->values_n++;
    }
    if (attribute->id == ES_OID_EXTENSION_REQUEST) {
        return read_extension_request(set, out);
    }
    if (attribute->id == ES_OID_CHALLENGE_PASSWORD) {
        return read_challenges(set, out);
    }
    return es_der_is_good(set);
}

static bool read_attributes(struct es_der *info, struct es_pkcs10 *out)
{
    struct {
        struct es_attribute *at;
        size_t n, room;
    } list = {0};
    struct es_der set;
    if (!es_der_has(info, ES_DER_CONTEXT_CONSTRUCTED)) {
        return es_der_is_good(info);
    }
    out->has_attributes_field = true;
    ES_TRY(es_der_enter(info, ES_DER_CONTEXT_CONSTRUCTED, "attributes", &set));
    while (!es_der_at_end(&set)) {
        struct es_der in, values;
        struct es_der_item item, oid;
        ES_TRY(es_der_read(&set, ES_DER_SEQUENCE, "an attribute", &item));
        ES_TRY(es_der_enter_item(&set, &item, &in));
        ES_TRY(es_der_read(&in, ES_DER_OID, "the type of an attribute", &oid));
        ES_TRY(es_der_enter(&in, ES_DER_SET, "the values of an attribute", &values));
        ES_TRY(es_der_done(&in, "an attribute"));
        struct es_attribute attribute = {.oid = oid.value,
                                         .id = es_oid_find(oid.value),
                                         .values = values.in,
                                         .offset = item.offset};
        ES_TRY(read_values(&values, &attribute, out));
        ES_PUSH(info->doc->arena, &list, attribute);
    }
    out->attributes = list.at;
    out->attributes_n = list.n;
    return es_der_is_good(&set);
}

static bool read_info(struct es_der *info, struct es_pkcs10 *out)
{
    struct es_arena *a = info->doc->arena;
    struct es_der_item item;
    struct es_flaw flaw = ES_FLAW_NONE;
    ES_TRY(es_der_read_uint(info, "version", &out->version));
    ES_TRY(es_der_read(info, ES_DER_SEQUENCE, "subject", &item));
    out->subject = item.raw;
    if (!info->doc->ber.text && !es_name_check(a, item.raw, &flaw)) {
        return es_der_flaw(info, item.offset + flaw.offset, "subject: %s", flaw.text);
    }
    out->subject_text = es_name_text(a, item.raw);
    ES_TRY(es_public_key_read(info, &out->key));
    ES_TRY(read_attributes(info, out));
    return es_der_done(info, "CertificationRequestInfo");
}

static bool read_request(struct es_der *root, struct es_pkcs10 *out)
{
    struct es_der request, info, algorithm;
    struct es_der_item item, oid;
    ES_TRY(es_der_enter(root, ES_DER_SEQUENCE, "the request", &request));
    ES_TRY(es_der_read(&request, ES_DER_SEQUENCE, "CertificationRequestInfo", &item));
    out->info = item.raw;
    ES_TRY(es_der_enter_item(&request, &item, &info));
    ES_TRY(read_info(&info, out));
    ES_TRY(es_der_read(&request, ES_DER_SEQUENCE, "signatureAlgorithm", &item));
    out->algorithm = item.raw;
    ES_TRY(es_der_enter_item(&request, &item, &algorithm));
    ES_TRY(es_der_read(&algorithm, ES_DER_OID, "signatureAlgorithm", &oid));
    out->algorithm_text = es_oid_text(root->doc->arena, oid.value);
    ES_TRY(es_der_read_bits(&request, "signature", &out->signature));
    return es_der_done(&request, "the request");
}

static bool is_possible(enum es_body_shape shape)
{
    return shape == ES_BODY_PKCS10 || shape == ES_BODY_DER;
}

bool es_pkcs10_view(struct es_arena *a, struct es_slice body, struct es_pkcs10 *out,
                    struct es_flaw *flaw)
{
    *out = (struct es_pkcs10){.der = body};
    enum es_body_shape shape = es_body_shape_of(body);
    if (!is_possible(shape)) {
        return es_flaw_set(flaw, a, 0, "the body is %s, not a PKCS#10 request",
                           es_body_shape_name(shape));
    }
    struct es_der_document doc;
    struct es_der root;
    es_der_open(&doc, a, body, true, &root);
    if (!read_request(&root, out)) {
        return es_flaw_set(flaw, a, doc.flaw.offset, "%s", doc.flaw.text);
    }
    out->trailing = es_slice_from(body, root.at);
    out->der = es_slice_sub(body, 0, root.at);
    es_der_check(a, out->der, &out->not_der);
    out->signature_valid = es_crypto_verify(a, &out->key, out->algorithm, out->info,
                                            out->signature, &out->signature_text);
    return true;
}

const struct es_attribute *es_pkcs10_find(const struct es_pkcs10 *csr, enum es_oid id)
{
    for (size_t i = 0; i < csr->attributes_n; i++) {
        if (csr->attributes[i].id == id) {
            return &csr->attributes[i];
        }
    }
    return NULL;
}
