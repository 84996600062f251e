/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_COAP_SERVICE_H
#define ES_COAP_SERVICE_H

/*
 * A whole exchange as server: requests are put together from their blocks (Block1), answered,
 * and the answer handed out in blocks (Block2), as RFC 7959 has it. One service sits on one
 * endpoint and is fed every incoming message:
 *
 *     v = es_coap_service_new(e, arena);
 *     while es_coap_endpoint_recv(e, msg, &in, now) is OK:
 *         if es_coap_service_take(v, &in, policy, &asked, now) is ES_SERVICE_ASKED:
 *             es_coap_service_answer(v, asked, &reply, now), now or later
 *     at es_coap_service_next_deadline(v): es_coap_service_on_deadline(v, now)
 *
 * A request is known by its method, path and query: a block that continues it, or asks for a
 * further block of its answer, is served without the caller. Repetitions are answered by the
 * endpoint. Unanswered requests cost nothing; the client repeats them.
 *
 * Left to itself the service does what a good server does: any block size, 2.31 for each
 * block but the last, 4.08 where a block is missing, the smaller of both sides' sizes for the
 * answer, an answer in the ACK. A policy for the upload and the fields of a reply make it
 * deviate, each deviation at one block. It judges nothing; it records every request message.
 *
 * Everything lies in the arena, which must live as long as the service.
 */

#include "coap/endpoint.h"

struct es_coap_service;

/* What a deviation does at its block. Upload means Block1, answer Block2. */
enum es_coap_deviation {
    ES_DEVIATE_NOT,
    ES_DEVIATE_CODE,   /* the block is answered with `code` instead */
    ES_DEVIATE_SILENT, /* the block is not answered at all */
    ES_DEVIATE_NUMBER, /* the block option carries the next number */
    ES_DEVIATE_LARGER, /* ... twice the size (upload), or blocks grow from here (answer) */
    ES_DEVIATE_SMALLER, /* blocks get half the size from here on, numbered accordingly */
    ES_DEVIATE_NO_OPTION, /* the block option is missing */
    ES_DEVIATE_SKIP,      /* answer: the next block instead, with its own number */
    ES_DEVIATE_REPEAT,    /* answer: the block before again, with its own number */
    ES_DEVIATE_ETAG,      /* answer: the ETag is another one from here on */
    ES_DEVIATE_MORE,      /* answer: M is set on the last block */
    ES_DEVIATE_LAST,      /* answer: M is not set though more follow */
    ES_DEVIATE_SHORT,     /* answer: the block is not full though M is set */
    ES_DEVIATE_RESERVED,  /* the size exponent is 7 */
    ES_DEVIATE_FINAL,     /* upload: 2.04 without a body in place of 2.31 */
    ES_DEVIATE_TWICE, /* the very message goes out twice: at once (answer), or again when
                             the next block has come (upload) */
};

/* A message that no client may take for the answer, sent right before it. */
enum es_coap_decoy {
    ES_DECOY_NONE,
    ES_DECOY_MID,   /* in an ACK: the token of the request, another message ID */
    ES_DECOY_TOKEN, /* in the ACK of the request: another token */
};

struct es_coap_upload_policy {
    uint16_t
        size; /* the size wished for, told in the first 2.31; 0: as the client has it */
    enum es_coap_deviation deviation;
    uint32_t block;      /* its number */
    unsigned times;      /* how often; 0: once */
    uint8_t code;        /* of ES_DEVIATE_CODE */
    uint16_t code_size;  /* Block1 in that answer; 0: no option */
    uint32_t code_size1; /* Size1 in that answer; 0: no option */
    unsigned done;       /* how often it has been done */
};

/* A request message of a transfer. */
struct es_coap_asked_block {
    const struct es_coap_message *message;
    bool is_block1, is_block2;
    struct es_coap_block block1, block2;
    bool
        steady; /* Block1: the size is that of the block before, or the smaller one wished */
    bool full; /* Block1: M=0, or the payload has exactly the block size */
    bool
        is_next; /* Block1, or Block2 of a fetch: it begins where the block before ended */
    bool is_fetch; /* it asks for a further block of the answer */
};

enum es_asked_state { ES_ASKED_PART, ES_ASKED_WHOLE, ES_ASKED_ANSWERED };

/* A request, and how far it got. */
struct es_coap_asked {
    enum es_asked_state state;
    const struct es_coap_message *first, *last; /* of its upload */
    const char *uri; /* "/.well-known/est/sen", with its query behind `?` */
    struct es_slice body;
    es_usec time; /* when its last message came */
    struct {
        struct es_coap_asked_block *at;
        size_t n, room;
    } blocks;            /* every request message, fetches included */
    bool offered, taken; /* for the caller: it was told of it; it will answer it */
    const struct es_coap_message *sent; /* first message of the answer; NULL before */
    const struct es_coap_message *sent_last;
    bool is_done; /* the last block of the answer went out, or a deviating one */
    uint32_t blocks_sent; /* of the answer */
    unsigned repeats; /* blocks of the upload that came again under a new message ID */
    unsigned acks, resets;      /* that came for its first message, sent as CON */
    struct es_coap_asked *next; /* newer one */
};

enum es_coap_style {
    ES_STYLE_AUTO,           /* in the ACK; separate if it takes longer than a second */
    ES_STYLE_PIGGYBACK,      /* in the ACK, however long it takes */
    ES_STYLE_SEPARATE,       /* Empty ACK at once, then CON (RFC 7252, 5.2.2) */
    ES_STYLE_SEPARATE_NON,   /* Empty ACK at once, then NON */
    ES_STYLE_CROSSED,        /* the CON response, and the Empty ACK behind it */
    ES_STYLE_UNACKNOWLEDGED, /* the CON response, and no ACK at all: it was lost */
};

enum es_reply_kind {
    ES_REPLY_MESSAGE,
    ES_REPLY_EMPTY, /* an Empty ACK and nothing more */
    ES_REPLY_NONE,
    ES_REPLY_RST,
};

struct es_coap_reply {
    enum es_reply_kind kind;
    struct es_coap_message
        head; /* code and options without Block1, Block2 and payload */
    struct es_slice body;
    enum es_coap_style style;
    es_usec delay; /* from the last message of the request */
    uint16_t size; /* of blocks; 0: 1024. The client's wish counts if it is smaller */
    bool insists;  /* the client's wish does not count */
    bool once;     /* a CON response is not retransmitted */
    enum es_coap_deviation deviation;
    uint32_t block; /* its number */
    uint8_t code;   /* of ES_DEVIATE_CODE */
    bool has_token; /* head.token goes out instead of the one of the request */
    enum es_coap_decoy decoy;
    uint8_t decoy_code;
};

enum es_service_event {
    ES_SERVICE_OTHER, /* not a request: ACK, RST, a response, malformed */
    ES_SERVICE_DONE,  /* a request message that the service has dealt with */
    ES_SERVICE_ASKED, /* *asked is whole and waits for its answer */
};

struct es_coap_service *es_coap_service_new(struct es_coap_endpoint *e,
                                            struct es_arena *arena);
/* The messages to this client hold no more octets: blocks of answers are as small as that
 * needs, whatever a reply says. */
void es_coap_service_limit(struct es_coap_service *v, size_t room);
/* Takes an incoming message. policy may be NULL; it counts only for the message at hand.
 * *asked is the request that the message belongs to, or NULL. */
enum es_service_event es_coap_service_take(struct es_coap_service *v,
                                           const struct es_coap_incoming *in,
                                           struct es_coap_upload_policy *policy,
                                           struct es_coap_asked **asked, es_usec now);
/* Answers a whole request, once; reply is copied. With a delay the answer goes out later. */
void es_coap_service_answer(struct es_coap_service *v, struct es_coap_asked *asked,
                            const struct es_coap_reply *reply, es_usec now);
/* How many requests came under the message ID of another message (RFC 7252, 4.4). They are
 * taken for copies, as a server has to. */
unsigned es_coap_service_mids_reused(const struct es_coap_service *v);
/* All requests, oldest first. */
struct es_coap_asked *es_coap_service_first(const struct es_coap_service *v);
es_usec es_coap_service_next_deadline(const struct es_coap_service *v);
void es_coap_service_on_deadline(struct es_coap_service *v, es_usec now);
/* "/a/b?q=1" of a request; in the arena. */
const char *es_coap_uri_text(const struct es_coap_message *m, struct es_arena *a);

#endif
