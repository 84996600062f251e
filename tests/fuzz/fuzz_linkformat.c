/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Links that are read lie in order in the text, and no accessor fails on them. */
#include "codec/link_format.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void check_link(struct es_arena *a, const struct es_link *link)
{
    struct es_link_target target;
    struct es_flaw flaw = ES_FLAW_NONE;
    uint16_t *formats;
    size_t n;
    if (es_link_target_split(link->target, &target)) {
        demand(target.path.n > 0 || target.authority.n > 0);
    }
    demand(es_link_formats(a, link, &formats, &n, &flaw) == (flaw.text == NULL));
    for (size_t i = 0; i < link->attributes_n; i++) {
        demand(link->attributes[i].name.n > 0 &&
               link->attributes[i].offset > link->offset);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct es_arena *a = es_arena_new();
    struct es_link_list list;
    struct es_flaw flaw = ES_FLAW_NONE;
    bool good = es_link_format_parse(a, es_slice_make(data, size), &list, &flaw);
    demand(good == (flaw.text == NULL) && flaw.offset <= size);
    if (good) {
        size_t at = 0, found = 0;
        for (size_t i = 0; i < list.n; i++) {
            demand(i == 0 || list.at[i].offset > list.at[i - 1].offset);
            check_link(a, &list.at[i]);
        }
        while (es_link_find(&list, "*", &at)) {
            found++;
        }
        demand(found <= list.n);
    }
    es_arena_free(a);
    return 0;
}
