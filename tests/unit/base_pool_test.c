/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/pool.h"

#include <criterion/criterion.h>

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

static const size_t sizes[] = {0, 1, 64, 65, 80, 3216, 65536, 114688, 114689, 400000};

Test(pool, pieces_of_every_size_are_apart_and_aligned)
{
    enum { N = sizeof sizes / sizeof *sizes };
    uint8_t *pieces[N];
    for (size_t i = 0; i < N; i++) {
        pieces[i] = es_pool_alloc(sizes[i]);
        cr_assert_eq((uintptr_t)pieces[i] % alignof(max_align_t), 0);
        memset(pieces[i], (int)i + 1, sizes[i]);
    }
    for (size_t i = 0; i < N; i++) {
        for (size_t k = 0; k < sizes[i]; k++) {
            cr_assert_eq(pieces[i][k], i + 1, "piece %zu, byte %zu", i, k);
        }
        es_pool_free(pieces[i]);
    }
    cr_assert_eq(es_pool_in_use(), 0);
}

Test(pool, what_was_given_back_last_is_given_out_first)
{
    void *a = es_pool_alloc(1000), *b = es_pool_alloc(1000);
    es_pool_free(a);
    es_pool_free(b);
    cr_assert_eq(es_pool_alloc(1000), b);
    cr_assert_eq(es_pool_alloc(1000), a);
}

Test(pool, a_larger_piece_keeps_the_content)
{
    char *text = es_pool_realloc(NULL, 6);
    memcpy(text, "hello", 6);
    text = es_pool_realloc(text, 5000);
    cr_assert_str_eq(text, "hello");
    text = es_pool_realloc(text, 300000);
    cr_assert_str_eq(text, "hello");
    es_pool_free(text);
    es_pool_free(NULL);
    cr_assert_eq(es_pool_in_use(), 0);
}

Test(pool, afresh_forgets_what_was_given_back)
{
    void *a = es_pool_alloc(1000);
    es_pool_free(a);
    es_pool_start_afresh();
    void *b = es_pool_alloc(1000);
    cr_assert_neq(b, a);
    /* What was handed out before may still come back. */
    es_pool_free(b);
}
