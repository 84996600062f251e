/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dtls/copies.h"

void es_copies_message(struct es_copies *c, struct es_arena *a, uint8_t type,
                       uint16_t seq, struct es_slice body, es_usec now,
                       struct es_dtls_copies *out)
{
    for (size_t i = 0; i < c->n; i++) {
        bool same_body = es_slice_eq(c->at[i].body, body);
        bool same_seq = c->at[i].seq == seq;
        if (c->at[i].type != type || (!same_body && !same_seq)) {
            continue;
        }
        out->first_gap = out->n ? out->first_gap : now - c->at[i].time;
        out->n++;
        out->body_changed = out->body_changed || !same_body;
        out->message_seq_changed = out->message_seq_changed || !same_seq;
        return;
    }
    if (c->n < ES_COPIES_MAX) {
        c->at[c->n].type = type;
        c->at[c->n].seq = seq;
        c->at[c->n].body = es_arena_dup(a, body);
        c->at[c->n].time = now;
        c->n++;
    }
}

void es_copies_record(struct es_copies *c, uint64_t seq, struct es_dtls_copies *out)
{
    /* A number that comes late, but once, is no fault of the peer. */
    for (size_t i = 0; i < c->records_n; i++) {
        out->record_seq_reused = out->record_seq_reused || c->record_seq[i] == seq;
    }
    if (c->records_n < ES_COPIES_RECORDS_MAX) {
        c->record_seq[c->records_n++] = seq;
    }
}
