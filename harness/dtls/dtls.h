/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_DTLS_DTLS_H
#define ES_DTLS_DTLS_H

/*
 * DTLS 1.2 as a datagram filter, on wolfSSL (RFC 6347, RFC 7925, RFC 9148 section 3).
 *
 * Sequence: build a config; es_dtls_connect pushes the filter on top of a capture or udp
 * filter; es_filter_open makes the handshake progress until OK, CLOSED or FAILED; then send
 * and recv carry application data, one call per record; es_filter_close sends close_notify.
 * Retransmission runs on the filter's own millisecond timer (RFC 6347, 4.2.4.1: 1 s,
 * doubling, at most 60 s), not on wolfSSL's. The last flight of a resumed handshake, which no
 * timer guards, is repeated when the server repeats its own.
 *
 * What is no DTLS record (type, version or length wrong) is dropped with a note in the trace
 * and counted, as RFC 6347, 4.1.2.7 has it; so are unencrypted records once the handshake is
 * complete, and a ChangeCipherSpec that overtook what belongs before it.
 *
 * wolfSSL never judges the peer before us: its verify callback always accepts, names, dates
 * and chains are not looked at here. What wolfSSL's parsers refuse all the same shows as
 * outcome ES_DTLS_LIBRARY with its code. The peer's chain is handed out as DER and judged
 * with codec/chain.h.
 *
 * Each handshake message, record and alert in both directions goes to the trace of the
 * evidence by name, and the key-log line of the session into the capture.
 *
 * What this does not check: certificates, names, suites chosen against those wanted.
 */

#include "net/evidence.h"
#include "net/filter.h"

enum { ES_DTLS_CHAIN_MAX = 8, ES_DTLS_SUITE_CCM_8 = 0xc0ae };

/* How a handshake or session ended. */
enum es_dtls_outcome {
    ES_DTLS_PENDING, /* not ended yet */
    ES_DTLS_OPEN,    /* handshake complete */
    ES_DTLS_ALERT,   /* the peer sent a fatal alert; see alert */
    ES_DTLS_CLOSE,   /* the peer sent close_notify */
    ES_DTLS_SILENCE, /* no answer at all, or no progress within the deadline of the caller */
    ES_DTLS_REFUSED, /* ICMP: nobody listens there */
    ES_DTLS_LIBRARY, /* wolfSSL refused what the peer sent; see library_code */
};

/* What became of a wrong cookie, see spoil_cookie. */
enum es_dtls_wrong_cookie {
    ES_DTLS_COOKIE_UNSENT,      /* the server asked for no cookie */
    ES_DTLS_COOKIE_UNANSWERED,  /* until the right one followed */
    ES_DTLS_COOKIE_ASKED_AGAIN, /* as if there had been none: HelloVerifyRequest */
    ES_DTLS_COOKIE_BELIEVED,    /* ServerHello */
};

struct es_dtls_numbers {
    uint16_t *at;
    size_t n;
};

/* What a ClientHello is made to offer, whatever wolfSSL would; empty lists change nothing. */
struct es_dtls_offer {
    struct es_dtls_numbers suites, groups, point_formats;
};

struct es_dtls_config {
    struct es_slice
        cert_chain[ES_DTLS_CHAIN_MAX]; /* DER, leaf first; [0].n == 0: none */
    struct es_slice key_der;           /* PKCS#8 or SEC1, of cert_chain[0] */
    const uint16_t *suites; /* IANA numbers in order of preference; NULL: CCM_8 only */
    size_t suites_n;
    struct es_slice resume;       /* session state from es_dtls_session, or empty */
    bool without_extended_master; /* client: the extension is not offered (RFC 7627) */
    const char *server_name;      /* SNI; NULL: none */
    bool without_retransmission;
    /* During the handshake: each record goes in a datagram of its own. */
    bool records_alone;
    /* Unencrypted handshake messages go in fragments of at most so many octets, each
     * in a record and datagram of its own (RFC 6347, 4.2.3); 0: whole. */
    size_t fragment;
    /* Client: the first cookie sent has one bit wrong. The right one follows with the next
     * retransmission, so that the handshake can succeed. */
    bool spoil_cookie;
    /* Client: the hello goes out with these lists. The two ends then disagree about what was
     * said, so no handshake can succeed: it shows only what the server picks. */
    struct es_dtls_offer offer;
    bool without_client_certificate; /* server: no CertificateRequest */
    es_usec first_timeout;           /* of the retransmission timer; 0: 1 s */
    struct es_evidence *evidence;    /* may be NULL */
};

/* What a ClientHello says. Lists that are absent are empty. */
struct es_dtls_hello {
    uint16_t version;
    size_t session_id_n, cookie_n;
    struct es_dtls_numbers suites, compressions, extensions;
    struct es_dtls_numbers groups, point_formats, signatures; /* of their extensions */
    const char *server_name;                                  /* NULL: none */
};

/* Handshake messages that the peer has sent again. */
struct es_dtls_copies {
    unsigned n;
    bool message_seq_changed, body_changed, record_seq_reused;
    es_usec first_gap; /* between a message and its first copy */
};

/* What is known about a session; fields stay 0 until they are known. */
struct es_dtls_info {
    enum es_dtls_outcome outcome;
    uint16_t version; /* 0xfefd is DTLS 1.2 */
    uint16_t suite;
    uint8_t alert; /* AlertDescription received, RFC 5246 7.2 */
    bool alert_received;
    int library_code; /* wolfSSL's error, negative */
    const char *library_text;
    struct es_slice peer_chain[ES_DTLS_CHAIN_MAX]; /* DER, as sent by the peer */
    size_t peer_chain_n;
    struct es_slice
        tls_unique; /* RFC 5929 section 3: first Finished of the handshake */
    bool extended_master_secret; /* negotiated, RFC 7627 */
    bool resumed;
    bool certificate_requested;        /* the server sent CertificateRequest */
    const struct es_dtls_hello *hello; /* the latest; NULL until it came or was sent */
    bool cookie_exchanged;             /* the server sent HelloVerifyRequest */
    enum es_dtls_wrong_cookie wrong_cookie;
    uint16_t
        signature_scheme; /* of ServerKeyExchange; 0x0403 is ecdsa_secp256r1_sha256 */
    uint16_t curve;       /* NamedCurve of ServerKeyExchange; 23 is secp256r1 */
    struct es_slice ephemeral_key; /* the point that the peer sent for the exchange */
    struct es_dtls_copies copies;  /* of messages received */
    unsigned
        records_torn; /* of the peer: longer than what was left of their datagram */
    unsigned flights_resent;  /* by us */
    unsigned records_dropped; /* of the peer, see above */
};

/* Has wolfSSL take its memory from base/pool.h, which makes forked workers cheaper. Call before
 * anything else here, in codec or in pki, or never. */
void es_dtls_use_pool(void);
/* Starts wolfSSL; call before anything else here or in pki. Further calls do nothing;
 * processes forked later need none and inherit what it computes (some milliseconds). */
void es_dtls_start(void);
/* Call when all keys are made and loaded, before processes are forked. wolfCrypt keeps tables
 * for the points that were used, some megabytes, and makes one when a point comes a second
 * time, which takes longer than a handshake: a worker would inherit points that came once.
 * Afterwards there is one table, that of the base point. */
void es_dtls_before_fork(void);

/* Pushes a client filter on `below`. NULL and a note (INPUT) if certificate, key or suite
 * cannot be used. cfg is copied except for the bytes of its slices, which must live as long
 * as the filter. */
struct es_filter *es_dtls_connect(struct es_arena *arena, struct es_filter *below,
                                  const struct es_dtls_config *cfg, struct es_diag *d);

/* Pushes a server filter on `below`, whose first datagram is to be a ClientHello. It asks for
 * a client certificate and takes any, or none: who judges looks at peer_chain. cfg as for
 * es_dtls_connect; resume and server_name are the client's business and stay empty. Sessions
 * can be resumed as long as the process lives.
 *
 * What wolfSSL's server leaves to be desired is made good here: its last flight is sent again
 * when the client repeats its own, records that come ahead of their time wait, and a
 * ClientHello on an open session ends it with CLOSED, so that the client can begin anew. */
struct es_filter *es_dtls_accept(struct es_arena *arena, struct es_filter *below,
                                 const struct es_dtls_config *cfg, struct es_diag *d);

/* Sends close_notify and leaves the rest open, so that recv can see the peer's answer.
 * es_filter_close sends it too if it has not been sent. */
enum es_io es_dtls_notify_close(struct es_filter *dtls, es_usec now);

/* Octets that fit into one message to the peer: less than usual where the client has asked
 * for smaller records (max_fragment_length, RFC 6066, 4). Of an open session. */
size_t es_dtls_room(const struct es_filter *dtls);
/* The state of the session; valid as long as the arena. */
const struct es_dtls_info *es_dtls_info(const struct es_filter *dtls);
/* The session for resumption (empty if there is none), in the arena. Ask before
 * es_filter_close. */
struct es_slice es_dtls_session(const struct es_filter *dtls, struct es_arena *arena);
/* The names of the records and handshake messages in a datagram, separated by blanks, as in
 * the trace: `ServerHello Certificate`. What is encrypted counts as Finished or
 * ApplicationData by its record type. Needs no session. */
enum { ES_DTLS_LABEL_MAX = 160 };
const char *es_dtls_label(struct es_slice datagram, char storage[ES_DTLS_LABEL_MAX]);
/* Reads a ClientHello (the message without its header); NULL if it is malformed. */
const struct es_dtls_hello *es_dtls_hello_view(struct es_arena *a,
                                               struct es_slice body);
bool es_dtls_numbers_has(const struct es_dtls_numbers *list, uint16_t number);
/* The number of the suite with this IANA name (TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8), or 0. */
uint16_t es_dtls_suite_find(struct es_slice iana_name);
/* The IANA name, or "0xc0ae"-like text. Static storage or arena. */
const char *es_dtls_suite_name(uint16_t suite, struct es_arena *arena);
/* The next suite name for suggestions: index from 0, NULL at the end. */
const char *es_dtls_suite_name_at(size_t index);
/* `bad_certificate` for 42 and so on; "alert 99" for unknown ones. */
const char *es_dtls_alert_name(uint8_t alert);

#endif
