/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests and private keys: a flaw or a view, never both; and texts for everything. */
#include "codec/pkcs10.h"
#include "codec/pkcs8.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void view_key(struct es_arena *a, struct es_slice body)
{
    struct es_pkcs8 key;
    struct es_public_key pub;
    struct es_slice wrapped;
    struct es_flaw flaw = ES_FLAW_NONE;
    bool good = es_pkcs8_view(a, body, &key, &flaw);
    demand(good == (flaw.text == NULL) && flaw.offset <= body.n);
    if (good && es_pkcs8_public_key(a, &key, &pub)) {
        demand(es_pkcs8_is_pair(a, &key, &pub));
    }
    flaw = ES_FLAW_NONE;
    good = es_pkcs8_build(a, body, &wrapped, &flaw);
    demand(good == (flaw.text == NULL) && flaw.offset <= body.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct es_slice body = es_slice_make(data, size);
    struct es_arena *a = es_arena_new();
    struct es_pkcs10 csr;
    struct es_flaw flaw = ES_FLAW_NONE;
    bool good = es_pkcs10_view(a, body, &csr, &flaw);
    demand(good == (flaw.text == NULL) && flaw.offset <= size);
    if (good) {
        demand(csr.der.n + csr.trailing.n == size);
        demand(csr.signature_text != NULL && csr.subject_text != NULL);
        demand(csr.attributes_n == 0 || csr.has_attributes_field);
    }
    view_key(a, body);
    es_arena_free(a);
    return 0;
}
