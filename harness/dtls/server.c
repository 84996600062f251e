/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/assert.h"
#include "dtls/session.h"

#include <string.h>

/* Known to all workers: a client that has its cookie from one instance may show it to the
 * next. Nobody has to be kept away, so it need not be a secret. */
static const uint8_t cookie_secret[32];

/* One context serves every session. Its cache of sessions is what clients resume from, so it
 * lives as long as the process. */
static WOLFSSL_CTX *context;

/* The chain is judged above; wolfSSL must not end the handshake because of it. */
static int accept_any(int verified, WOLFSSL_X509_STORE_CTX *store)
{
    (void)verified;
    (void)store;
    return 1;
}

static void start(void)
{
    if (context) {
        return;
    }
    es_dtls_start();
    context = wolfSSL_CTX_new(wolfDTLSv1_2_server_method());
    es_assert(context != NULL);
    wolfSSL_CTX_SetIOSend(context, es_server_on_send);
    wolfSSL_CTX_SetIORecv(context, es_server_on_recv);
    /* PEER sends CertificateRequest. A client without a certificate is let in too: whether
     * that is wrong is for the scenario. */
    wolfSSL_CTX_set_verify(context, WOLFSSL_VERIFY_PEER, accept_any);
}

struct es_filter *es_dtls_accept(struct es_arena *arena, struct es_filter *below,
                                 const struct es_dtls_config *cfg, struct es_diag *d)
{
    start();
    struct es_session *s = es_session_new(arena, below, cfg, context, d);
    if (!s) {
        return NULL;
    }
    s->is_server = true;
    wolfSSL_DTLS_SetCookieSecret(s->ssl, cookie_secret, sizeof cookie_secret);
    s->evidence_mark = ES_EVIDENCE_NO_MARK;
    if (cfg->without_client_certificate) {
        wolfSSL_set_verify(s->ssl, WOLFSSL_VERIFY_NONE, accept_any);
    }
    return &s->filter;
}
