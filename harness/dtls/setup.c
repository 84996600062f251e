/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/assert.h"
#include "base/buf.h"
#include "base/pool.h"
#include "dtls/session.h"

#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/memory.h>
#include <wolfssl/wolfcrypt/random.h>

#include <string.h>

enum { SUITES_MAX = 64, TABLES_MAX_BYTES = 3 * 1024 * 1024 };

/* One context serves every session: what differs between sessions is set on each. */
static WOLFSSL_CTX *context;

/* The chain is judged above; wolfSSL must not end the handshake because of it. */
static int accept_any(int verified, WOLFSSL_X509_STORE_CTX *store)
{
    (void)verified;
    (void)store;
    return 1;
}

/* wolfCrypt makes a table of multiples of the curve's base point when it is used for the
 * second time. That takes longer than a whole handshake; made here, workers forked later
 * inherit it. */
static void warm_up(void)
{
    WC_RNG rng;
    if (wc_InitRng(&rng) != 0) {
        return;
    }
    for (int i = 0; i < 2; i++) {
        ecc_key key;
        wc_ecc_init(&key);
        wc_ecc_make_key_ex(&rng, 32, &key, ECC_SECP256R1);
        wc_ecc_free(&key);
    }
    wc_FreeRng(&rng);
}

void es_dtls_use_pool(void)
{
    wolfSSL_SetAllocators(es_pool_alloc, es_pool_free, es_pool_realloc);
}

void es_dtls_start(void)
{
    if (context) {
        return;
    }
    wolfSSL_Init();
    context = wolfSSL_CTX_new(wolfDTLSv1_2_client_method());
    es_assert(context != NULL);
    wolfSSL_CTX_SetIOSend(context, es_session_on_send);
    wolfSSL_CTX_SetIORecv(context, es_session_on_recv);
    /* No verification saves signature checks of a chain that is not trusted here anyway; the
     * callback catches what is checked in spite of it. */
    wolfSSL_CTX_set_verify(context, WOLFSSL_VERIFY_NONE, accept_any);
    wolfSSL_CTX_set_session_cache_mode(context, WOLFSSL_SESS_CACHE_OFF);
    /* RFC 7925, 4.4: secp256r1 is the curve. */
    wolfSSL_CTX_UseSupportedCurve(context, WOLFSSL_ECC_SECP256R1);
    warm_up();
}

void es_dtls_before_fork(void)
{
    wc_ecc_fp_free();
    warm_up();
}

static bool set_suites(WOLFSSL *ssl, const struct es_dtls_config *cfg,
                       struct es_diag *d)
{
    static const uint16_t mandatory = ES_DTLS_SUITE_CCM_8;
    const uint16_t *suites = cfg->suites ? cfg->suites : &mandatory;
    size_t n = cfg->suites ? cfg->suites_n : 1;
    uint8_t list[2 * SUITES_MAX];
    if (n == 0 || n > SUITES_MAX) {
        return es_fail(d, ES_LOC_NONE, ES_CODE_INPUT,
                       "%zu cipher suites: 1 to %d are possible", n, SUITES_MAX);
    }
    for (size_t i = 0; i < n; i++) {
        uint8_t high = (uint8_t)(suites[i] >> 8), low = (uint8_t)suites[i];
        const char *known = wolfSSL_get_cipher_name_from_suite(high, low);
        list[2 * i] = high;
        list[2 * i + 1] = low;
        if (!known || strcmp(known, "None") == 0 ||
            wolfSSL_set_cipher_list_bytes(ssl, list + 2 * i, 2) != WOLFSSL_SUCCESS) {
            return es_fail(d, ES_LOC_NONE, ES_CODE_INPUT,
                           "cipher suite %s is not built into wolfSSL",
                           es_dtls_suite_name(suites[i], d->arena));
        }
    }
    if (n > 1 &&
        wolfSSL_set_cipher_list_bytes(ssl, list, (int)(2 * n)) != WOLFSSL_SUCCESS) {
        return es_fail(d, ES_LOC_NONE, ES_CODE_INPUT,
                       "wolfSSL refuses the cipher suites");
    }
    return true;
}

static bool fail_library(struct es_diag *d, const char *what, int rc)
{
    const char *why = wolfSSL_ERR_reason_error_string((unsigned long)rc);
    return es_fail(d, ES_LOC_NONE, ES_CODE_INPUT, "the %s cannot be used: %s (%d)",
                   what, why ? why : "unknown reason", rc);
}

static bool set_certificate(struct es_session *s, const struct es_dtls_config *cfg,
                            struct es_diag *d)
{
    struct es_buf b;
    size_t n = 0;
    if (!cfg->cert_chain[0].n) {
        return true;
    }
    for (size_t i = 0; i < ES_DTLS_CHAIN_MAX; i++) {
        n += cfg->cert_chain[i].n;
    }
    es_buf_build(&b, s->arena, n);
    for (size_t i = 0; i < ES_DTLS_CHAIN_MAX; i++) {
        es_buf_put(&b, cfg->cert_chain[i]);
    }
    int rc = wolfSSL_use_certificate_chain_buffer_format(s->ssl, b.p, (long)b.n,
                                                         WOLFSSL_FILETYPE_ASN1);
    if (rc != WOLFSSL_SUCCESS) {
        return fail_library(d, "certificate", rc);
    }
    rc = wolfSSL_use_PrivateKey_buffer(s->ssl, cfg->key_der.p, (long)cfg->key_der.n,
                                       WOLFSSL_FILETYPE_ASN1);
    return rc == WOLFSSL_SUCCESS || fail_library(d, "private key", rc);
}

static bool set_session(struct es_session *s, struct es_slice state, struct es_diag *d)
{
    const unsigned char *p = state.p;
    if (!state.n) {
        return true;
    }
    WOLFSSL_SESSION *session = wolfSSL_d2i_SSL_SESSION(NULL, &p, (long)state.n);
    if (!session || wolfSSL_set_session(s->ssl, session) != WOLFSSL_SUCCESS) {
        wolfSSL_SESSION_free(session);
        return es_fail(d, ES_LOC_NONE, ES_CODE_INPUT, "the session cannot be resumed");
    }
    int n =
        wolfSSL_SESSION_get_master_key(session, s->offered_master, ES_SESSION_MASTER);
    s->offered_master_n = n > 0 ? (size_t)n : 0;
    wolfSSL_SESSION_free(session);
    return true;
}

/* Each point that is used gets an entry of about a megabyte in wolfCrypt's tables, useful or
 * not. A worker with many sessions throws them away now and then; to make the table of the
 * base point again takes as long as two handshakes. */
static void relieve(void)
{
    if (es_pool_in_use() > TABLES_MAX_BYTES) {
        es_dtls_before_fork();
    }
}

static bool set_up(struct es_session *s, const struct es_dtls_config *cfg,
                   struct es_diag *d)
{
    wolfSSL_SetIOReadCtx(s->ssl, s);
    wolfSSL_SetIOWriteCtx(s->ssl, s);
    wolfSSL_dtls_set_using_nonblock(s->ssl, 1);
    ES_TRY(set_suites(s->ssl, cfg, d));
    /* After the suites, because those reset it: ECDSA with SHA-256 first (RFC 7925, 4.4);
     * the others serve the signatures inside the peer's chain. */
    wolfSSL_set1_sigalgs_list(s->ssl,
                              "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:RSA+SHA256");
    ES_TRY(set_certificate(s, cfg, d));
    ES_TRY(set_session(s, cfg->resume, d));
    if (cfg->without_extended_master) {
        wolfSSL_DisableExtendedMasterSecret(s->ssl);
    }
    if (cfg->server_name &&
        wolfSSL_UseSNI(s->ssl, WOLFSSL_SNI_HOST_NAME, cfg->server_name,
                       (unsigned short)strlen(cfg->server_name)) != WOLFSSL_SUCCESS) {
        return es_fail(d, ES_LOC_NONE, ES_CODE_INPUT,
                       "'%s' cannot be sent as server name", cfg->server_name);
    }
    return true;
}

struct es_session *es_session_new(struct es_arena *arena, struct es_filter *below,
                                  const struct es_dtls_config *cfg, WOLFSSL_CTX *ctx,
                                  struct es_diag *d)
{
    struct es_session *s = ES_NEW(arena, struct es_session);
    s->filter = (struct es_filter){.type = &es_session_type, .below = below, .fd = -1};
    s->arena = arena;
    s->evidence = cfg->evidence;
    s->records = (struct es_records){
        .arena = arena, .evidence = cfg->evidence, .info = &s->info};
    s->plain = es_arena_alloc(arena, ES_SESSION_READ_MAX);
    s->first_timeout = cfg->first_timeout ? cfg->first_timeout : ES_USEC_PER_S;
    s->without_retransmission = cfg->without_retransmission;
    s->records_alone = cfg->records_alone;
    s->spoil_cookie = cfg->spoil_cookie;
    s->offer = cfg->offer;
    s->fragment = cfg->fragment;
    s->deadline = ES_USEC_NEVER;
    s->ssl = wolfSSL_new(ctx);
    if (!s->ssl) {
        es_fail(d, ES_LOC_NONE, ES_CODE_INTERNAL,
                "wolfSSL has no memory for a session");
        return NULL;
    }
    relieve();
    if (!set_up(s, cfg, d)) {
        wolfSSL_free(s->ssl);
        return NULL;
    }
    return s;
}

struct es_filter *es_dtls_connect(struct es_arena *arena, struct es_filter *below,
                                  const struct es_dtls_config *cfg, struct es_diag *d)
{
    es_assert(context != NULL);
    struct es_session *s = es_session_new(arena, below, cfg, context, d);
    return s ? &s->filter : NULL;
}
