/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/cbor_item.h"
#include "scenario/op.h"

static bool call(const struct es_value *args, struct es_scope *scope,
                 struct es_arena *a, struct es_value *out, const char **why)
{
    struct es_buf b;
    (void)scope;
    *why = "cbor takes bytes or text";
    ES_TRY(args[0].kind == ES_KIND_BYTES || args[0].kind == ES_KIND_TEXT);
    es_buf_build(&b, a, args[0].bytes.n + 16);
    es_cbor_put_string(&b, ES_CBOR_BYTES, args[0].bytes);
    *out = es_value_bytes(es_buf_slice(&b));
    return true;
}

const struct es_function es_fun_cbor = {
    .name = "cbor",
    .summary = "octets as a CBOR byte string",
    .doc =
        "With the shortest head, as a body stands in multipart-core, and as early drafts "
        "wrapped whole payloads. In a dump it is written $cbor(name).\n"
        "Example: - check: $old.reply.body == $(cbor(plain.reply.body))",
    .args_n = 1,
    .args = {ES_KIND_BYTES},
    .result = ES_KIND_BYTES,
    .call = call,
};
