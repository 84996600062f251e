/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/predefined.h"

static struct es_value get_certificate(const void *record,
                                       const struct es_shape_field *f,
                                       struct es_arena *a)
{
    const struct es_zoo *zoo = record;
    (void)a;
    return es_value_bytes(zoo->at[f->number].cert);
}

/* Behind the identities stands the key-encryption key. */
enum { KEK = ES_ZOO_COUNT };

static struct es_value get_secret(const void *record, const struct es_shape_field *f,
                                  struct es_arena *a)
{
    const struct es_zoo *zoo = record;
    (void)a;
    return es_value_bytes(f->number == KEK ? es_zoo_kek() : zoo->at[f->number].key);
}

static const char *secret_at(size_t index)
{
    return index == KEK ? "kek" : es_zoo_name_at(index);
}

static bool find_name(struct es_slice name, struct es_arena *a,
                      const char *(*name_at)(size_t index), struct es_shape_field *out)
{
    for (uint32_t i = 0; name_at(i); i++) {
        if (es_slice_is(name, name_at(i))) {
            out->name = es_arena_text(a, name);
            out->kind = ES_KIND_BYTES;
            out->number = i;
            return true;
        }
    }
    return false;
}

static bool find_identity(struct es_slice name, struct es_arena *a,
                          struct es_shape_field *out)
{
    *out = (struct es_shape_field){.doc = "DER certificate", .get = get_certificate};
    return find_name(name, a, es_zoo_name_at, out);
}

static bool find_secret(struct es_slice name, struct es_arena *a,
                        struct es_shape_field *out)
{
    *out = (struct es_shape_field){.doc = "private key as PKCS#8", .get = get_secret};
    return find_name(name, a, secret_at, out);
}

static const struct es_shape pki_shape = {
    .name = "the PKI", .find_more = find_identity, .more_at = es_zoo_name_at};
static const struct es_shape secret_shape = {
    .name = "the key ring", .find_more = find_secret, .more_at = secret_at};

const struct es_predefined es_ops_predefined[ES_OPS_PREDEFINED_COUNT] = {
    [ES_OPS_SLOT_PKI] =
        {"pki", "the certificates of the zoo: $pki.root is the DER of the root CA",
         ES_KIND_RECORD, &pki_shape},
    [ES_OPS_SLOT_SECRET] =
        {"secret",
         "their private keys: $secret.ldevid is PKCS#8; $secret.kek is the key-encryption "
         "key that the server has, too",
         ES_KIND_RECORD, &secret_shape},
    [ES_OPS_SLOT_URI] = {"uri", "coaps URI of the peer", ES_KIND_TEXT, NULL},
    [ES_OPS_SLOT_NOW] =
        {"now", "the time at which certificates are judged, in seconds since 1970",
         ES_KIND_NUMBER, NULL},
};

void es_ops_bind_predefined(struct es_stage *g)
{
    struct es_scope *scope = es_stage_scope(g);
    struct es_arena *a = es_stage_arena(g);
    scope->slots[ES_OPS_SLOT_PKI] = es_value_record(&pki_shape, es_stage_zoo(g));
    scope->slots[ES_OPS_SLOT_SECRET] = es_value_record(&secret_shape, es_stage_zoo(g));
    const char *address = es_address_text(es_stage_peer(g), a);
    scope->slots[ES_OPS_SLOT_URI] =
        es_value_text(es_slice_of(es_arena_printf(a, "coaps://%s", address)));
    scope->slots[ES_OPS_SLOT_NOW] = es_value_number(es_stage_certificate_time(g));
}
