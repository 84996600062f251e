/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "est/issue.h"

#include "codec/der.h"
#include "codec/pem.h"
#include "codec/pkcs7.h"
#include "pki/ca.h"
#include "pki/key.h"

enum { CERTS_MAX = 4 };

#define DAY_S ((int64_t)86400)

struct certs {
    struct es_slice at[CERTS_MAX];
    size_t n;
};

static bool choose_key(struct es_arena *a, const struct es_issue_order *order,
                       struct es_ca_recipe *recipe, struct es_issued *out,
                       struct es_diag *d)
{
    struct es_slice pkcs8;
    if (order->key == ES_ISSUE_REQUESTED) {
        return true;
    }
    ES_TRY(es_key_generate(a, ES_KEY_P256, &pkcs8, d));
    recipe->spki = es_key_spki(a, pkcs8);
    out->pkcs8 = order->key == ES_ISSUE_GENERATED ? pkcs8 : ES_SLICE_NONE;
    return true;
}

static void choose_validity(const struct es_issue_order *order, int64_t now_s,
                            struct es_ca_recipe *recipe)
{
    recipe->not_before = now_s - DAY_S;
    recipe->not_after = now_s + 365 * DAY_S;
    if (order->validity == ES_ISSUE_EXPIRED) {
        recipe->not_before = now_s - 30 * DAY_S;
        recipe->not_after = now_s - DAY_S;
    } else if (order->validity == ES_ISSUE_NOT_YET) {
        recipe->not_before = now_s + 30 * DAY_S;
    }
}

static void leave_out_names(struct es_arena *a, struct es_ca_recipe *recipe)
{
    struct es_extension *kept =
        ES_NEW_ARRAY(a, struct es_extension, recipe->extensions_n + 1);
    size_t n = 0;
    for (size_t i = 0; i < recipe->extensions_n; i++) {
        if (recipe->extensions[i].id != ES_OID_SUBJECT_ALT_NAME) {
            kept[n++] = recipe->extensions[i];
        }
    }
    recipe->extensions = kept;
    recipe->extensions_n = n;
}

static bool has_extension(const struct es_ca_recipe *recipe, enum es_oid id)
{
    for (size_t i = 0; i < recipe->extensions_n; i++) {
        if (recipe->extensions[i].id == id) {
            return true;
        }
    }
    return false;
}

static bool certify(struct es_arena *a, const struct es_zoo *zoo, int64_t now_s,
                    const struct es_issue_order *order, const struct es_pkcs10 *csr,
                    struct es_issued *out, struct es_diag *d)
{
    static const char *const usages[] = {"clientAuth"};
    static const enum es_zoo_id issuers[] = {
        [ES_ISSUE_BY_ISSUING_CA] = ES_ZOO_ISSUING_CA,
        [ES_ISSUE_BY_IMPOSTOR] = ES_ZOO_IMPOSTOR_CA,
        [ES_ISSUE_BY_ROOT] = ES_ZOO_ROOT};
    const struct es_zoo_entry *issuer = &zoo->at[issuers[order->issuer]];
    struct es_ca_recipe recipe = {.issuer_cert = issuer->cert,
                                  .issuer_key = issuer->key};
    if (order->issuer_cert.n) {
        recipe.issuer_cert = order->issuer_cert;
        recipe.issuer_key = order->issuer_key;
    }
    es_ca_recipe_adopt(a, csr, &recipe);
    choose_validity(order, now_s, &recipe);
    ES_TRY(choose_key(a, order, &recipe, out, d));
    if (order->subject) {
        recipe.subject = order->subject;
        recipe.subject_der = ES_SLICE_NONE;
    }
    if (order->without_names) {
        leave_out_names(a, &recipe);
    }
    recipe.ca = order->ca;
    recipe.path_len = -1;
    if (!has_extension(&recipe, ES_OID_KEY_USAGE)) {
        recipe.key_usage = order->ca ? ES_KU_KEY_CERT_SIGN : ES_KU_DIGITAL_SIGNATURE;
    }
    if (!has_extension(&recipe, ES_OID_EXT_KEY_USAGE) && !order->ca) {
        recipe.eku = usages;
        recipe.eku_n = ES_COUNT(usages);
    }
    recipe.break_signature = order->break_signature;
    out->key = recipe.spki;
    return es_ca_issue(a, &recipe, &out->cert, d);
}

static void collect_chain(const struct es_zoo *zoo, enum es_issue_chain chain,
                          struct certs *c)
{
    switch (chain) {
    case ES_ISSUE_CHAIN_NONE:
        break;
    case ES_ISSUE_CHAIN_WHOLE:
        c->at[c->n++] = zoo->at[ES_ZOO_ISSUING_CA].cert;
        c->at[c->n++] = zoo->at[ES_ZOO_ROOT].cert;
        break;
    case ES_ISSUE_CHAIN_ISSUER:
        c->at[c->n++] = zoo->at[ES_ZOO_ISSUING_CA].cert;
        break;
    case ES_ISSUE_CHAIN_WRONG:
        c->at[c->n++] = zoo->at[ES_ZOO_IMPOSTOR_CA].cert;
        break;
    }
}

static void collect(const struct es_zoo *zoo, const struct es_issue_order *order,
                    const struct es_issued *issued, struct certs *c)
{
    if (order->wrong_first) {
        c->at[c->n++] = zoo->at[ES_ZOO_LDEVID].cert;
    }
    if (order->issuer_first) {
        collect_chain(zoo, order->chain, c);
    }
    c->at[c->n++] = issued->cert;
    if (!order->issuer_first) {
        collect_chain(zoo, order->chain, c);
    }
}

static struct es_slice put_pem(struct es_arena *a, const struct certs *c)
{
    struct es_buf b;
    size_t max = 0;
    for (size_t i = 0; i < c->n; i++) {
        max += 2 * c->at[i].n + 128;
    }
    es_buf_build(&b, a, max);
    for (size_t i = 0; i < c->n; i++) {
        es_pem_put(&b, "CERTIFICATE", c->at[i]);
    }
    return es_buf_slice(&b);
}

/* The outermost SEQUENCE with an indefinite length (X.690, 8.1.3.6). */
static struct es_slice make_indefinite(struct es_arena *a, struct es_slice der)
{
    struct es_buf b;
    size_t length_n = der.n > 1 && der.p[1] & 0x80 ? 1U + (der.p[1] & 0x7fU) : 1U;
    es_buf_build(&b, a, der.n + 4);
    es_buf_u8(&b, ES_DER_SEQUENCE);
    es_buf_u8(&b, 0x80);
    es_buf_put(&b, es_slice_from(der, 1 + length_n));
    es_buf_u16(&b, 0);
    return es_buf_slice(&b);
}

static struct es_slice wrap(struct es_arena *a, const struct es_issue_order *order,
                            const struct certs *c)
{
    switch (order->form) {
    case ES_ISSUE_CERTS_ONLY:
        break;
    case ES_ISSUE_RAW:
        return c->at[0];
    case ES_ISSUE_BASE64:
        return es_slice_of(es_base64_encode(a, es_pkcs7_build(a, c->at, c->n)));
    case ES_ISSUE_PEM:
        return put_pem(a, c);
    case ES_ISSUE_BER:
        return make_indefinite(a, es_pkcs7_build(a, c->at, c->n));
    }
    return es_pkcs7_build(a, c->at, c->n);
}

bool es_issue(struct es_arena *a, const struct es_zoo *zoo, int64_t now_s,
              const struct es_issue_order *order, struct es_issued *out,
              struct es_diag *d)
{
    struct es_pkcs10 *csr = ES_NEW(a, struct es_pkcs10);
    struct es_flaw flaw = ES_FLAW_NONE;
    struct certs certs = {0};
    *out = (struct es_issued){0};
    if (!es_pkcs10_view(a, order->csr, csr, &flaw)) {
        return es_fail(d, ES_LOC_NONE, ES_CODE_INPUT, "the request cannot be read: %s",
                       es_flaw_or(a, &flaw, ""));
    }
    ES_TRY(certify(a, zoo, now_s, order, csr, out, d));
    collect(zoo, order, out, &certs);
    out->p7 = wrap(a, order, &certs);
    return true;
}

bool es_issue_server(struct es_arena *a, const struct es_zoo *zoo, int64_t now_s,
                     const char *address, struct es_slice *cert, struct es_diag *d)
{
    static const char *const usages[] = {"serverAuth", "id-kp-cmcRA"};
    const char *const names[] = {"dns:localhost", "ip:127.0.0.1", "ip:::1",
                                 es_arena_printf(a, "ip:%s", address)};
    const struct es_zoo_entry *server = &zoo->at[ES_ZOO_EST_SERVER];
    struct es_ca_recipe recipe = {.subject_der = server->view.subject,
                                  .spki = server->view.key.spki,
                                  .issuer_cert = zoo->at[ES_ZOO_ISSUING_CA].cert,
                                  .issuer_key = zoo->at[ES_ZOO_ISSUING_CA].key,
                                  .not_before = now_s - DAY_S,
                                  .not_after = now_s + 365 * DAY_S,
                                  .key_usage = ES_KU_DIGITAL_SIGNATURE,
                                  .eku = usages,
                                  .eku_n = ES_COUNT(usages),
                                  .san = names,
                                  .san_n = ES_COUNT(names)};
    return es_ca_issue(a, &recipe, cert, d);
}
