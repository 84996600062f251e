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

static bool find_identity(struct es_slice name, struct es_arena *a,
                          struct es_shape_field *out)
{
    for (uint32_t i = 0; es_zoo_name_at(i); i++) {
        if (es_slice_is(name, es_zoo_name_at(i))) {
            *out = (struct es_shape_field){.name = es_arena_text(a, name),
                                           .kind = ES_KIND_BYTES,
                                           .doc = "DER certificate",
                                           .get = get_certificate,
                                           .number = i};
            return true;
        }
    }
    return false;
}

static const struct es_shape pki_shape = {
    .name = "the PKI", .find_more = find_identity, .more_at = es_zoo_name_at};

const struct es_predefined es_ops_predefined[ES_OPS_PREDEFINED_COUNT] = {
    {"pki", "the certificates of the zoo: $pki.root is the DER of the root CA",
     ES_KIND_RECORD, &pki_shape},
    {"uri", "coaps URI of the peer", ES_KIND_TEXT, NULL},
    {"now", "the time at which certificates are judged, in seconds since 1970",
     ES_KIND_NUMBER, NULL},
};

void es_ops_bind_predefined(struct es_stage *g)
{
    struct es_scope *scope = es_stage_scope(g);
    struct es_arena *a = es_stage_arena(g);
    scope->slots[0] = es_value_record(&pki_shape, es_stage_zoo(g));
    const char *address = es_address_text(es_stage_peer(g), a);
    scope->slots[1] =
        es_value_text(es_slice_of(es_arena_printf(a, "coaps://%s", address)));
    scope->slots[2] = es_value_number(es_stage_certificate_time(g));
}
