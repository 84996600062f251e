/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CODEC_CSRATTRS_INT_H
#define ES_CODEC_CSRATTRS_INT_H

/*
 * Between csrattrs.c and csrattrs_template.c.
 */

#include "codec/csrattrs.h"

/* Reads the items that are left in `in`. */
bool es_csrattrs_read_items(struct es_der *in, bool bare_allowed,
                            struct es_csrattrs_items *out);
/* Reads the one value of an attribute with extensions; what is wrong goes into `out`. */
void es_csrattrs_read_extensions(struct es_arena *a,
                                 const struct es_csrattrs_item *item, bool in_template,
                                 struct es_csrattrs_extensions *out);
/* Reads the value of a template attribute; what is wrong goes into `out`. */
void es_csrattrs_read_template(struct es_arena *a, const struct es_csrattrs_item *item,
                               struct es_csrattrs_template *out);

#endif
