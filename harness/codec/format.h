/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CODEC_FORMAT_H
#define ES_CODEC_FORMAT_H

/*
 * Content-Formats of EST-coaps: numbers, short names, media types; listed in
 * format.def.
 */

#include "base/arena.h"

enum es_format {
#define X(id, number, name, media) ES_FORMAT_##id = (number),
#include "codec/format.def"
#undef X
};

struct es_format_entry {
    uint16_t number;
    const char *name;  /* as in scenarios: "pkcs7-certs-only" */
    const char *media; /* media type as registered by IANA */
};

/* The entry, or NULL. */
const struct es_format_entry *es_format_find(uint32_t number);
/* By short name or media type, or NULL. */
const struct es_format_entry *es_format_find_name(struct es_slice name);
/* The next entry, from index 0; NULL at the end. */
const struct es_format_entry *es_format_at(size_t index);
/* `281 (pkcs7-certs-only)`, or `4711`. */
const char *es_format_text(struct es_arena *a, uint32_t number);

#endif
