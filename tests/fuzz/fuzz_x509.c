/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A certificate that is read has names that equal themselves, and texts for
 * everything. */
#include "codec/chain.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void judge(struct es_arena *a, struct es_x509 *cert)
{
    struct es_x509_bag bag = {.at = cert, .n = 1};
    struct es_x509_bag none = {0};
    struct es_chain_verdict v;
    const char *why = NULL;
    es_chain_judge(a, cert, &bag, &none, 0, &v);
    demand(v.text != NULL && v.result != ES_CHAIN_OK);
    es_chain_is_complete(a, cert, &bag, &v);
    demand(v.text != NULL && es_chain_result_name(v.result) != NULL);
    demand(es_x509_is_for_host(a, cert, "localhost", &why) || why != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct es_slice der = es_slice_make(data, size);
    struct es_arena *a = es_arena_new();
    struct es_x509 cert;
    struct es_flaw flaw = ES_FLAW_NONE;
    bool good = es_x509_view(a, der, &cert, &flaw);
    demand(good == (flaw.text == NULL) && flaw.offset <= size);
    if (good) {
        demand(strcmp(cert.subject_text, "malformed name") != 0);
        demand(strcmp(cert.issuer_text, "malformed name") != 0);
        demand(es_name_is_equal(a, cert.subject, cert.subject));
        demand(es_x509_text(a, &cert) != NULL && cert.key.text != NULL);
        for (size_t i = 0; i < cert.ext.san_n; i++) {
            demand(es_extensions_has_san(&cert.ext, cert.ext.san[i].text));
        }
        judge(a, &cert);
    }
    es_arena_free(a);
    return 0;
}
