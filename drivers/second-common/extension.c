/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "extension.h"

#include "der.h"

enum { DER_BOOLEAN = 0x01 };

struct es_bytes es_extension_find(struct es_bytes extensions, struct es_bytes oid)
{
    struct es_tlv list, extension, part;
    struct es_bytes none = {NULL, 0};
    if (extensions.n == 0 || !es_der_take(&extensions, ES_DER_SEQUENCE, &list)) {
        return none;
    }
    struct es_bytes rest = list.value;
    while (es_der_take(&rest, ES_DER_SEQUENCE, &extension)) {
        struct es_bytes in = extension.value;
        bool found = es_der_next(&in, &part) && es_der_oid_is(&part, oid);
        if (!found || !es_der_next(&in, &part)) {
            continue;
        }
        if (part.tag == DER_BOOLEAN && !es_der_next(&in, &part)) {
            continue;
        }
        return part.tag == ES_DER_OCTET_STRING ? part.value : none;
    }
    return none;
}

void es_extension_add(struct es_octets *out, struct es_bytes oid, bool critical,
                      struct es_bytes value)
{
    static const uint8_t is_true[] = {0xff};
    size_t at = es_der_open(out, ES_DER_SEQUENCE);
    es_der_add(out, ES_DER_OID, oid);
    if (critical) {
        es_der_add(out, DER_BOOLEAN, (struct es_bytes){is_true, sizeof is_true});
    }
    es_der_add(out, ES_DER_OCTET_STRING, value);
    es_der_close(out, at);
}
