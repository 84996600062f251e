/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A certs-only body without extras is what es_pkcs7_build makes of its certificates. */
#include "codec/pkcs7.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
    if (!holds) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct es_slice body = es_slice_make(data, size);
    struct es_arena *a = es_arena_new();
    struct es_pkcs7 p7;
    struct es_flaw flaw = ES_FLAW_NONE;
    bool good = es_pkcs7_view(a, body, &p7, &flaw);
    demand(good == (flaw.text == NULL) && flaw.offset <= size);
    if (good) {
        demand(p7.der.n + p7.trailing.n == size);
        bool strict = es_pkcs7_is_certs_only(a, &p7, &flaw);
        demand(strict == (flaw.text == NULL));
        if (strict && p7.digest_algorithms_n == 0 && !p7.has_crls_field) {
            demand(es_slice_eq(es_pkcs7_build(a, p7.certs, p7.certs_n), body));
        }
    }
    es_arena_free(a);
    return 0;
}
