/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/wire.h"

#define TEXT_NULL UINT32_MAX

void es_wire_put_text(struct es_buf *out, const char *text)
{
    if (!text) {
        es_buf_u32(out, TEXT_NULL);
        return;
    }
    struct es_slice s = es_slice_of(text);
    es_buf_u32(out, (uint32_t)s.n);
    es_buf_put(out, s);
}

void es_wire_put_texts(struct es_buf *out, const char *const *texts, size_t n)
{
    es_buf_u32(out, (uint32_t)n);
    for (size_t i = 0; i < n; i++) {
        es_wire_put_text(out, texts[i]);
    }
}

const char *es_wire_text(struct es_rd *in, struct es_arena *arena)
{
    uint32_t n = es_rd_u32(in);
    if (in->failed || n == TEXT_NULL) {
        return NULL;
    }
    struct es_slice s = es_rd_bytes(in, n);
    if (in->failed || es_slice_find(s, 0) != s.n) {
        in->failed = true;
        return NULL;
    }
    return es_arena_text(arena, s);
}

size_t es_wire_count(struct es_rd *in, size_t size)
{
    uint32_t n = es_rd_u32(in);
    if (n > es_rd_left(in) / size) {
        in->failed = true;
        return 0;
    }
    return n;
}

const char **es_wire_texts(struct es_rd *in, struct es_arena *arena, size_t *n)
{
    *n = es_wire_count(in, ES_WIRE_TEXT_MIN);
    const char **texts = ES_NEW_ARRAY(arena, const char *, *n + 1);
    for (size_t i = 0; i < *n; i++) {
        texts[i] = es_wire_text(in, arena);
        in->failed |= texts[i] == NULL;
    }
    return texts;
}
