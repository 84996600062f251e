/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bag.h"

#include "behaviour.h"
#include "der.h"

#include <stdlib.h>
#include <string.h>

/* contentType id-signedData, without the outer SEQUENCE. */
static const uint8_t oid_signed_data[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                          0xf7, 0x0d, 0x01, 0x07, 0x02};
/* version 1, no digest algorithms, encapContentInfo with id-data and no content. */
static const uint8_t head[] = {0x02, 0x01, 0x01, 0x31, 0x00, 0x30, 0x0b, 0x06, 0x09,
                               0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01};
static const uint8_t no_crls[] = {0xa1, 0x00};
static const uint8_t no_signers[] = {0x31, 0x00};

void es_bag_write_certificate(X509 *cert, struct es_buffer *out)
{
    unsigned char *der = NULL;
    int len = i2d_X509(cert, &der);
    es_buffer_add_openssl(out, der, len);
}

/* The order of a SET OF in DER: as octet strings (X.690, 11.6). */
static int compare_der(const void *a, const void *b)
{
    const struct es_buffer *x = a, *y = b;
    size_t n = x->n < y->n ? x->n : y->n;
    int order = memcmp(x->p, y->p, n);
    return order != 0 ? order : (x->n > y->n) - (x->n < y->n);
}

static void write_set(const STACK_OF(X509) * certs, struct es_buffer *out)
{
    size_t count = (size_t)sk_X509_num(certs);
    struct es_buffer *items = es_memory_new(count * sizeof *items);
    struct es_buffer all = {NULL, 0, 0};
    for (size_t i = 0; i < count; i++) {
        es_bag_write_certificate(sk_X509_value(certs, (int)i), &items[i]);
    }
    qsort(items, count, sizeof *items, compare_der);
    bool backwards = es_variant_is(ES_VARIANT_OK_CRTS_ORDER);
    for (size_t i = 0; i < count; i++) {
        const struct es_buffer *item = &items[backwards ? count - 1 - i : i];
        es_buffer_add(&all, item->p, item->n);
    }
    es_der_wrap(0xa0, es_buffer_view(&all), out);
    for (size_t i = 0; i < count; i++) {
        es_buffer_free(&items[i]);
    }
    es_memory_free(items);
    es_buffer_free(&all);
}

void es_bag_write(const STACK_OF(X509) * certs, struct es_buffer *out)
{
    struct es_buffer fields = {NULL, 0, 0}, data = {NULL, 0, 0}, info = {NULL, 0, 0};
    es_buffer_add(&fields, head, sizeof head);
    write_set(certs, &fields);
    if (es_variant_is(ES_VARIANT_OK_CMS_EMPTY_CRLS)) {
        es_buffer_add(&fields, no_crls, sizeof no_crls);
    }
    es_buffer_add(&fields, no_signers, sizeof no_signers);
    es_der_wrap(0x30, es_buffer_view(&fields), &data);
    es_buffer_add(&info, oid_signed_data, sizeof oid_signed_data);
    es_der_wrap(0xa0, es_buffer_view(&data), &info);
    es_der_wrap(0x30, es_buffer_view(&info), out);
    es_buffer_free(&fields);
    es_buffer_free(&data);
    es_buffer_free(&info);
}

void es_bag_write_one(X509 *cert, struct es_buffer *out)
{
    STACK_OF(X509) *certs = sk_X509_new_null();
    sk_X509_push(certs, cert);
    es_bag_write(certs, out);
    sk_X509_free(certs);
}
