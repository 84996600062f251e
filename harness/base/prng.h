/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_BASE_PRNG_H
#define ES_BASE_PRNG_H

/*
 * Deterministic random numbers for tokens, message IDs and mutations: a stream is a function
 * of (seed, instance id, purpose) and nothing else, so an instance behaves the same alone
 * and beside fifteen others. Not for keys: those come from wolfCrypt.
 */

#include "base/slice.h"

struct es_prng {
    uint64_t state;
};

/* Starts the stream named by the three. */
void es_prng_init(struct es_prng *r, uint64_t seed, struct es_slice instance,
                  struct es_slice purpose);
uint64_t es_prng_next(struct es_prng *r);
/* Uniform below `bound` (> 0). */
uint64_t es_prng_below(struct es_prng *r, uint64_t bound);
void es_prng_bytes(struct es_prng *r, uint8_t *out, size_t n);
/* A seed that no other run had, from the system's entropy. */
uint64_t es_prng_fresh_seed(void);

#endif
