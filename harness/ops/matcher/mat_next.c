/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/op.h"

static bool holds(const struct es_value *actual, const struct es_value *first,
                  const struct es_value *previous)
{
    (void)first;
    int64_t wanted = previous->kind == ES_KIND_NUMBER ? previous->number + 1 : 0;
    return actual->kind == ES_KIND_NUMBER && actual->number == wanted;
}

const struct es_matcher es_mat_next = {
    .name = "next",
    .summary = "one more than in the message before",
    .doc = "For block numbers: the block that was asked for.\n"
           "Example: block2: {num: next}",
    .form = ES_MATCHER_WORD,
    .holds = holds,
};
