/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "buffer.h"

#include <openssl/crypto.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *es_memory_new(size_t size)
{
    void *p = calloc(1, size > 0 ? size : 1);
    if (p == NULL) {
        es_log("out of memory");
        abort();
    }
    return p;
}

void es_memory_free(void *p)
{
    free(p);
}

static void reserve(struct es_buffer *b, size_t n)
{
    if (n <= b->room) {
        return;
    }
    size_t room = b->room > 0 ? b->room : 256;
    while (room < n) {
        room *= 2;
    }
    uint8_t *p = realloc(b->p, room);
    if (p == NULL) {
        es_log("out of memory");
        abort();
    }
    b->p = p;
    b->room = room;
}

void es_buffer_add(struct es_buffer *b, const void *data, size_t n)
{
    if (n == 0) {
        return;
    }
    reserve(b, b->n + n);
    memcpy(b->p + b->n, data, n);
    b->n += n;
}

void es_buffer_add_byte(struct es_buffer *b, unsigned int byte)
{
    uint8_t one = (uint8_t)byte;
    es_buffer_add(b, &one, 1);
}

void es_buffer_resize(struct es_buffer *b, size_t n)
{
    reserve(b, n);
    if (n > b->n) {
        memset(b->p + b->n, 0, n - b->n);
    }
    b->n = n;
}

void es_buffer_free(struct es_buffer *b)
{
    free(b->p);
    *b = (struct es_buffer){NULL, 0, 0};
}

void es_buffer_add_openssl(struct es_buffer *b, unsigned char *der, int len)
{
    if (der == NULL || len < 0) {
        es_log("OpenSSL could not encode");
        abort();
    }
    es_buffer_add(b, der, (size_t)len);
    OPENSSL_free(der);
}

struct es_bytes es_buffer_view(const struct es_buffer *b)
{
    return (struct es_bytes){b->p, b->n};
}

struct es_bytes es_bytes_text(const char *text)
{
    return (struct es_bytes){(const uint8_t *)text, strlen(text)};
}

void es_log(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}
