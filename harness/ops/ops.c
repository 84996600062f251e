/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/ops.h"

#include "ops/predefined.h"

#define X(symbol) extern const struct es_verb es_##symbol;
#include "ops/fault/fault.def"
#include "ops/verb/verb.def"
#undef X
#define X(symbol) extern const struct es_matcher es_##symbol;
#include "ops/matcher/matcher.def"
#undef X
#define X(symbol) extern const struct es_function es_##symbol;
#include "ops/function/function.def"
#undef X

static const struct es_verb *const verbs[] = {
#define X(symbol) &es_##symbol,
#include "ops/fault/fault.def"
#include "ops/verb/verb.def"
#undef X
};

static const struct es_matcher *const matchers[] = {
#define X(symbol) &es_##symbol,
#include "ops/matcher/matcher.def"
#undef X
};

static const struct es_function *const functions[] = {
#define X(symbol) &es_##symbol,
#include "ops/function/function.def"
#undef X
};

const struct es_language *es_ops_language(void)
{
    static const struct es_language language = {
        .verbs = verbs,
        .verbs_n = ES_COUNT(verbs),
        .matchers = matchers,
        .matchers_n = ES_COUNT(matchers),
        .functions = functions,
        .functions_n = ES_COUNT(functions),
        .predefined = es_ops_predefined,
        .predefined_n = ES_OPS_PREDEFINED_COUNT,
    };
    return &language;
}
