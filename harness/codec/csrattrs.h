/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CODEC_CSRATTRS_H
#define ES_CODEC_CSRATTRS_H

/*
 * CSR attributes (Content-Format 285): what a server wants to see in requests (RFC 7030
 * 4.5.2, RFC 8951 section 4, RFC 9908).
 *
 * The view reads BER leniently and fails only where the body is no CsrAttrs: a SEQUENCE
 * of OIDs and Attributes, perhaps empty. What RFC 9908 says beyond that is told in flaws
 * of its own, so that each rule is judged by itself: the form of the extensionRequest,
 * extensions named twice, the form of the key requirement, the template. All of them are
 * legal under RFC 7030 alone.
 *
 * What it does not check: values of attributes and extensions, and whether a client could
 * do what is asked.
 *
 * Everything borrows the input; lists and texts lie in the arena.
 */

#include "codec/der.h"
#include "codec/oid.h"

struct es_csrattrs_item {
    bool is_attribute;   /* false: a bare OID */
    struct es_slice oid; /* contents */
    enum es_oid id;
    struct es_slice values; /* attribute: contents of its SET OF */
    size_t values_n;
    size_t offset;
};

struct es_csrattrs_items {
    struct es_csrattrs_item *at;
    size_t n, room;
};

struct es_csrattrs_extension {
    struct es_slice oid; /* contents */
    enum es_oid id;
    bool critical, has_value; /* only a template may leave the value out */
    struct es_slice value;    /* contents of extnValue */
};

struct es_csrattrs_extensions {
    struct es_csrattrs_extension *at;
    size_t n, room;
    struct es_flaw form; /* not exactly one Extensions in exactly one attribute */
    struct es_flaw ids;  /* an extension that is named twice */
};

/* CertificationRequestInfoTemplate (RFC 9908, 3.4). */
struct es_csrattrs_template {
    struct es_flaw form; /* text NULL: as the RFC wants it */
    uint64_t version;
    bool has_subject, has_key, has_public_key;
    const char *subject_text; /* `CN,OU=myDept`: a type alone is to be filled in */
    const char *key_text;     /* `EC secp256r1` */
    struct es_csrattrs_items attributes;
    struct es_csrattrs_extensions extensions;
};

struct es_csrattrs {
    struct es_slice der;
    struct es_flaw not_der;   /* text NULL: it is DER */
    struct es_slice trailing; /* octets behind it */
    struct es_csrattrs_items items;
    bool has_extensions;
    struct es_csrattrs_extensions extensions; /* of the first extensionRequest */
    struct es_flaw key_form; /* RFC 9908, 3.2; text NULL: good, or none */
    size_t templates_n;
    struct es_csrattrs_template template; /* the first */
};

/* False and a flaw if the body is not CsrAttrs. */
bool es_csrattrs_view(struct es_arena *a, struct es_slice body, struct es_csrattrs *out,
                      struct es_flaw *flaw) ES_MUST_CHECK;
/* The first bare OID or attribute of this type (contents), or NULL. */
const struct es_csrattrs_item *es_csrattrs_find(const struct es_csrattrs *c,
                                                struct es_slice oid);
/* `EC secp384r1`, `RSA 4096`, `EC`: what the item says about the key; NULL if it does not
 * speak of keys. */
const char *es_csrattrs_key_text(struct es_arena *a,
                                 const struct es_csrattrs_item *item);

/* What a body is built of; an attribute has a list of DER values, put in DER order. */
struct es_csrattrs_part {
    struct es_slice oid; /* contents */
    bool is_attribute;
    const struct es_slice *values;
    size_t values_n;
};

/* A body of these parts in this order, in the arena. */
struct es_slice es_csrattrs_build(struct es_arena *a,
                                  const struct es_csrattrs_part *parts, size_t n);

#endif
