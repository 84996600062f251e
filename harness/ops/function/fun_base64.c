/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/pem.h"
#include "scenario/op.h"

static bool call(const struct es_value *args, struct es_scope *scope,
                 struct es_arena *a, struct es_value *out, const char **why)
{
    (void)scope;
    *why = "base64 takes bytes or text";
    ES_TRY(args[0].kind == ES_KIND_BYTES || args[0].kind == ES_KIND_TEXT);
    *out = es_value_text(es_slice_of(es_base64_encode(a, args[0].bytes)));
    return true;
}

const struct es_function es_fun_base64 = {
    .name = "base64",
    .summary = "octets as base64 text",
    .doc =
        "On one line, with padding (RFC 4648, 4), as a proof of possession stands in "
        "challengePassword.\n"
        "Example: - set: {csr: {csr: {challenge: $(base64(open.tls-unique))}}}",
    .args_n = 1,
    .args = {ES_KIND_BYTES},
    .result = ES_KIND_TEXT,
    .call = call,
};
