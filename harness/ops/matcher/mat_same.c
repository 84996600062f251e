/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/op.h"

static bool holds(const struct es_value *actual, const struct es_value *first,
                  const struct es_value *previous)
{
    (void)previous;
    return actual->kind != ES_KIND_NONE &&
           (first->kind == ES_KIND_NONE || es_value_eq(actual, first));
}

const struct es_matcher es_mat_same = {
    .name = "same",
    .summary = "equal to the first message of the transfer",
    .doc =
        "In the first message it only has to be there. absent|same: absent, or equal to the first.\n"
        "Example: etag: absent|same",
    .form = ES_MATCHER_WORD,
    .holds = holds,
};
