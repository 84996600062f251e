/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is minimal is built again octet by octet; what is not, in its meaning. */
#include "codec/cbor_multipart.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void demand_same(const struct es_multipart *x, const struct es_multipart *y)
{
    demand(x->n == y->n);
    for (size_t i = 0; i < x->n; i++) {
        demand(x->at[i].format == y->at[i].format);
        demand(x->at[i].is_null == y->at[i].is_null);
        demand(es_slice_eq(x->at[i].body, y->at[i].body));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct es_slice body = es_slice_make(data, size);
    struct es_arena *a = es_arena_new();
    struct es_multipart m, again;
    struct es_cbor_item item;
    struct es_flaw flaw = ES_FLAW_NONE;
    bool good = es_multipart_view(a, body, &m, &flaw);
    demand(good == (flaw.text == NULL) && flaw.offset <= size);
    if (good) {
        struct es_slice built = es_multipart_build(a, m.at, m.n, false);
        bool minimal =
            es_slice_is(es_slice_of(es_multipart_encoding(a, &m)), "minimal");
        demand(built.n <= size && es_slice_eq(built, body) == minimal);
        demand(es_multipart_view(a, built, &again, &flaw));
        demand_same(&m, &again);
        built = es_multipart_build(a, m.at, m.n, true);
        demand(es_multipart_view(a, built, &again, &flaw));
        demand_same(&m, &again);
    }
    flaw = ES_FLAW_NONE;
    if (es_cbor_check(a, body, &item, &flaw)) {
        demand(item.raw.n > 0 && item.raw.n <= size && item.elements.n < size);
    }
    es_arena_free(a);
    return 0;
}
