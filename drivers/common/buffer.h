/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_BUFFER_H
#define ES_BUFFER_H

#include <stddef.h>
#include <stdint.h>

/* Bytes: a borrowed view, and a growing buffer that owns its memory. All heap memory of
   a reference peer (but not of its libraries) comes from here; a failed allocation ends
   the process, for a test peer that cannot allocate a few KiB has nothing left to show. */

struct es_bytes {
    const uint8_t *p;
    size_t n;
};

struct es_buffer {
    uint8_t *p;
    size_t n, room;
};

/* Zeroed memory, to be given back with es_memory_free. Never NULL. */
void *es_memory_new(size_t size);
void es_memory_free(void *p);

void es_buffer_add(struct es_buffer *b, const void *data, size_t n);
void es_buffer_add_byte(struct es_buffer *b, unsigned int byte);
/* Makes the length n; new bytes are zero. */
void es_buffer_resize(struct es_buffer *b, size_t n);
void es_buffer_free(struct es_buffer *b);
/* Takes over memory that OpenSSL allocated (i2d_* with a NULL target): copies, frees. */
void es_buffer_add_openssl(struct es_buffer *b, unsigned char *der, int len);

struct es_bytes es_buffer_view(const struct es_buffer *b);
struct es_bytes es_bytes_text(const char *text);

/* One line to stderr: the peer log. */
#if defined(__GNUC__)
__attribute__((format(printf, 1, 2)))
#endif
void es_log(const char *format, ...);

#endif
