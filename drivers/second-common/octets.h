/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_OCTETS_H
#define ES_OCTETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Octets of somebody else. */
struct es_bytes {
    const uint8_t *p;
    size_t n;
};

/* Octets that grow; {0} is empty. Memory that is not there ends the program. */
struct es_octets {
    uint8_t *p;
    size_t n, room;
};

void *es_memory_new(size_t n);
void es_memory_free(void *p);

void es_octets_add(struct es_octets *o, const void *p, size_t n);
void es_octets_add_bytes(struct es_octets *o, struct es_bytes b);
void es_octets_add_byte(struct es_octets *o, unsigned int byte);
void es_octets_add_text(struct es_octets *o, const char *text);
/* Opens a hole of n octets at `at`. */
void es_octets_insert(struct es_octets *o, size_t at, const void *p, size_t n);
void es_octets_clear(struct es_octets *o);
void es_octets_free(struct es_octets *o);
struct es_bytes es_octets_view(const struct es_octets *o);

bool es_bytes_equal(struct es_bytes a, struct es_bytes b);
bool es_bytes_are(struct es_bytes a, const char *text);

#endif
