/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/format.h"

#include <criterion/criterion.h>

Test(format, numbers_are_those_of_rfc9148)
{
    cr_assert_eq(ES_FORMAT_SERVER_KEY, 280);
    cr_assert_eq(ES_FORMAT_CERTS_ONLY, 281);
    cr_assert_eq(ES_FORMAT_PKCS8, 284);
    cr_assert_eq(ES_FORMAT_CSRATTRS, 285);
    cr_assert_eq(ES_FORMAT_PKCS10, 286);
    cr_assert_eq(ES_FORMAT_CERT, 287);
    cr_assert_eq(ES_FORMAT_MULTIPART, 62);
}

Test(format, each_entry_is_found_by_number_name_and_media_type)
{
    const struct es_format_entry *f;
    for (size_t i = 0; (f = es_format_at(i)) != NULL; i++) {
        cr_assert_eq(es_format_find(f->number), f, "%u twice", f->number);
        cr_assert_eq(es_format_find_name(es_slice_of(f->name)), f, "%s twice", f->name);
        cr_assert_eq(es_format_find_name(es_slice_of(f->media)), f, "%s twice",
                     f->media);
    }
}

Test(format, unknown_number_is_only_a_number)
{
    struct es_arena *a = es_arena_new();
    cr_assert_null(es_format_find(4711));
    cr_assert_null(es_format_find_name(es_slice_of("pkcs")));
    cr_assert_str_eq(es_format_text(a, 4711), "4711");
    cr_assert_str_eq(es_format_text(a, 281), "281 (pkcs7-certs-only)");
    es_arena_free(a);
}
