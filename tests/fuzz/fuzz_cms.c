/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whatever is opened with a known key-encryption key lies in memory that can be read. */
#include "codec/cms.h"
#include "codec/pkcs8.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void look(struct es_arena *a, struct es_slice body,
                 const struct es_cms_secret *secret)
{
    struct es_cms_key cms;
    struct es_pkcs8 key;
    struct es_flaw flaw = ES_FLAW_NONE;
    bool good = es_cms_key_view(a, body, secret, &cms, &flaw);
    demand(good == (flaw.text == NULL) && flaw.offset <= body.n);
    if (!good) {
        return;
    }
    demand(cms.der.n + cms.trailing.n == body.n);
    demand(cms.pkcs8.n > 0 || cms.why[0] != 0);
    demand(!cms.opened || cms.has_enveloped);
    for (size_t i = 0; i < cms.enveloped.recipients.n; i++) {
        demand(es_cms_recipient_name(cms.enveloped.recipients.at[i].kind) != NULL);
    }
    if (cms.has_enveloped) {
        es_cms_enveloped_flaw(a, &cms.enveloped);
    }
    if (es_pkcs8_view(a, cms.pkcs8, &key, &flaw)) {
        demand(key.text != NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t kek[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    const struct es_cms_secret secret = {.kek = {kek, sizeof kek}};
    struct es_slice body = es_slice_make(data, size);
    struct es_arena *a = es_arena_new();
    look(a, body, &secret);
    look(a, body, NULL);
    es_arena_free(a);
    return 0;
}
