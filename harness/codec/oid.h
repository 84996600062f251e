/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CODEC_OID_H
#define ES_CODEC_OID_H

/*
 * Object identifiers. In interfaces an OID is dotted text ("1.2.840.10045.2.1") or one
 * of the names of oid.def ("serverAuth"); in encodings it is the contents of an OBJECT
 * IDENTIFIER. The known ones have a value of enum es_oid, for switches.
 */

#include "base/arena.h"

enum es_oid {
    ES_OID_UNKNOWN,
#define X(id, dotted, name) ES_OID_##id,
#include "codec/oid.def"
#undef X
};

/* Which known OID these contents are, or ES_OID_UNKNOWN. */
enum es_oid es_oid_find(struct es_slice contents);
/* Dotted text of a known OID; not for ES_OID_UNKNOWN. */
const char *es_oid_dotted(enum es_oid oid);
/* Its name in oid.def. */
const char *es_oid_name(enum es_oid oid);
/* The name if it is known, else dotted text in the arena; "malformed OID" if it is
 * one. */
const char *es_oid_text(struct es_arena *a, struct es_slice contents);
/* Contents from a name of oid.def or dotted text. False if it is neither. */
bool es_oid_parse(struct es_arena *a, struct es_slice text, struct es_slice *contents)
    ES_MUST_CHECK;
/* True if the contents are well-formed (X.690, 8.19). */
bool es_oid_is_valid(struct es_slice contents);

#endif
