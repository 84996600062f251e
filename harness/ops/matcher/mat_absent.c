/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/op.h"

static bool holds(const struct es_value *actual, const struct es_value *first,
                  const struct es_value *previous)
{
    (void)first, (void)previous;
    return actual->kind == ES_KIND_NONE;
}

const struct es_matcher es_mat_absent = {
    .name = "absent",
    .summary = "the field is not there",
    .doc = "Example: etag: absent|same",
    .form = ES_MATCHER_WORD,
    .holds = holds,
};
