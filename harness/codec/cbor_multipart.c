/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/cbor_multipart.h"

#include "base/diag.h"

#include <cbor.h>

static bool is_null(const struct es_cbor_head *h)
{
    return h->major == ES_CBOR_SIMPLE && h->info == ES_CBOR_NULL;
}

static bool check_format(struct es_arena *a, const struct es_cbor_head *h, size_t part,
                         struct es_flaw *flaw)
{
    if (h->major != ES_CBOR_UINT) {
        return es_flaw_set(flaw, a, h->offset, "the Content-Format of part %zu is %s",
                           part, es_cbor_kind_name(h));
    }
    if (h->value > UINT16_MAX) {
        return es_flaw_set(flaw, a, h->offset,
                           "the Content-Format of part %zu is %llu, over 65535", part,
                           (unsigned long long)h->value);
    }
    return true;
}

static bool check_body(struct es_arena *a, const struct es_cbor_head *h, size_t part,
                       struct es_flaw *flaw)
{
    if (h->major == ES_CBOR_BYTES || is_null(h)) {
        return true;
    }
    return es_flaw_set(flaw, a, h->offset,
                       "the body of part %zu is %s, not a byte string or null", part,
                       es_cbor_kind_name(h));
}

static bool check_structure(struct es_arena *a, struct es_slice body,
                            const struct es_cbor_item *item, struct es_flaw *flaw)
{
    if (item->head.major != ES_CBOR_ARRAY) {
        return es_flaw_set(flaw, a, 0, "the body is %s, not an array",
                           es_cbor_kind_name(&item->head));
    }
    if (item->raw.n < body.n) {
        return es_flaw_set(flaw, a, item->raw.n, "%zu octets too many behind the array",
                           body.n - item->raw.n);
    }
    if (item->elements.n % 2) {
        return es_flaw_set(flaw, a, 0, "an array of %zu elements, an odd number",
                           item->elements.n);
    }
    for (size_t i = 0; i < item->elements.n; i += 2) {
        ES_TRY(check_format(a, &item->elements.at[i], i / 2 + 1, flaw));
        ES_TRY(check_body(a, &item->elements.at[i + 1], i / 2 + 1, flaw));
    }
    return true;
}

/* The octets of a byte string, whole or in chunks. */
static struct es_slice octets_of(struct es_arena *a, const cbor_item_t *string)
{
    if (cbor_bytestring_is_definite(string)) {
        return es_arena_dup(a, es_slice_make(cbor_bytestring_handle(string),
                                             cbor_bytestring_length(string)));
    }
    size_t n = cbor_bytestring_chunk_count(string), total = 0;
    cbor_item_t **chunks = cbor_bytestring_chunks_handle(string);
    for (size_t i = 0; i < n; i++) {
        total += cbor_bytestring_length(chunks[i]);
    }
    struct es_buf b;
    es_buf_build(&b, a, total + 1);
    for (size_t i = 0; i < n; i++) {
        es_buf_put(&b, es_slice_make(cbor_bytestring_handle(chunks[i]),
                                     cbor_bytestring_length(chunks[i])));
    }
    return es_buf_slice(&b);
}

bool es_multipart_view(struct es_arena *a, struct es_slice body,
                       struct es_multipart *out, struct es_flaw *flaw)
{
    struct cbor_load_result result;
    *out = (struct es_multipart){.n = 0};
    ES_TRY(es_cbor_check(a, body, &out->item, flaw));
    ES_TRY(check_structure(a, body, &out->item, flaw));
    cbor_item_t *array = cbor_load(body.p, body.n, &result);
    if (!array) {
        return es_flaw_set(flaw, a, result.error.position, "libcbor refuses it: %d",
                           (int)result.error.code);
    }
    cbor_item_t **items = cbor_array_handle(array);
    out->n = cbor_array_size(array) / 2;
    out->at = ES_NEW_ARRAY(a, struct es_multipart_part, out->n + 1);
    for (size_t i = 0; i < out->n; i++) {
        struct es_multipart_part *part = &out->at[i];
        part->format = (uint16_t)cbor_get_int(items[2 * i]);
        part->offset = out->item.elements.at[2 * i].offset;
        part->is_null = !cbor_isa_bytestring(items[2 * i + 1]);
        if (!part->is_null) {
            part->body = octets_of(a, items[2 * i + 1]);
        }
    }
    cbor_decref(&array);
    return true;
}

const struct es_multipart_part *es_multipart_find(const struct es_multipart *m,
                                                  uint32_t format)
{
    for (size_t i = 0; i < m->n; i++) {
        if (m->at[i].format == format) {
            return &m->at[i];
        }
    }
    return NULL;
}

const char *es_multipart_encoding(struct es_arena *a, const struct es_multipart *m)
{
    const struct es_flaw *x = &m->item.indefinite, *y = &m->item.non_minimal;
    const struct es_flaw *first =
        !y->text || (x->text && x->offset <= y->offset) ? x : y;
    return es_flaw_or(a, first, "minimal");
}

struct es_slice es_multipart_build(struct es_arena *a,
                                   const struct es_multipart_part *parts, size_t n,
                                   bool indefinite)
{
    size_t total = 16;
    for (size_t i = 0; i < n; i++) {
        total += parts[i].body.n + 16;
    }
    struct es_buf b;
    es_buf_build(&b, a, total);
    if (indefinite) {
        es_cbor_put_indefinite(&b, ES_CBOR_ARRAY);
    } else {
        es_cbor_put_head(&b, ES_CBOR_ARRAY, 2 * n, 0);
    }
    for (size_t i = 0; i < n; i++) {
        es_cbor_put_head(&b, ES_CBOR_UINT, parts[i].format, 0);
        if (parts[i].is_null) {
            es_cbor_put_head(&b, ES_CBOR_SIMPLE, ES_CBOR_NULL, 0);
        } else {
            es_cbor_put_string(&b, ES_CBOR_BYTES, parts[i].body);
        }
    }
    if (indefinite) {
        es_cbor_put_indefinite(&b, ES_CBOR_SIMPLE);
    }
    return es_buf_slice(&b);
}
