/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/chain.h"

#include "base/assert.h"
#include "base/diag.h"
#include "base/vector.h"

/* A hostile bag of certificates with equal names has very many paths. */
enum { SIGNATURE_CHECKS_MAX = 200 };

struct search {
    struct es_arena *arena;
    const struct es_x509_bag *bag, *anchors;
    bool with_dates;
    int64_t now_s;
    unsigned checks;
    const struct es_x509 *path[ES_CHAIN_MAX];
    size_t path_n;
    struct es_chain_verdict *best;
    bool best_is_whole; /* best tells about a path that reached an anchor */
};

bool es_x509_bag_add(struct es_arena *a, struct es_x509_bag *bag, struct es_slice der,
                     struct es_flaw *flaw)
{
    struct es_x509 cert;
    ES_TRY(es_x509_view(a, der, &cert, flaw));
    ES_PUSH(a, bag, cert);
    return true;
}

const char *es_chain_result_name(enum es_chain_result result)
{
    static const char *const names[] = {
        [ES_CHAIN_OK] = "ok",
        [ES_CHAIN_NO_PATH] = "no-path",
        [ES_CHAIN_SIGNATURE] = "bad-signature",
        [ES_CHAIN_EXPIRED] = "expired",
        [ES_CHAIN_NOT_YET_VALID] = "not-yet-valid",
        [ES_CHAIN_NOT_A_CA] = "not-a-ca",
        [ES_CHAIN_PATH_LENGTH] = "path-length",
        [ES_CHAIN_KEY_USAGE] = "key-usage",
        [ES_CHAIN_UNKNOWN_CRITICAL] = "unknown-critical",
        [ES_CHAIN_TOO_LONG] = "too-long",
    };
    es_assert((size_t)result < ES_COUNT(names));
    return names[result];
}

/* Keeps a verdict about the present path unless a better one is known. */
static void keep(struct search *s, bool whole, enum es_chain_result result,
                 const struct es_x509 *where, const char *text)
{
    struct es_chain_verdict *v = s->best;
    bool better = v->text == NULL || (whole && !s->best_is_whole) ||
                  (!whole && !s->best_is_whole && s->path_n > v->path_n);
    if (!better && result != ES_CHAIN_OK) {
        return;
    }
    *v = (struct es_chain_verdict){
        .result = result, .where = where, .text = text, .path_n = s->path_n};
    for (size_t i = 0; i < s->path_n; i++) {
        v->path[i] = s->path[i];
    }
    s->best_is_whole = whole;
}

/* What is wrong with the dates and extensions that concern every certificate. */
static enum es_chain_result judge_any(struct search *s, const struct es_x509 *cert,
                                      const char **text)
{
    struct es_arena *a = s->arena;
    if (s->with_dates && s->now_s > cert->not_after) {
        *text = es_arena_printf(a, "%s has expired on %s", cert->subject_text,
                                es_der_time_text(a, cert->not_after));
        return ES_CHAIN_EXPIRED;
    }
    if (s->with_dates && s->now_s < cert->not_before) {
        *text = es_arena_printf(a, "%s is not valid before %s", cert->subject_text,
                                es_der_time_text(a, cert->not_before));
        return ES_CHAIN_NOT_YET_VALID;
    }
    if (cert->ext.unknown_critical) {
        *text =
            es_arena_printf(a, "%s has the critical extension %s", cert->subject_text,
                            es_oid_text(a, cert->ext.unknown_critical->oid));
        return ES_CHAIN_UNKNOWN_CRITICAL;
    }
    return ES_CHAIN_OK;
}

/* What is wrong with the certificate at `index` of the path as an issuer. */
static enum es_chain_result judge_issuer(struct search *s, size_t index,
                                         const char **text)
{
    struct es_arena *a = s->arena;
    const struct es_x509 *cert = s->path[index];
    if (!cert->ext.ca) {
        *text =
            es_arena_printf(a, "%s is no CA (basicConstraints)", cert->subject_text);
        return ES_CHAIN_NOT_A_CA;
    }
    if (cert->ext.has_key_usage && !(cert->ext.key_usage & ES_KU_KEY_CERT_SIGN)) {
        *text = es_arena_printf(a, "%s may not sign certificates (keyUsage: %s)",
                                cert->subject_text,
                                es_key_usage_text(a, cert->ext.key_usage));
        return ES_CHAIN_KEY_USAGE;
    }
    uint64_t below = 0;
    for (size_t i = 1; i < index; i++) {
        below += !es_x509_is_self_issued(a, s->path[i]);
    }
    if (cert->ext.has_path_len && below > cert->ext.path_len) {
        *text = es_arena_printf(
            a, "%s allows %llu CAs below it, there are %llu", cert->subject_text,
            (unsigned long long)cert->ext.path_len, (unsigned long long)below);
        return ES_CHAIN_PATH_LENGTH;
    }
    return ES_CHAIN_OK;
}

/* Judges the present path, whose last certificate is an anchor. */
static bool judge_path(struct search *s)
{
    size_t judged = s->path_n > 1 ? s->path_n - 1 : 1;
    for (size_t i = 0; i < judged; i++) {
        const char *text = NULL;
        enum es_chain_result result = judge_any(s, s->path[i], &text);
        if (result == ES_CHAIN_OK && i > 0) {
            result = judge_issuer(s, i, &text);
        }
        if (result != ES_CHAIN_OK) {
            keep(s, true, result, s->path[i], text);
            return false;
        }
    }
    keep(s, true, ES_CHAIN_OK, s->path[0], "good");
    return true;
}

static bool is_in_path(const struct search *s, const struct es_x509 *cert)
{
    for (size_t i = 0; i < s->path_n; i++) {
        if (es_slice_eq(s->path[i]->der, cert->der)) {
            return true;
        }
    }
    return false;
}

/* True if the candidate's name and key made the last certificate of the path. */
static bool is_issuer(struct search *s, const struct es_x509 *candidate, bool *named,
                      const char **why)
{
    const struct es_x509 *last = s->path[s->path_n - 1];
    if (!es_name_is_equal(s->arena, last->issuer, candidate->subject)) {
        return false;
    }
    *named = true;
    if (s->checks >= SIGNATURE_CHECKS_MAX) {
        *why = "too many certificates of the same name";
        return false;
    }
    s->checks++;
    return es_x509_is_signed_by(s->arena, last, &candidate->key, why);
}

static bool extend(struct search *s);

static bool try_candidates(struct search *s, const struct es_x509_bag *bag,
                           bool anchors, bool *named, const char **why)
{
    for (size_t i = 0; i < bag->n; i++) {
        const struct es_x509 *candidate = &bag->at[i];
        if (is_in_path(s, candidate) || !is_issuer(s, candidate, named, why)) {
            continue;
        }
        s->path[s->path_n++] = candidate;
        /* The depth of this recursion is that of the path. */
        bool good = anchors ? judge_path(s) : extend(s);
        if (good) {
            return true;
        }
        s->path_n--;
    }
    return false;
}

/* Looks for issuers of the last certificate of the path. */
static bool extend(struct search *s)
{
    const struct es_x509 *last = s->path[s->path_n - 1];
    bool named = false;
    const char *why = NULL;
    if (s->path_n == ES_CHAIN_MAX) {
        keep(s, false, ES_CHAIN_TOO_LONG, last, "the path is too long");
        return false;
    }
    if (try_candidates(s, s->anchors, true, &named, &why) ||
        try_candidates(s, s->bag, false, &named, &why)) {
        return true;
    }
    if (named && why) {
        keep(s, false, ES_CHAIN_SIGNATURE, last,
             es_arena_printf(s->arena, "%s is not signed by the %s that is known: %s",
                             last->subject_text, last->issuer_text, why));
    } else {
        keep(s, false, ES_CHAIN_NO_PATH, last,
             es_arena_printf(s->arena, "no certificate of %s, the issuer of %s",
                             last->issuer_text, last->subject_text));
    }
    return false;
}

static bool is_anchor(const struct es_x509_bag *anchors, const struct es_x509 *cert)
{
    for (size_t i = 0; i < anchors->n; i++) {
        if (es_slice_eq(anchors->at[i].der, cert->der)) {
            return true;
        }
    }
    return false;
}

static bool run(struct search *s, const struct es_x509 *leaf,
                struct es_chain_verdict *out)
{
    *out = (struct es_chain_verdict){0};
    s->best = out;
    s->path[0] = leaf;
    s->path_n = 1;
    if (is_anchor(s->anchors, leaf)) {
        return judge_path(s);
    }
    return extend(s);
}

bool es_chain_judge(struct es_arena *a, const struct es_x509 *leaf,
                    const struct es_x509_bag *bag, const struct es_x509_bag *anchors,
                    int64_t now_s, struct es_chain_verdict *out)
{
    struct search s = {
        .arena = a, .bag = bag, .anchors = anchors, .with_dates = true, .now_s = now_s};
    return run(&s, leaf, out);
}

bool es_chain_is_complete(struct es_arena *a, const struct es_x509 *cert,
                          const struct es_x509_bag *bag, struct es_chain_verdict *out)
{
    struct es_x509_bag roots = {0};
    for (size_t i = 0; i < bag->n; i++) {
        const struct es_x509 *c = &bag->at[i];
        if (es_x509_is_self_issued(a, c) && es_x509_is_signed_by(a, c, &c->key, NULL)) {
            ES_PUSH(a, &roots, *c);
        }
    }
    struct search s = {.arena = a, .bag = bag, .anchors = &roots};
    return run(&s, cert, out);
}
