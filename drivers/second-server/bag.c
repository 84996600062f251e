/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bag.h"

#include "der.h"
#include "oid.h"

void es_bag_write(struct es_bytes certificates, struct es_octets *out)
{
    static const uint8_t version[] = {1};
    struct es_bytes nothing = {NULL, 0};
    size_t info = es_der_open(out, ES_DER_SEQUENCE);
    es_der_add(out, ES_DER_OID, es_oid_signed_data);
    size_t content = es_der_open(out, ES_DER_CONTEXT);
    size_t data = es_der_open(out, ES_DER_SEQUENCE);
    es_der_add(out, ES_DER_INTEGER, (struct es_bytes){version, sizeof version});
    es_der_add(out, ES_DER_SET, nothing);
    size_t encapsulated = es_der_open(out, ES_DER_SEQUENCE);
    es_der_add(out, ES_DER_OID, es_oid_data);
    es_der_close(out, encapsulated);
    es_der_add(out, ES_DER_CONTEXT, certificates);
    /* An empty field of CRLs, as in the example of RFC 9148, A.2. */
    es_der_add(out, ES_DER_CONTEXT + 1, nothing);
    es_der_add(out, ES_DER_SET, nothing);
    es_der_close(out, data);
    es_der_close(out, content);
    es_der_close(out, info);
}
