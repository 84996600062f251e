/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "disturb.h"

#include "behaviour.h"

enum {
    HELLO_RANDOM_END = 34,
    EXTENSION_GROUPS = 10,
    SECP256R1 = 23,
    MSG_SEQ_LOW_BYTE = 5
};

/* Writes one group over all that a ClientHello offers; 0: the first of them. */
static void overwrite_groups(uint8_t *data, size_t len, uint8_t group)
{
    for (size_t i = ES_RECORD_HEAD_BYTES; i + 8 <= len; i++) {
        uint8_t *p = data + i;
        size_t n = (size_t)p[2] << 8 | p[3], list = (size_t)p[4] << 8 | p[5];
        bool found = p[0] == 0 && p[1] == EXTENSION_GROUPS && n == list + 2 &&
                     list > 0 && list % 2 == 0 && i + 6 + list <= len;
        uint8_t first = p[7];
        for (size_t k = 0; found && k < list; k += 2) {
            p[6 + k] = 0;
            p[7 + k] = group != 0 ? group : first;
        }
    }
}

/* Writes the first suite over all others that are on offer, but not over the one that says
   that renegotiation is secure. */
static void overwrite_suites(uint8_t *data, size_t len)
{
    size_t at = ES_RECORD_HEAD_BYTES + ES_HANDSHAKE_HEAD_BYTES + HELLO_RANDOM_END;
    for (int i = 0; i < 2 && at < len; i++) { /* session ID, cookie */
        at += 1U + data[at];
    }
    size_t n = at + 2 <= len ? (size_t)data[at] << 8 | data[at + 1] : 0;
    uint8_t *suites = data + at + 2;
    for (size_t i = 2; i + 1 < n && at + 2 + n <= len; i += 2) {
        bool signal = suites[i] == 0 && suites[i + 1] == 0xff;
        if (!signal) {
            suites[i] = suites[0];
            suites[i + 1] = suites[1];
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

static void disturb_hello(uint8_t *data, size_t len)
{
    if (es_mutant_is(ES_MUTANT_GROUPS_IGNORED)) {
        overwrite_groups(data, len, SECP256R1);
    } else if (es_mutant_is(ES_MUTANT_FIRST_GROUP_ONLY)) {
        overwrite_groups(data, len, 0);
    } else if (es_mutant_is(ES_MUTANT_FIRST_SUITE_ONLY)) {
        overwrite_suites(data, len);
    }
}

bool es_disturb_received(struct es_association *a, uint8_t *data, size_t *len)
{
    struct es_bytes datagram = {data, *len};
    struct es_record first;
    size_t pos = 0;
    if (!es_record_next(datagram, &pos, &first)) {
        return true;
    }
    if (first.has_handshake && first.msg_type == ES_HANDSHAKE_CLIENT_HELLO) {
        disturb_hello(data, *len);
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
