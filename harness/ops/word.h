/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_OPS_WORD_H
#define ES_OPS_WORD_H

/* Fields whose value is one of a few words. */

#include "scenario/compile.h"

struct es_words {
    const char *const *at;
    size_t n;
};

#define ES_WORDS(array) ((const struct es_words){(array), ES_COUNT(array)})

/* unsigned, the index of the word; param: const struct es_words *. */
extern const struct es_field_type es_type_word;

/* The index of the word; a note and false if it is none of them. */
bool es_word_find(struct es_compile *c, const struct es_node *node,
                  const struct es_words *words, unsigned *out);

#endif
