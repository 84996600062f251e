/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/pkcs7.h"

#include "base/diag.h"
#include "base/vector.h"
#include "codec/body_shape.h"
#include "codec/oid.h"

/* Counts the elements that are left in r. */
static size_t count_elements(struct es_der *r)
{
    struct es_der_item item;
    size_t n = 0;
    while (es_der_next(r, &item)) {
        n++;
    }
    return n;
}

static bool read_content_info(struct es_der *in, struct es_pkcs7 *out)
{
    struct es_der content;
    struct es_der_item item;
    ES_TRY(es_der_enter(in, ES_DER_SEQUENCE, "encapContentInfo", &content));
    ES_TRY(es_der_read(&content, ES_DER_OID, "eContentType", &item));
    out->content_type = item.value;
    out->content_type_text = es_oid_text(in->doc->arena, item.value);
    if (es_der_has(&content, ES_DER_CONTEXT_CONSTRUCTED)) {
        out->has_content = true;
        ES_TRY(es_der_next(&content, &item));
    }
    return es_der_done(&content, "encapContentInfo");
}

static bool read_certificates(struct es_der *in, struct es_pkcs7 *out)
{
    struct {
        struct es_slice *at;
        size_t n, room;
    } list = {0};
    struct es_der set;
    struct es_der_item item;
    if (!es_der_has(in, ES_DER_CONTEXT_CONSTRUCTED)) {
        return es_der_is_good(in);
    }
    out->has_certs_field = true;
    ES_TRY(es_der_enter(in, ES_DER_CONTEXT_CONSTRUCTED, "certificates", &set));
    while (es_der_next(&set, &item)) {
        ES_PUSH(in->doc->arena, &list, item.raw);
    }
    out->certs = list.at;
    out->certs_n = list.n;
    return es_der_is_good(in);
}

static bool read_signed_data(struct es_der *in, struct es_pkcs7 *out)
{
    struct es_der set;
    ES_TRY(es_der_read_uint(in, "the version of SignedData", &out->version));
    ES_TRY(es_der_enter(in, ES_DER_SET, "digestAlgorithms", &set));
    out->digest_algorithms_n = count_elements(&set);
    ES_TRY(read_content_info(in, out));
    ES_TRY(read_certificates(in, out));
    if (es_der_has(in, ES_DER_CONTEXT_CONSTRUCTED + 1)) {
        out->has_crls_field = true;
        ES_TRY(es_der_enter(in, ES_DER_CONTEXT_CONSTRUCTED + 1, "crls", &set));
        out->crls_n = count_elements(&set);
    }
    ES_TRY(es_der_enter(in, ES_DER_SET, "signerInfos", &set));
    out->signers_n = count_elements(&set);
    return es_der_done(in, "SignedData");
}

static bool read_outer(struct es_der *root, struct es_pkcs7 *out)
{
    struct es_arena *a = root->doc->arena;
    struct es_der info, explicit, in;
    struct es_der_item item;
    ES_TRY(es_der_enter(root, ES_DER_SEQUENCE, "ContentInfo", &info));
    ES_TRY(es_der_read(&info, ES_DER_OID, "contentType", &item));
    if (es_oid_find(item.value) != ES_OID_SIGNED_DATA) {
        return es_der_flaw(&info, item.offset, "contentType is %s, not id-signedData",
                           es_oid_text(a, item.value));
    }
    ES_TRY(es_der_enter(&info, ES_DER_CONTEXT_CONSTRUCTED, "content", &explicit));
    ES_TRY(es_der_done(&info, "ContentInfo"));
    ES_TRY(es_der_enter(&explicit, ES_DER_SEQUENCE, "SignedData", &in));
    ES_TRY(read_signed_data(&in, out));
    return es_der_done(&explicit, "content");
}

bool es_pkcs7_view(struct es_arena *a, struct es_slice body, struct es_pkcs7 *out,
                   struct es_flaw *flaw)
{
    *out = (struct es_pkcs7){.der = body};
    enum es_body_shape shape = es_body_shape_of(body);
    if (shape != ES_BODY_CMS && shape != ES_BODY_DER) {
        return es_flaw_set(flaw, a, 0, "the body is %s, not CMS SignedData",
                           es_body_shape_name(shape));
    }
    struct es_der_document doc;
    struct es_der root;
    es_der_open(&doc, a, body, true, &root);
    if (!read_outer(&root, out)) {
        return es_flaw_set(flaw, a, doc.flaw.offset, "%s", doc.flaw.text);
    }
    out->trailing = es_slice_from(body, root.at);
    out->der = es_slice_sub(body, 0, root.at);
    es_der_check(a, out->der, &out->not_der);
    return true;
}

bool es_pkcs7_is_certs_only(struct es_arena *a, const struct es_pkcs7 *p7,
                            struct es_flaw *flaw)
{
    if (p7->not_der.text) {
        return es_flaw_set(flaw, a, p7->not_der.offset, "not DER: %s",
                           p7->not_der.text);
    }
    if (p7->trailing.n > 0) {
        return es_flaw_set(flaw, a, p7->der.n,
                           "%zu octets too many behind the SignedData", p7->trailing.n);
    }
    if (es_oid_find(p7->content_type) != ES_OID_DATA) {
        return es_flaw_set(flaw, a, 0, "eContentType is %s, not id-data",
                           p7->content_type_text);
    }
    if (p7->has_content) {
        return es_flaw_set(flaw, a, 0, "there is an eContent");
    }
    if (p7->signers_n > 0) {
        return es_flaw_set(flaw, a, 0, "there are %zu signerInfos", p7->signers_n);
    }
    if (p7->certs_n == 0) {
        return es_flaw_set(flaw, a, 0, "there is no certificate");
    }
    if (p7->version != 1) {
        return es_flaw_set(flaw, a, 0, "SignedData has version %llu, not 1",
                           (unsigned long long)p7->version);
    }
    return true;
}

struct es_slice es_pkcs7_build(struct es_arena *a, const struct es_slice *certs,
                               size_t n)
{
    size_t total = 128;
    for (size_t i = 0; i < n; i++) {
        total += certs[i].n;
    }
    struct es_buf b;
    es_buf_build(&b, a, total);
    size_t info = es_der_begin(&b, ES_DER_SEQUENCE);
    es_der_put_oid(&b, es_oid_dotted(ES_OID_SIGNED_DATA));
    size_t explicit = es_der_begin(&b, ES_DER_CONTEXT_CONSTRUCTED);
    size_t data = es_der_begin(&b, ES_DER_SEQUENCE);
    es_der_put_uint(&b, 1);
    es_der_put(&b, ES_DER_SET, ES_SLICE_NONE);
    size_t content = es_der_begin(&b, ES_DER_SEQUENCE);
    es_der_put_oid(&b, es_oid_dotted(ES_OID_DATA));
    es_der_finish(&b, content);
    size_t set = es_der_begin(&b, ES_DER_CONTEXT_CONSTRUCTED);
    for (size_t i = 0; i < n; i++) {
        es_buf_put(&b, certs[i]);
    }
    es_der_finish(&b, set);
    es_der_put(&b, ES_DER_SET, ES_SLICE_NONE);
    es_der_finish(&b, data);
    es_der_finish(&b, explicit);
    es_der_finish(&b, info);
    return es_buf_slice(&b);
}
