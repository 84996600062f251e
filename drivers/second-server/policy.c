/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A client that waited for exactly Max-Age is not early because its clock runs faster. */
enum { MAX_AGE_DEFAULT_SECONDS = 1, SLACK_MS = 50 };

struct waiting {
    struct waiting *next;
    uint8_t key[ES_PENDING_KEY_LEN];
    uint64_t ready_ms;
};

static enum es_answer answer = ES_ANSWER_NOW;
static uint32_t max_age_seconds = MAX_AGE_DEFAULT_SECONDS;
static struct waiting *waiting;

enum es_answer es_policy_answer(void)
{
    return answer;
}

static bool set_max_age(const char *text)
{
    char *end;
    errno = 0;
    long n = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || n < 1 || n > 86400) {
        return false;
    }
    max_age_seconds = (uint32_t)n;
    return true;
}

bool es_policy_command(const char *line)
{
    if (strcmp(line, "answer now") == 0) {
        answer = ES_ANSWER_NOW;
    } else if (strcmp(line, "answer separate") == 0) {
        answer = ES_ANSWER_SEPARATE;
    } else if (strcmp(line, "answer pending") == 0) {
        answer = ES_ANSWER_PENDING;
    } else {
        return strncmp(line, "max-age ", 8) == 0 && set_max_age(line + 8);
    }
    return true;
}

static struct waiting **find(const uint8_t *key)
{
    struct waiting **at = &waiting;
    while (*at != NULL && memcmp((*at)->key, key, ES_PENDING_KEY_LEN) != 0) {
        at = &(*at)->next;
    }
    return at;
}

uint32_t es_policy_wait_seconds(const uint8_t key[ES_PENDING_KEY_LEN], uint64_t now_ms)
{
    struct waiting **at = find(key), *w = *at;
    if (w == NULL && answer == ES_ANSWER_PENDING) {
        w = es_memory_new(sizeof *w);
        memcpy(w->key, key, ES_PENDING_KEY_LEN);
        w->ready_ms = now_ms + (uint64_t)max_age_seconds * 1000 - SLACK_MS;
        w->next = waiting;
        waiting = w;
        return max_age_seconds;
    }
    if (w == NULL) {
        return 0;
    }
    if (answer == ES_ANSWER_PENDING && now_ms < w->ready_ms) {
        return (uint32_t)((w->ready_ms + SLACK_MS - now_ms + 999) / 1000);
    }
    *at = w->next;
    es_memory_free(w);
    return 0;
}

void es_policy_close(void)
{
    while (waiting != NULL) {
        struct waiting *next = waiting->next;
        es_memory_free(waiting);
        waiting = next;
    }
}
