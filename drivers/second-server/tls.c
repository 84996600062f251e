/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tls.h"

#include "file.h"
#include "host.h"
#include "profile.h"

#include <mbedtls/ssl_cache.h>
#include <mbedtls/ssl_cookie.h>

#include <string.h>

enum { REMEMBERED = 50, SESSION_ID_MAX = 32 };

/* The cache of mbedTLS does not know of the extended master secret. */
struct remembered {
    uint8_t id[SESSION_ID_MAX];
    size_t id_len;
    bool has_ems;
};

static struct {
    mbedtls_ssl_config config;
    mbedtls_x509_crt chain, anchors;
    mbedtls_pk_context key;
    mbedtls_ssl_cookie_ctx cookies;
    mbedtls_ssl_cache_context cache;
    struct remembered remembered[REMEMBERED];
    size_t next;
    struct es_tls_client *client;
} tls;

void es_tls_attend(struct es_tls_client *client)
{
    tls.client = client;
}

const mbedtls_ssl_config *es_tls_config(void)
{
    return &tls.config;
}

static const struct remembered *recall(const mbedtls_ssl_session *session)
{
    for (size_t i = 0; i < REMEMBERED; i++) {
        const struct remembered *r = &tls.remembered[i];
        if (r->id_len == session->id_len &&
            memcmp(r->id, session->id, r->id_len) == 0) {
            return r;
        }
    }
    return NULL;
}

/* RFC 7627, 5.3: a session without extended master secret is not resumed by a client that
   offers it; the other way about, the handshake must not go on. */
static int get_session(void *cache, mbedtls_ssl_session *session)
{
    const struct remembered *r = recall(session);
    if (r == NULL || tls.client == NULL || r->has_ems != tls.client->has_ems) {
        if (r != NULL && tls.client != NULL) {
            tls.client->must_abort = r->has_ems;
        }
        return -1;
    }
    return mbedtls_ssl_cache_get(cache, session);
}

static int set_session(void *cache, const mbedtls_ssl_session *session)
{
    struct remembered *r = &tls.remembered[tls.next];
    if (tls.client == NULL || session->id_len > SESSION_ID_MAX) {
        return -1;
    }
    tls.next = (tls.next + 1) % REMEMBERED;
    memcpy(r->id, session->id, session->id_len);
    r->id_len = session->id_len;
    r->has_ems = tls.client->has_ems;
    return mbedtls_ssl_cache_set(cache, session);
}

static bool configure(void)
{
    mbedtls_ssl_config *c = &tls.config;
    if (mbedtls_ssl_config_defaults(c, MBEDTLS_SSL_IS_SERVER,
                                    MBEDTLS_SSL_TRANSPORT_DATAGRAM,
                                    MBEDTLS_SSL_PRESET_DEFAULT) != 0 ||
        mbedtls_ssl_cookie_setup(&tls.cookies, es_random_mbedtls, NULL) != 0 ||
        mbedtls_ssl_conf_own_cert(c, &tls.chain, &tls.key) != 0) {
        return false;
    }
    es_profile_set(c);
    mbedtls_ssl_conf_ca_chain(c, &tls.anchors, NULL);
    mbedtls_ssl_conf_dtls_cookies(c, mbedtls_ssl_cookie_write, mbedtls_ssl_cookie_check,
                                  &tls.cookies);
    mbedtls_ssl_conf_session_cache(c, &tls.cache, get_session, set_session);
    return true;
}

bool es_tls_load(const char *dir)
{
    mbedtls_ssl_config_init(&tls.config);
    mbedtls_x509_crt_init(&tls.chain);
    mbedtls_x509_crt_init(&tls.anchors);
    mbedtls_pk_init(&tls.key);
    mbedtls_ssl_cookie_init(&tls.cookies);
    mbedtls_ssl_cache_init(&tls.cache);
    return es_file_read_certificates(dir, "est-server.chain.pem", &tls.chain) &&
           es_file_read_key(dir, "est-server.key.pem", &tls.key) &&
           es_file_read_certificates(dir, "client-trust.pem", &tls.anchors) &&
           configure();
}

void es_tls_unload(void)
{
    mbedtls_ssl_config_free(&tls.config);
    mbedtls_x509_crt_free(&tls.chain);
    mbedtls_x509_crt_free(&tls.anchors);
    mbedtls_pk_free(&tls.key);
    mbedtls_ssl_cookie_free(&tls.cookies);
    mbedtls_ssl_cache_free(&tls.cache);
}
