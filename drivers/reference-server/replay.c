/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "replay.h"

#include "behaviour.h"

struct seen {
    bool used;
    uint16_t mid;
    uint64_t at_ms;
    struct es_buffer answer;
};

struct es_replay {
    size_t next;
    struct seen ring[ES_REPLAY_MAX];
};

struct es_replay *es_replay_new(void)
{
    return es_memory_new(sizeof(struct es_replay));
}

void es_replay_free(struct es_replay *replay)
{
    for (size_t i = 0; replay != NULL && i < ES_REPLAY_MAX; i++) {
        es_buffer_free(&replay->ring[i].answer);
    }
    es_memory_free(replay);
}

bool es_replay_find(const struct es_replay *replay, uint16_t mid, uint64_t now_ms,
                    struct es_bytes *answer)
{
    for (size_t i = 0; i < ES_REPLAY_MAX; i++) {
        const struct seen *s = &replay->ring[i];
        bool latest = i == (replay->next + ES_REPLAY_MAX - 1) % ES_REPLAY_MAX;
        if (!latest && es_mutant_is(ES_MUTANT_DEDUP_LATEST_ONLY)) {
            continue;
        }
        if (s->used && s->mid == mid && now_ms - s->at_ms < ES_EXCHANGE_LIFETIME_MS) {
            *answer = es_buffer_view(&s->answer);
            return true;
        }
    }
    return false;
}

struct es_bytes es_replay_latest(const struct es_replay *replay)
{
    size_t latest = (replay->next + ES_REPLAY_MAX - 1) % ES_REPLAY_MAX;
    return es_buffer_view(&replay->ring[latest].answer);
}

void es_replay_remember(struct es_replay *replay, uint16_t mid, uint64_t now_ms,
                        struct es_bytes answer)
{
    struct seen *s = &replay->ring[replay->next];
    replay->next = (replay->next + 1) % ES_REPLAY_MAX;
    es_buffer_free(&s->answer);
    *s = (struct seen){true, mid, now_ms, {NULL, 0, 0}};
    es_buffer_add(&s->answer, answer.p, answer.n);
}
