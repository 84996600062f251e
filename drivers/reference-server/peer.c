/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "peer.h"

#include "behaviour.h"
#include "replay.h"

/* The places of the mutant that never frees one. */
enum { MUTANT_PEERS_MAX = 8 };

static struct es_peer *first;
static size_t made;

/* One set for all sessions: only the mutant that mixes them up looks here. */
static struct es_upload shared_uploads[ES_OP_COUNT];
static struct es_result shared_results[ES_OP_COUNT];
static struct es_replay *shared_replay;

static struct es_replay *new_replay(void)
{
    if (!es_mutant_is(ES_MUTANT_DEDUP_SHARED)) {
        return es_replay_new();
    }
    shared_replay = shared_replay != NULL ? shared_replay : es_replay_new();
    return shared_replay;
}

struct es_peer *es_peer_first(void)
{
    return first;
}

bool es_peer_is_known(const struct es_peer *peer)
{
    const struct es_peer *p = first;
    while (p != NULL && p != peer) {
        p = p->next;
    }
    return p != NULL;
}

struct es_peer *es_peer_of(SSL *ssl)
{
    coap_session_t *session = SSL_get_app_data(ssl);
    if (session == NULL) {
        return NULL;
    }
    struct es_peer *peer = coap_session_get_app_data(session);
    if (peer == NULL) {
        peer = es_memory_new(sizeof *peer);
        peer->session = session;
        peer->ssl = ssl;
        peer->starved =
            ++made > MUTANT_PEERS_MAX && es_mutant_is(ES_MUTANT_SESSIONS_NEVER_FREED);
        peer->replay = new_replay();
        peer->next = first;
        first = peer;
        coap_session_set_app_data(session, peer);
    }
    return peer;
}

static void unlink_peer(const struct es_peer *peer)
{
    struct es_peer **p = &first;
    while (*p != NULL && *p != peer) {
        p = &(*p)->next;
    }
    if (*p != NULL) {
        *p = peer->next;
    }
}

void es_peer_forget(coap_session_t *session)
{
    struct es_peer *peer = coap_session_get_app_data(session);
    if (peer == NULL) {
        return;
    }
    coap_session_set_app_data(session, NULL);
    unlink_peer(peer);
    if (peer->replay != shared_replay) {
        es_replay_free(peer->replay);
    }
    for (size_t i = 0; i < ES_OP_COUNT; i++) {
        es_upload_reset(&peer->uploads[i]);
        es_buffer_free(&peer->results[i].rep.body);
        es_buffer_free(&peer->results[i].request);
    }
    while (peer->deferred != NULL) {
        struct es_deferred *d = peer->deferred;
        peer->deferred = d->next;
        es_buffer_free(&d->message);
        es_memory_free(d);
    }
    es_buffer_free(&peer->stash);
    es_memory_free(peer);
}

struct es_upload *es_peer_upload(struct es_peer *peer, enum es_op op)
{
    bool shared = es_mutant_is(ES_MUTANT_BLOCK_CONTEXT_SHARED);
    bool one = es_mutant_is(ES_MUTANT_UPLOAD_PER_SESSION);
    return shared ? &shared_uploads[op] : &peer->uploads[one ? 0 : op];
}

struct es_result *es_peer_result(struct es_peer *peer, enum es_op op)
{
    bool shared = es_mutant_is(ES_MUTANT_BLOCK_CONTEXT_SHARED);
    return shared ? &shared_results[op] : &peer->results[op];
}

X509 *es_peer_certificate(const struct es_peer *peer)
{
    return SSL_get0_peer_certificate(peer->ssl);
}

uint64_t es_now_ms(void)
{
    coap_tick_t now;
    coap_ticks(&now);
    return (uint64_t)now * 1000 / COAP_TICKS_PER_SECOND;
}
