/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Items of a body in DER are put together again. */
#include "codec/csrattrs.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* The elements of a SET OF, one slice each. */
static const struct es_slice *split(struct es_arena *a,
                                    const struct es_csrattrs_item *item)
{
    struct es_der_document doc;
    struct es_der in;
    struct es_der_item element;
    struct es_slice *out = ES_NEW_ARRAY(a, struct es_slice, item->values_n + 1);
    es_der_open(&doc, a, item->values, true, &in);
    for (size_t i = 0; i < item->values_n; i++) {
        demand(es_der_next(&in, &element));
        out[i] = element.raw;
    }
    demand(es_der_at_end(&in));
    return out;
}

static void demand_built_again(struct es_arena *a, const struct es_csrattrs *c)
{
    struct es_csrattrs_part *parts =
        ES_NEW_ARRAY(a, struct es_csrattrs_part, c->items.n + 1);
    for (size_t i = 0; i < c->items.n; i++) {
        const struct es_csrattrs_item *item = &c->items.at[i];
        parts[i] = (struct es_csrattrs_part){.oid = item->oid,
                                             .is_attribute = item->is_attribute,
                                             .values = split(a, item),
                                             .values_n = item->values_n};
        demand(es_csrattrs_find(c, item->oid) != NULL);
        es_csrattrs_key_text(a, item);
    }
    demand(es_slice_eq(es_csrattrs_build(a, parts, c->items.n), c->der));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct es_slice body = es_slice_make(data, size);
    struct es_arena *a = es_arena_new();
    struct es_csrattrs c;
    struct es_flaw flaw = ES_FLAW_NONE;
    bool good = es_csrattrs_view(a, body, &c, &flaw);
    demand(good == (flaw.text == NULL) && flaw.offset <= size);
    if (good) {
        demand(c.der.n + c.trailing.n == size);
        demand(c.templates_n > 0 || c.template.form.text == NULL);
        demand(c.has_extensions || c.extensions.n == 0);
    }
    if (good && c.not_der.text == NULL) {
        demand_built_again(a, &c);
    }
    es_arena_free(a);
    return 0;
}
