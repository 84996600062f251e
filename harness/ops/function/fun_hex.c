/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/buf.h"
#include "scenario/op.h"

static bool call(const struct es_value *args, struct es_scope *scope,
                 struct es_arena *a, struct es_value *out, const char **why)
{
    struct es_buf b;
    (void)scope;
    *why = "hex takes bytes or text";
    ES_TRY(args[0].kind == ES_KIND_BYTES || args[0].kind == ES_KIND_TEXT);
    es_buf_build(&b, a, 2 * args[0].bytes.n + 1);
    es_buf_hex(&b, args[0].bytes);
    *out = es_value_text(es_buf_slice(&b));
    return true;
}

const struct es_function es_fun_hex = {
    .name = "hex",
    .summary = "octets as text of two hexadecimal digits each",
    .doc =
        "In lower case, without anything between them: what a peer must not take for "
        "base64.\n"
        "Example: - set: {csr: {csr: {challenge: $(hex(open.tls-unique))}}}",
    .args_n = 1,
    .args = {ES_KIND_BYTES},
    .result = ES_KIND_TEXT,
    .call = call,
};
