/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attrs.h"

#include "behaviour.h"
#include "der.h"

#include <openssl/asn1.h>
#include <openssl/objects.h>

static void take_oid(const ASN1_OBJECT *oid, struct es_attrs *out)
{
    int nid = OBJ_obj2nid(oid), digest = 0, key = 0;
    if (nid == NID_pkcs9_challengePassword) {
        out->wants_challenge = true;
    } else if (OBJ_find_sigid_algs(nid, &digest, &key) == 1 &&
               key == NID_X9_62_id_ecPublicKey && out->digest == 0) {
        out->digest = digest;
    }
}

/* Attribute ::= SEQUENCE { type OBJECT IDENTIFIER, values SET }. Only the shape counts:
   keys are P-256 whatever is asked for, and no values are copied. */
static bool check_attribute(const unsigned char *p, long n)
{
    const unsigned char *end = p + n;
    ASN1_OBJECT *oid = d2i_ASN1_OBJECT(NULL, &p, n);
    if (oid == NULL) {
        return false;
    }
    ASN1_OBJECT_free(oid);
    long len;
    int tag, class;
    bool bad = (ASN1_get_object(&p, &len, &tag, &class, end - p) & 0x80) != 0;
    return !bad && tag == V_ASN1_SET && class == V_ASN1_UNIVERSAL && p + len == end;
}

static bool take_element(const unsigned char **p, const unsigned char *end,
                         struct es_attrs *out)
{
    const unsigned char *start = *p, *content = *p;
    long len;
    int tag, class;
    int form = ASN1_get_object(&content, &len, &tag, &class, end - start);
    if ((form & 0x80) != 0 || class != V_ASN1_UNIVERSAL) {
        return false;
    }
    *p = content + len;
    if (tag == V_ASN1_SEQUENCE) {
        return check_attribute(content, len);
    }
    const unsigned char *q = start;
    ASN1_OBJECT *oid =
        tag == V_ASN1_OBJECT ? d2i_ASN1_OBJECT(NULL, &q, *p - start) : NULL;
    if (oid == NULL) {
        return false;
    }
    if (OBJ_obj2nid(oid) == NID_undef &&
        es_mutant_is(ES_MUTANT_ATTRIBUTE_UNKNOWN_FATAL)) {
        ASN1_OBJECT_free(oid);
        return false;
    }
    take_oid(oid, out);
    ASN1_OBJECT_free(oid);
    return true;
}

const char *es_attrs_read(struct es_bytes der, struct es_attrs *out)
{
    *out = (struct es_attrs){false, 0};
    if (!es_der_is_strict(der)) {
        return "csrattrs are not DER";
    }
    const unsigned char *p = der.p, *end = der.p + der.n;
    long len;
    int tag, class;
    int form = ASN1_get_object(&p, &len, &tag, &class, (long)der.n);
    if ((form & 0x80) != 0 || tag != V_ASN1_SEQUENCE || class != V_ASN1_UNIVERSAL) {
        return "csrattrs are no SEQUENCE";
    }
    while (p < end) {
        if (!take_element(&p, end, out)) {
            return "csrattrs hold something else than OIDs and attributes";
        }
    }
    return NULL;
}
