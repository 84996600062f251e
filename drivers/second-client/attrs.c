/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attrs.h"

#include "der.h"
#include "oid.h"

static void take_oid(const struct es_tlv *oid, struct es_attrs *out)
{
    if (es_der_oid_is(oid, es_oid_ecdsa_sha384)) {
        out->digest = MBEDTLS_MD_SHA384;
    } else if (es_der_oid_is(oid, es_oid_ecdsa_sha512)) {
        out->digest = MBEDTLS_MD_SHA512;
    }
}

/* Attribute ::= SEQUENCE { type OBJECT IDENTIFIER, values SET } */
static bool is_attribute(const struct es_tlv *e)
{
    struct es_bytes in = e->value;
    struct es_tlv part;
    return e->tag == ES_DER_SEQUENCE && es_der_take(&in, ES_DER_OID, &part) &&
           es_der_take(&in, ES_DER_SET, &part) && in.n == 0;
}

const char *es_attrs_read(struct es_bytes der, struct es_attrs *out)
{
    struct es_tlv list, e;
    *out = (struct es_attrs){.digest = MBEDTLS_MD_SHA256};
    if (!es_der_is_sound(der) || !es_der_take(&der, ES_DER_SEQUENCE, &list)) {
        return "csrattrs are no SEQUENCE in DER";
    }
    while (es_der_next(&list.value, &e)) {
        if (e.tag == ES_DER_OID) {
            take_oid(&e, out);
        } else if (!is_attribute(&e)) {
            return "csrattrs hold something else than OIDs and attributes";
        }
    }
    return NULL;
}
