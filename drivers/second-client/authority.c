/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "authority.h"

#include "der.h"
#include "extension.h"
#include "oid.h"

#include <string.h>
#include <strings.h>

enum { DNS_NAME = 0x82, IP_ADDRESS = 0x87 };

static bool is_host(const struct es_tlv *name, const struct es_uri *uri)
{
    if (uri->ip_len > 0) {
        return name->tag == IP_ADDRESS &&
               es_bytes_equal(name->value, (struct es_bytes){uri->ip, uri->ip_len});
    }
    size_t n = strlen(uri->host);
    n -= uri->host[n - 1] == '.'; /* of the root */
    return name->tag == DNS_NAME && name->value.n == n &&
           strncasecmp((const char *)name->value.p, uri->host, n) == 0;
}

static bool has_name(const mbedtls_x509_crt *cert, const struct es_uri *uri)
{
    struct es_tlv list, name;
    struct es_bytes names = es_extension_find(
        (struct es_bytes){cert->v3_ext.p, cert->v3_ext.len}, es_oid_subject_alt_name);
    if (!es_der_take(&names, ES_DER_SEQUENCE, &list)) {
        return false;
    }
    while (es_der_next(&list.value, &name)) {
        if (is_host(&name, uri)) {
            return true;
        }
    }
    return false;
}

/* Certificates without the extension suit every purpose, but that does not make a
   registration authority of anybody. */
static bool is_registration_authority(const mbedtls_x509_crt *cert)
{
    const mbedtls_x509_sequence *purpose = &cert->ext_key_usage;
    for (; purpose != NULL; purpose = purpose->next) {
        if (es_bytes_equal((struct es_bytes){purpose->buf.p, purpose->buf.len},
                           es_oid_cmc_ra)) {
            return true;
        }
    }
    return false;
}

int es_authority_verify(void *context, mbedtls_x509_crt *cert, int depth,
                        uint32_t *flags)
{
    const struct es_authority *a = context;
    if (depth > 0) {
        return 0;
    }
    /* What mbedTLS thinks about the name: it knows no addresses, and common names. */
    *flags &= ~(uint32_t)MBEDTLS_X509_BADCERT_CN_MISMATCH;
    if (!has_name(cert, a->uri) &&
        !(a->trust_is_explicit && is_registration_authority(cert))) {
        *flags |= MBEDTLS_X509_BADCERT_CN_MISMATCH;
    }
    return 0;
}
