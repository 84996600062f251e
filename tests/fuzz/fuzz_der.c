/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What es_der_check calls DER must read the same way strictly and leniently, without a
 * place that is only BER, and each OID must survive its text. */
#include "codec/der.h"
#include "codec/oid.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void check_oid(struct es_arena *a, struct es_slice contents)
{
    struct es_slice back;
    if (es_oid_is_valid(contents) && contents.n < 16) {
        demand(es_oid_parse(a, es_slice_of(es_oid_text(a, contents)), &back));
        demand(es_slice_eq(back, contents));
    }
}

/* Walks everything; returns how many elements there are. */
static size_t walk(struct es_der *r, struct es_arena *a)
{
    struct es_der_item item;
    size_t n = 0;
    while (es_der_next(r, &item)) {
        demand(item.offset < item.value_offset && item.value.n <= item.raw.n);
        n++;
        if (item.tag == ES_DER_OID) {
            check_oid(a, item.value);
        }
        struct es_der in;
        if (item.tag & 0x20 && es_der_enter_item(r, &item, &in)) {
            n += walk(&in, a);
        }
    }
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct es_slice input = es_slice_make(data, size);
    struct es_arena *a = es_arena_new();
    struct es_flaw flaw = ES_FLAW_NONE;
    struct es_der_document strict, lenient;
    struct es_der strict_root, lenient_root;
    bool good = es_der_check(a, input, &flaw);
    es_der_open(&strict, a, input, false, &strict_root);
    es_der_open(&lenient, a, input, true, &lenient_root);
    size_t strict_n = walk(&strict_root, a);
    size_t lenient_n = walk(&lenient_root, a);
    demand(good == (flaw.text == NULL) && flaw.offset <= size);
    demand(strict.flaw.offset <= size && lenient.flaw.offset <= size);
    if (good) {
        demand(!strict.flaw.text && !lenient.flaw.text && !lenient.ber.text);
        demand(strict_n == lenient_n && strict_n > 0);
    }
    es_arena_free(a);
    return 0;
}
