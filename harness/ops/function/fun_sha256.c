/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/crypto.h"
#include "scenario/op.h"

static bool call(const struct es_value *args, struct es_scope *scope,
                 struct es_arena *a, struct es_value *out, const char **why)
{
    (void)scope;
    *why = "sha256 takes bytes or text";
    ES_TRY(args[0].kind == ES_KIND_BYTES || args[0].kind == ES_KIND_TEXT);
    *out = es_value_bytes(es_crypto_hash(a, ES_HASH_SHA256, args[0].bytes));
    return true;
}

const struct es_function es_fun_sha256 = {
    .name = "sha256",
    .summary = "the SHA-256 of octets",
    .doc = "Example: - check: $(sha256(one.reply.body)) == $(sha256(two.reply.body))",
    .args_n = 1,
    .args = {ES_KIND_BYTES},
    .result = ES_KIND_BYTES,
    .call = call,
};
