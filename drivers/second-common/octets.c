/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "octets.h"

#include <stdlib.h>
#include <string.h>

void *es_memory_new(size_t n)
{
    void *p = calloc(1, n);
    if (p == NULL) {
        abort();
    }
    return p;
}

void es_memory_free(void *p)
{
    free(p);
}

static void make_room(struct es_octets *o, size_t n)
{
    if (o->room - o->n >= n) {
        return;
    }
    size_t room = 2 * o->room + n;
    uint8_t *p = realloc(o->p, room);
    if (p == NULL) {
        abort();
    }
    o->p = p;
    o->room = room;
}

void es_octets_add(struct es_octets *o, const void *p, size_t n)
{
    if (n > 0) {
        make_room(o, n);
        memcpy(o->p + o->n, p, n);
        o->n += n;
    }
}

void es_octets_add_bytes(struct es_octets *o, struct es_bytes b)
{
    es_octets_add(o, b.p, b.n);
}

void es_octets_add_byte(struct es_octets *o, unsigned int byte)
{
    uint8_t b = (uint8_t)byte;
    es_octets_add(o, &b, 1);
}

void es_octets_add_text(struct es_octets *o, const char *text)
{
    es_octets_add(o, text, strlen(text));
}

void es_octets_insert(struct es_octets *o, size_t at, const void *p, size_t n)
{
    make_room(o, n);
    memmove(o->p + at + n, o->p + at, o->n - at);
    memcpy(o->p + at, p, n);
    o->n += n;
}

void es_octets_clear(struct es_octets *o)
{
    o->n = 0;
}

void es_octets_free(struct es_octets *o)
{
    free(o->p);
    *o = (struct es_octets){NULL, 0, 0};
}

struct es_bytes es_octets_view(const struct es_octets *o)
{
    return (struct es_bytes){o->p, o->n};
}

bool es_bytes_equal(struct es_bytes a, struct es_bytes b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool es_bytes_are(struct es_bytes a, const char *text)
{
    return es_bytes_equal(a, (struct es_bytes){(const uint8_t *)text, strlen(text)});
}
