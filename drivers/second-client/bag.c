/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bag.h"

#include "coap.h"
#include "der.h"
#include "oid.h"

static const char *take_certificates(struct es_bytes in, mbedtls_x509_crt *out)
{
    struct es_tlv cert;
    if (in.n == 0) {
        return "the bag has no certificate";
    }
    while (es_der_next(&in, &cert)) {
        if (mbedtls_x509_crt_parse_der(out, cert.whole.p, cert.whole.n) != 0) {
            return "a certificate cannot be read";
        }
    }
    return NULL;
}

/* EncapsulatedContentInfo without content, of type id-data (RFC 5652, 5.2). */
static bool is_empty_content(struct es_bytes in)
{
    struct es_tlv type;
    return es_der_next(&in, &type) && es_der_oid_is(&type, es_oid_data) && in.n == 0;
}

/* CRLs may stand before the signers; there are none of these. */
static bool has_no_signer(struct es_bytes in)
{
    struct es_tlv e;
    bool ok = es_der_next(&in, &e);
    if (ok && e.tag == ES_DER_CONTEXT + 1) {
        ok = es_der_next(&in, &e);
    }
    return ok && e.tag == ES_DER_SET && e.value.n == 0 && in.n == 0;
}

static const char *read_signed_data(struct es_bytes in, mbedtls_x509_crt *out)
{
    struct es_tlv version, e, certificates;
    if (!es_der_take(&in, ES_DER_INTEGER, &version) || version.value.n != 1 ||
        version.value.p[0] != 1 || !es_der_take(&in, ES_DER_SET, &e)) {
        return "the SignedData is not of version 1";
    }
    if (!es_der_take(&in, ES_DER_SEQUENCE, &e) || !is_empty_content(e.value)) {
        return "the certs-only SignedData has content";
    }
    if (!es_der_take(&in, ES_DER_CONTEXT, &certificates)) {
        return "the SignedData has no certificates";
    }
    return has_no_signer(in) ? take_certificates(certificates.value, out)
                             : "the certs-only SignedData has a signer";
}

static const char *read_cms(struct es_bytes body, mbedtls_x509_crt *out)
{
    struct es_tlv info, type, content, data;
    bool ok =
        es_der_take(&body, ES_DER_SEQUENCE, &info) && es_der_next(&info.value, &type) &&
        es_der_oid_is(&type, es_oid_signed_data) &&
        es_der_take(&info.value, ES_DER_CONTEXT, &content) && info.value.n == 0 &&
        es_der_take(&content.value, ES_DER_SEQUENCE, &data) && content.value.n == 0;
    return ok ? read_signed_data(data.value, out) : "the answer is no CMS SignedData";
}

const char *es_bag_read(int64_t content_format, struct es_bytes body,
                        mbedtls_x509_crt *out)
{
    if (content_format != ES_FORMAT_CERTS && content_format != ES_FORMAT_CERT) {
        return "the answer has another Content-Format";
    }
    if (!es_der_is_sound(body)) {
        return "the answer is not DER";
    }
    return content_format == ES_FORMAT_CERTS ? read_cms(body, out)
                                             : take_certificates(body, out);
}
