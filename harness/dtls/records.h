/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_DTLS_RECORDS_H
#define ES_DTLS_RECORDS_H

/*
 * A passive view of one session: it reads the records of both directions as they pass,
 * names them, writes trace lines and fills in es_dtls_info what stands in plaintext. It
 * changes nothing and decrypts nothing. Private to dtls/.
 *
 * Fragmented handshake messages are put together, one message at a time for each direction.
 */

#include "dtls/copies.h"

enum {
    ES_RECORD_HEADER = 13,
    ES_RECORD_CCS = 20,
    ES_RECORD_ALERT = 21,
    ES_RECORD_HANDSHAKE = 22,
    ES_RECORD_DATA = 23,
    ES_RECORD_LABEL_MAX = ES_DTLS_LABEL_MAX,
};

struct es_record {
    uint8_t type;
    uint16_t version, epoch;
    uint64_t seq;
    struct es_slice whole, body; /* with and without header */
};

/* A handshake message that arrives in fragments. */
struct es_record_parts {
    uint8_t *bytes, *seen; /* seen: one flag a byte */
    uint32_t length, have;
    uint16_t seq;
    uint8_t type;
};

struct es_records {
    struct es_arena *arena;
    struct es_evidence *evidence; /* NULL: no trace */
    struct es_dtls_info *info;
    struct es_record_parts parts[2];
    uint8_t client_random[32];
    uint8_t session_offered[32], session_given[32];
    size_t session_offered_n, session_given_n;
    bool random_known, server_hello_seen, ccs_sent;
    uint32_t received_types; /* a bit for each HandshakeType below 32 */
    struct es_copies copies; /* of the peer's messages */
};

/* Cuts the next record off *rest. False if nothing is left, or if what is left is no record
 * of DTLS 1.0 to 1.2 (wrong type, version or length); then *rest stays as it is. */
bool es_record_next(struct es_slice *rest, struct es_record *out);
/* Whether it is the beginning of a record of DTLS 1.2 whose rest is missing (RFC 6347,
 * 4.1.1). */
bool es_record_is_torn(struct es_slice rest);
/* The name of a record: of its handshake message where it is readable. */
const char *es_records_name(const struct es_records *v, const struct es_record *r);
/* Names of all records of a datagram, separated by blanks, into storage of
 * ES_RECORD_LABEL_MAX. */
const char *es_records_label(const struct es_records *v, struct es_slice datagram,
                             char *storage);
/* Takes in one record and traces it. Encrypted alerts and application data leave no trace
 * here: who can read them traces them. */
void es_records_see(struct es_records *v, enum es_direction dir,
                    const struct es_record *r, uint32_t number, es_usec now);
/* Traces an alert by name, `Alert fatal bad_certificate`. */
void es_records_see_alert(struct es_records *v, enum es_direction dir, uint8_t level,
                          uint8_t description, uint32_t number, es_usec now);
/* Whether the server took up the session that we offered. */
bool es_records_is_resuming(const struct es_records *v);

#endif
