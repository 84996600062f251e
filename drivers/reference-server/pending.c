/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pending.h"

#include "behaviour.h"
#include "buffer.h"
#include "policy.h"

#include <string.h>

/* Clocks differ a little: a client that waited for exactly Max-Age is not early. */
enum { SLACK_MS = 100, LARGE_MAX_AGE_SECONDS = 7200 };

struct entry {
    struct entry *next;
    uint8_t key[ES_PENDING_KEY_BYTES];
    uint64_t ready_ms;
};

static struct entry *entries;

static struct entry **find(const uint8_t *key)
{
    struct entry **p = &entries;
    while (*p != NULL && memcmp((*p)->key, key, ES_PENDING_KEY_BYTES) != 0) {
        p = &(*p)->next;
    }
    return p;
}

static uint32_t max_age(void)
{
    uint32_t seconds = es_policy.max_age_seconds > 0 ? es_policy.max_age_seconds : 1;
    return es_variant_is(ES_VARIANT_OK_503_MAX_AGE_LARGE) ? LARGE_MAX_AGE_SECONDS
                                                          : seconds;
}

uint32_t es_pending_seconds(const uint8_t key[ES_PENDING_KEY_BYTES], uint64_t now_ms)
{
    struct entry **p = find(key);
    struct entry *e = *p;
    if (es_policy.answer == ES_ANSWER_PENDING && e == NULL) {
        e = es_memory_new(sizeof *e);
        memcpy(e->key, key, ES_PENDING_KEY_BYTES);
        e->ready_ms = now_ms + (uint64_t)max_age() * 1000;
        e->next = entries;
        entries = e;
        return max_age();
    }
    if (es_policy.answer == ES_ANSWER_PENDING && now_ms + SLACK_MS < e->ready_ms) {
        return (uint32_t)((e->ready_ms - now_ms + 999) / 1000);
    }
    if (e != NULL) {
        *p = e->next;
        es_memory_free(e);
    }
    return 0;
}
