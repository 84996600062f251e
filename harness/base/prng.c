/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/prng.h"

#include "base/assert.h"

#include <sys/random.h>

static uint64_t mix(uint64_t z)
{
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static uint64_t absorb(uint64_t state, struct es_slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        state = mix(state ^ s.p[i]) + 0x9e3779b97f4a7c15u;
    }
    return mix(state + s.n);
}

void es_prng_init(struct es_prng *r, uint64_t seed, struct es_slice instance,
                  struct es_slice purpose)
{
    r->state = absorb(absorb(mix(seed), instance), purpose);
}

uint64_t es_prng_next(struct es_prng *r)
{
    r->state += 0x9e3779b97f4a7c15u;
    return mix(r->state);
}

uint64_t es_prng_below(struct es_prng *r, uint64_t bound)
{
    es_assert(bound > 0);
    uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
    uint64_t v;
    do {
        v = es_prng_next(r);
    } while (v >= limit);
    return v % bound;
}

void es_prng_bytes(struct es_prng *r, uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        out[i] = (uint8_t)(es_prng_next(r) >> 32);
    }
}

uint64_t es_prng_fresh_seed(void)
{
    uint64_t seed = 0;
    es_assert(getrandom(&seed, sizeof seed, 0) == (ssize_t)sizeof seed);
    return seed;
}
