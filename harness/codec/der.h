/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CODEC_DER_H
#define ES_CODEC_DER_H

/*
 * Reading and writing ASN.1 in DER (X.690).
 *
 * Reading: es_der_open starts a document and gives the reader of its top; es_der_enter
 * opens a constructed element, es_der_read takes an element of a known tag, es_der_next
 * one of any tag, es_der_done demands that nothing is left. The first flaw latches in
 * the document: all later reads of any of its readers return false, so a parser may
 * read, read, read and look once. Tags are identifier octets (0x30, 0xa0); high tag
 * numbers (0x1f) are refused.
 *
 * A strict document refuses lengths that are indefinite or not minimal. A lenient one
 * follows them (BER) and remembers the first place that is not DER in `ber`.
 *
 * What the reader does not check: the contents of primitive elements and the order of a
 * SET OF. es_der_check does, for a whole tree.
 *
 * Writing: es_der_begin .. es_der_finish around the contents, on an es_buf; the length
 * is filled in at the end. Overflow latches in the buffer as usual.
 *
 * Everything borrows the input; texts of flaws lie in the arena.
 */

#include "base/buf.h"
#include "base/text.h"
#include "codec/flaw.h"

enum {
    ES_DER_BOOLEAN = 0x01,
    ES_DER_INTEGER = 0x02,
    ES_DER_BIT_STRING = 0x03,
    ES_DER_OCTET_STRING = 0x04,
    ES_DER_NULL = 0x05,
    ES_DER_OID = 0x06,
    ES_DER_UTF8_STRING = 0x0c,
    ES_DER_PRINTABLE_STRING = 0x13,
    ES_DER_T61_STRING = 0x14,
    ES_DER_IA5_STRING = 0x16,
    ES_DER_UTC_TIME = 0x17,
    ES_DER_GENERALIZED_TIME = 0x18,
    ES_DER_BMP_STRING = 0x1e,
    ES_DER_SEQUENCE = 0x30,
    ES_DER_SET = 0x31,
    ES_DER_CONTEXT = 0x80,             /* primitive [0] */
    ES_DER_CONTEXT_CONSTRUCTED = 0xa0, /* constructed [0] */
    ES_DER_DEPTH_MAX = 24
};

struct es_der_document {
    struct es_arena *arena;
    struct es_slice input;
    bool lenient;
    struct es_flaw flaw; /* first flaw; text NULL while all is well */
    struct es_flaw ber;  /* lenient only: first place that is BER but not DER */
};

/* A reader of the contents of one element (or of the whole input). */
struct es_der {
    struct es_der_document *doc;
    struct es_slice in;
    size_t at;
    size_t base; /* offset of in in the document */
    unsigned depth;
};

struct es_der_item {
    unsigned tag;
    struct es_slice value; /* contents */
    struct es_slice raw;   /* identifier, length and contents */
    size_t offset;         /* of the identifier octet in the document */
    size_t value_offset;
};

/* Starts reading `input`; *root reads its top level. */
void es_der_open(struct es_der_document *doc, struct es_arena *a, struct es_slice input,
                 bool lenient, struct es_der *root);
/* The next element of any tag. False at the end and after a flaw. */
bool es_der_next(struct es_der *r, struct es_der_item *item);
/* The next element, which must be there and have this tag; `what` names it in the
 * flaw. */
bool es_der_read(struct es_der *r, unsigned tag, const char *what,
                 struct es_der_item *item);
/* Like es_der_read, then opens it. */
bool es_der_enter(struct es_der *r, unsigned tag, const char *what, struct es_der *in);
/* Opens an element that was read. Refused beyond ES_DER_DEPTH_MAX. */
bool es_der_enter_item(struct es_der *r, const struct es_der_item *item,
                       struct es_der *in);
/* True if an element of this tag comes next. Never a flaw. */
bool es_der_has(const struct es_der *r, unsigned tag);
/* True if nothing is left or a flaw has latched. */
bool es_der_at_end(const struct es_der *r);
/* Demands that nothing is left; `what` names the element whose contents r reads. */
bool es_der_done(struct es_der *r, const char *what);
/* Latches a flaw found by the caller at this offset of the document; returns false. */
bool es_der_flaw(struct es_der *r, size_t offset, const char *fmt, ...) ES_PRINTF(3, 4);
/* False after a flaw. */
bool es_der_is_good(const struct es_der *r);

/* A small INTEGER (0 .. 2^63-1). */
bool es_der_read_uint(struct es_der *r, const char *what, uint64_t *out);
/* A BOOLEAN; DER knows 00 and FF. */
bool es_der_read_bool(struct es_der *r, const char *what, bool *out);
/* A BIT STRING without unused bits: *out are its octets. */
bool es_der_read_bits(struct es_der *r, const char *what, struct es_slice *out);
/* UTCTime or GeneralizedTime in the form of RFC 5280, 4.1.2.5, as Unix seconds. */
bool es_der_read_time(struct es_der *r, const char *what, int64_t *unix_s);

/* Walks the whole tree: exactly one element, every length definite and minimal,
 * INTEGER, BOOLEAN, BIT STRING, OID and times canonical, SET OF in order, nothing
 * behind it. */
bool es_der_check(struct es_arena *a, struct es_slice input, struct es_flaw *flaw);
/* "SEQUENCE", "[0]" and so on: a tag in words, in the arena or static. */
const char *es_der_tag_name(struct es_arena *a, unsigned tag);

/* Opens an element; give the mark to es_der_finish. */
size_t es_der_begin(struct es_buf *b, unsigned tag);
void es_der_finish(struct es_buf *b, size_t mark);
/* One whole primitive element. */
void es_der_put(struct es_buf *b, unsigned tag, struct es_slice value);
void es_der_put_text(struct es_buf *b, unsigned tag, const char *text);
void es_der_put_uint(struct es_buf *b, uint64_t v);
/* A non-negative INTEGER from big-endian octets; leading zeros are adapted. */
void es_der_put_integer(struct es_buf *b, struct es_slice magnitude);
void es_der_put_bool(struct es_buf *b, bool v);
void es_der_put_null(struct es_buf *b);
/* A BIT STRING without unused bits. */
void es_der_put_bits(struct es_buf *b, struct es_slice octets);
/* An OID from dotted text; a malformed one latches overflow. */
void es_der_put_oid(struct es_buf *b, const char *dotted);
/* UTCTime up to 2049, then GeneralizedTime (RFC 5280, 4.1.2.5). */
void es_der_put_time(struct es_buf *b, int64_t unix_s);

/* Calendar arithmetic without the C library's time zone: `20301231235959Z` forms use
 * it. */
int64_t es_der_unix_of(int year, int month, int day, int hour, int minute, int second);
/* `2030-12-31T23:59:59Z`, in the arena. */
const char *es_der_time_text(struct es_arena *a, int64_t unix_s);

#endif
