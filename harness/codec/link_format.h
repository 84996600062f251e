/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CODEC_LINK_FORMAT_H
#define ES_CODEC_LINK_FORMAT_H

/*
 * CoRE Link Format (Content-Format 40, RFC 6690), as it is answered at
 * /.well-known/core. The parser follows the grammar of RFC 6690 section 2 strictly: no
 * blanks around separators, no empty links. An empty body is an empty list. Attributes
 * may repeat; they are kept in their order. rt is a blank-separated list in one value
 * (3.1); a repeated rt or ct is kept too, and each view below looks at all of them.
 *
 * What it does not check: whether a target is a good URI, whether ct names formats in
 * use.
 */

#include "codec/flaw.h"

struct es_link_attribute {
    struct es_slice name;
    struct es_slice value; /* without quotes, escapes resolved */
    bool has_value, quoted;
    size_t offset;
};

struct es_link {
    struct es_slice target; /* between < and > */
    struct es_link_attribute *attributes;
    size_t attributes_n;
    size_t offset;
};

struct es_link_list {
    struct es_link *at;
    size_t n, room;
};

/* False and a flaw if the text breaks the grammar. Lists lie in the arena. */
bool es_link_format_parse(struct es_arena *a, struct es_slice text,
                          struct es_link_list *out, struct es_flaw *flaw) ES_MUST_CHECK;
/* True if one of its rt attributes has this word; a `*` at the end of rt matches by
 * prefix, as in queries (RFC 6690, 4.1). */
bool es_link_has_rt(const struct es_link *link, const char *rt);
/* The next link at or after *at with this rt; advances *at. NULL if there is none. */
const struct es_link *es_link_find(const struct es_link_list *list, const char *rt,
                                   size_t *at);
/* The next attribute of this name at or after *at, advances *at; NULL if none. */
const struct es_link_attribute *es_link_attribute_find(const struct es_link *link,
                                                       const char *name, size_t *at);
/* The Content-Formats of all ct attributes (RFC 7252, 7.2.1). False if one is no number
 * of 0..65535 separated by single blanks. */
bool es_link_formats(struct es_arena *a, const struct es_link *link, uint16_t **formats,
                     size_t *n, struct es_flaw *flaw);

struct es_link_target {
    struct es_slice scheme, authority; /* empty in a relative target */
    struct es_slice path;              /* with its leading slash */
    struct es_slice query;             /* empty: none */
};

/* Splits `coaps://host:port/path?query` or `/path`. False if it is neither. */
bool es_link_target_split(struct es_slice target, struct es_link_target *out);

#endif
