/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/body_shape.h"
#include "codec/x509.h"
#include "scenario/op.h"

static const struct es_x509 *of(const void *record)
{
    return record;
}

static struct es_value get_subject(const void *record, const struct es_shape_field *f,
                                   struct es_arena *a)
{
    (void)f, (void)a;
    return es_value_text(es_slice_of(of(record)->subject_text));
}

static struct es_value get_issuer(const void *record, const struct es_shape_field *f,
                                  struct es_arena *a)
{
    (void)f, (void)a;
    return es_value_text(es_slice_of(of(record)->issuer_text));
}

static const struct es_shape_field fields[] = {
    {.name = "subject", .kind = ES_KIND_TEXT, .get = get_subject, .doc = "CN=..,O=.."},
    {.name = "issuer", .kind = ES_KIND_TEXT, .get = get_issuer, .doc = "CN=..,O=.."},
};

static const struct es_shape shape = {
    .name = "x509", .fields = fields, .n = ES_COUNT(fields)};

static bool decode(struct es_slice bytes, struct es_arena *a, const void **record,
                   const char **why)
{
    struct es_x509 *cert = ES_NEW(a, struct es_x509);
    struct es_flaw flaw = ES_FLAW_NONE;
    *record = cert;
    if (es_x509_view(a, bytes, cert, &flaw)) {
        return true;
    }
    *why = es_arena_printf(a, "%s (%s at octet %zu)",
                           es_body_shape_name(es_body_shape_of(bytes)), flaw.text,
                           flaw.offset);
    return false;
}

const struct es_matcher es_mat_x509 = {
    .name = "x509",
    .summary = "exactly one DER certificate (Content-Format 287)",
    .doc = "Example: body: {x509: {subject: /CN=/}}",
    .form = ES_MATCHER_TREE,
    .shape = &shape,
    .decode = decode,
};
