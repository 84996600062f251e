/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "disturb.h"

#include "behaviour.h"

enum { EXTENSION_GROUPS = 10, SECP256R1 = 23, MSG_SEQ_LOW_BYTE = 5 };

/* Writes P-256 over all groups that a ClientHello offers. */
static void overwrite_groups(uint8_t *data, size_t len)
{
    for (size_t i = ES_RECORD_HEAD_BYTES; i + 6 < len; i++) {
        uint8_t *p = data + i;
        size_t n = (size_t)p[2] << 8 | p[3], list = (size_t)p[4] << 8 | p[5];
        bool found = p[0] == 0 && p[1] == EXTENSION_GROUPS && n == list + 2 &&
                     list > 0 && list % 2 == 0 && i + 6 + list <= len;
        for (size_t k = 0; found && k < list; k += 2) {
            p[6 + k] = 0;
            p[7 + k] = SECP256R1;
        }
    }
}

/* Application data ahead of the client's Finished. */
static bool is_early(struct es_association *a, struct es_bytes datagram)
{
    struct es_record record;
    size_t pos = 0;
    bool early = false;
    while (es_record_next(datagram, &pos, &record)) {
        bool is_protected = record.epoch > 0;
        bool finished = is_protected && record.type == ES_RECORD_HANDSHAKE;
        a->finished_seen = a->finished_seen || finished;
        early = early ||
                (is_protected && record.type == ES_RECORD_DATA && !a->finished_seen);
    }
    return early;
}

/* The Finished of a client whose handshake came in fragments. */
static bool has_other_hash(struct es_association *a, struct es_bytes datagram)
{
    struct es_record record;
    size_t pos = 0;
    bool finished = false;
    while (es_record_next(datagram, &pos, &record)) {
        bool piece = record.has_handshake && record.frag_len < record.msg_len;
        a->fragments_seen = a->fragments_seen || piece;
        finished = finished || (record.epoch > 0 && record.type == ES_RECORD_HANDSHAKE);
    }
    return finished && a->fragments_seen;
}

static bool kills(struct es_association *a, struct es_bytes datagram)
{
    return (es_mutant_is(ES_MUTANT_EARLY_DATA_FATAL) && is_early(a, datagram)) ||
           (es_mutant_is(ES_MUTANT_FRAGMENTS_HASHED) && has_other_hash(a, datagram));
}

bool es_disturb_received(struct es_association *a, uint8_t *data, size_t *len)
{
    struct es_bytes datagram = {data, *len};
    struct es_record first;
    size_t pos = 0;
    if (!es_record_next(datagram, &pos, &first)) {
        return true;
    }
    if (es_mutant_is(ES_MUTANT_GROUPS_IGNORED) && first.has_handshake) {
        overwrite_groups(data, *len);
    }
    if (es_mutant_is(ES_MUTANT_ONE_RECORD_PER_DATAGRAM) && first.epoch > 0) {
        *len = pos;
    }
    bool farewell = first.epoch > 0 && first.type == ES_RECORD_ALERT;
    if (farewell && es_mutant_is(ES_MUTANT_CLOSE_NOTIFY_IGNORED)) {
        return false;
    }
    a->dead = a->dead || kills(a, datagram);
    return !a->dead;
}

void es_disturb_repeated(const struct es_record *record)
{
    if (record->has_handshake && es_mutant_is(ES_MUTANT_RESENT_MESSAGE_SEQ_NEW)) {
        uint8_t *message = (uint8_t *)record->fragment.p;
        message[MSG_SEQ_LOW_BYTE]++;
    }
}
