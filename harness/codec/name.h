/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CODEC_NAME_H
#define ES_CODEC_NAME_H

/*
 * Distinguished names (RFC 5280, 4.1.2.4) as DER and as text.
 *
 * Text is `CN=device,O=Example`, in the order of the encoding (openssl's order, not the
 * reversed one of RFC 4514); several values of one RDN are joined with `+`; `,`, `+`
 * and `\` in a value are escaped with `\`, octets that are not printable text as `\xx`.
 * Attribute types are the keywords of oid.def or dotted OIDs. The empty text is the
 * empty name.
 */

#include "codec/der.h"

/* Encodes text into a Name. C and serialNumber become PrintableString, DC and
 * emailAddress IA5String, all others UTF8String. False, and *bad the offset in the
 * text, if malformed. */
bool es_name_build(struct es_arena *a, struct es_slice text, struct es_slice *name,
                   size_t *bad) ES_MUST_CHECK;
/* Renders the Name (raw, with its SEQUENCE header); "malformed name" if it is one. */
const char *es_name_text(struct es_arena *a, struct es_slice name);
/* True if it is well-formed; else the flaw, with its offset in `name`. */
bool es_name_check(struct es_arena *a, struct es_slice name, struct es_flaw *flaw);
/* RFC 5280, 7.1: same types in the same order, values equal after folding case and runs
 * of blanks, whatever their string type. Non-ASCII letters are compared exactly; a
 * malformed name equals only the same octets. */
bool es_name_is_equal(struct es_arena *a, struct es_slice x, struct es_slice y);
/* The first value of this attribute type as UTF-8 text in the arena, or NULL. */
const char *es_name_find(struct es_arena *a, struct es_slice name, const char *type);

#endif
