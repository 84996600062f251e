/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/body_shape.h"
#include "ops/certificate.h"

static bool decode(struct es_slice bytes, struct es_arena *a, const void **record,
                   const char **why)
{
    struct es_x509 *cert = ES_NEW(a, struct es_x509);
    struct es_flaw flaw = ES_FLAW_NONE;
    *record = cert;
    if (es_x509_view(a, bytes, cert, &flaw)) {
        return true;
    }
    *why = es_body_flaw_text(a, bytes, &flaw);
    return false;
}

const struct es_matcher es_mat_x509 = {
    .name = "x509",
    .summary = "exactly one DER certificate (Content-Format 287)",
    .doc = "Example: body: {x509: {key-matches: $csr, valid-at: $now}}",
    .form = ES_MATCHER_TREE,
    .shape = &es_certificate_shape,
    .decode = decode,
};
