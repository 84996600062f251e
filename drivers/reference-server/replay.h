/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_REPLAY_H
#define ES_REPLAY_H

#include "buffer.h"

#include <stdbool.h>

/* Deduplication by Message ID (RFC 7252, 4.5), which libcoap does not do: each CON or NON
   seen within EXCHANGE_LIFETIME is remembered together with what was sent at once in
   return. A copy gets the same bytes again and is not processed. The memory is a ring: a
   session that sends more than ES_REPLAY_MAX messages in 247 s forgets the oldest. */

enum { ES_REPLAY_MAX = 256, ES_EXCHANGE_LIFETIME_MS = 247000 };

struct es_replay;

struct es_replay *es_replay_new(void);
void es_replay_free(struct es_replay *replay);

/* True if this Message ID was seen; *answer is what was sent then, maybe nothing. */
bool es_replay_find(const struct es_replay *replay, uint16_t mid, uint64_t now_ms,
                    struct es_bytes *answer);
/* What was sent for the message seen last; empty if there was none. */
struct es_bytes es_replay_latest(const struct es_replay *replay);
/* Remembers a message and its answer (copied). */
void es_replay_remember(struct es_replay *replay, uint16_t mid, uint64_t now_ms,
                        struct es_bytes answer);

#endif
