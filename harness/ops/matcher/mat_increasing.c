/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/op.h"

static bool holds(const struct es_value *actual, const struct es_value *first,
                  const struct es_value *previous)
{
    (void)first;
    return actual->kind == ES_KIND_NUMBER &&
           (previous->kind != ES_KIND_NUMBER || actual->number > previous->number);
}

const struct es_matcher es_mat_increasing = {
    .name = "increasing",
    .summary = "greater than in the message before",
    .doc = "Example: record-seq: increasing",
    .form = ES_MATCHER_WORD,
    .holds = holds,
};
