/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_DTLS_SESSION_H
#define ES_DTLS_SESSION_H

/*
 * One session: the filter, its wolfSSL object, and the wire between wolfSSL and the filter
 * below. Private to dtls/. setup.c and server.c make it, wire.c and server_wire.c move
 * datagrams, client.c is the filter type of both roles.
 */

#include "dtls/records.h"

#include <wolfssl/options.h>
#include <wolfssl/ssl.h>

enum {
    ES_SESSION_PLAIN_MAX = 1 << 14,
    ES_SESSION_READ_MAX = 16 * 1024 + 256,
    ES_SESSION_MASTER = 48
};

struct es_session_flight {
    struct es_slice at[4];
    size_t n;
};

struct es_session {
    struct es_filter filter;
    struct es_arena *arena;
    struct es_evidence *evidence;
    WOLFSSL *ssl;
    struct es_dtls_info info;
    struct es_records records;

    es_usec now;           /* time of the call in progress, for wolfSSL's callbacks */
    bool below_failed;     /* in the call in progress */
    struct es_datagram in; /* the datagram being read */
    struct es_slice rest;  /* its records that wolfSSL has not had yet */
    uint32_t sent_number;  /* packet of the datagram sent last */
    uint64_t sent_seq;     /* of the protected record sent last */
    bool sealing;          /* wolfSSL no longer writes records: see seal.h */
    bool alert_seen;       /* an encrypted alert was read and is not traced yet */
    uint32_t alert_number; /* its packet */

    uint8_t *plain; /* ES_SESSION_READ_MAX octets */
    size_t early_n; /* application data that came with the handshake, in plain */

    es_usec deadline, timeout, first_timeout;
    bool without_retransmission, resending, started, notified;
    unsigned
        next_message_seq; /* of handshake messages sent; only without retransmission */
    bool records_alone, spoil_cookie; /* see recut.h */
    struct es_dtls_offer offer;       /* see offer.h */
    bool answer_awaited;              /* to the wrong cookie */
    size_t fragment;
    uint64_t plain_seq; /* of the next record of epoch 0; only if messages are cut */
    bool secret_logged;
    uint8_t
        offered_master[ES_SESSION_MASTER]; /* of the session offered for resumption */
    size_t offered_master_n;
    struct es_session_flight last_flight; /* ours, where no timer guards it */

    bool is_server;
    bool ccs_passed; /* the client's ChangeCipherSpec has gone to wolfSSL */
    bool restarted;  /* the client has begun a new handshake */
    bool first_random_known;
    uint8_t first_random[32]; /* of the client's first ClientHello */
    uint64_t evidence_mark;   /* place of the secret in the capture */
    struct es_slice held[16]; /* records that came ahead of their time */
    size_t held_n;
};

/* What client and server have in common. NULL and a note as es_dtls_connect. */
struct es_session *es_session_new(struct es_arena *arena, struct es_filter *below,
                                  const struct es_dtls_config *cfg, WOLFSSL_CTX *ctx,
                                  struct es_diag *d);
/* Counts and traces a record that wolfSSL does not get to see. */
void es_session_drop(struct es_session *s, const char *what);
int es_server_on_send(WOLFSSL *ssl, char *bytes, int n, void *context);
int es_server_on_recv(WOLFSSL *ssl, char *bytes, int room, void *context);

extern const struct es_filter_type es_session_type;

/* wolfSSL's callbacks; context is the session. One call is one record read, or one datagram
 * written. */
int es_session_on_send(WOLFSSL *ssl, char *bytes, int n, void *context);
/* Sends a datagram below and traces its records; a failure sets below_failed. */
enum es_io es_session_send_below(struct es_session *s, struct es_slice bytes);
int es_session_on_recv(WOLFSSL *ssl, char *bytes, int room, void *context);

#endif
