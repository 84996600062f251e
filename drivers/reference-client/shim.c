/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What libcoap believes to be OpenSSL. The program defines SSL_connect, SSL_read, SSL_write
   and SSL_get_error, so that the calls of libcoap end here (no prototypes of ours: they are
   those of OpenSSL). The chapter on this stands in exchange.h. */
#include "exchange.h"
#include "tls.h"

#include <openssl/err.h>

#include <dlfcn.h>
#include <string.h>

enum { RECORD_MAX = 16384 };

/* The session whose next SSL_get_error must say "want read": its handshake has just been
   finished by us, and libcoap only takes a session as connected on this answer. */
static SSL *just_connected;

int SSL_connect(SSL *ssl)
{
    if (!es_tls_configure(ssl)) {
        return 0;
    }
    SSL_set_connect_state(ssl);
    return SSL_do_handshake(ssl);
}

static int finish_handshake(SSL *ssl)
{
    ERR_clear_error();
    int r = SSL_do_handshake(ssl);
    if (r != 1) {
        return r;
    }
    es_log("session, %s%s", SSL_get_cipher_name(ssl),
           SSL_session_reused(ssl) ? ", resumed" : "");
    just_connected = ssl;
    return -1;
}

int SSL_read(SSL *ssl, void *buf, int num)
{
    static uint8_t in[RECORD_MAX];
    uint8_t reply[4];
    bool has_reply = false;
    size_t n = 0;
    if (SSL_in_init(ssl)) {
        return finish_handshake(ssl);
    }
    /* Errors left over by certificate code would look like errors of the session. */
    ERR_clear_error();
    while (SSL_read_ex(ssl, in, sizeof in, &n) == 1) {
        has_reply = es_exchange_take((struct es_bytes){in, n}, reply) || has_reply;
    }
    if (!has_reply || num < (int)sizeof reply) {
        return -1;
    }
    ERR_clear_error();
    memcpy(buf, reply, sizeof reply);
    return sizeof reply;
}

int SSL_write(SSL *ssl, const void *buf, int num)
{
    static uint8_t out[RECORD_MAX];
    size_t written;
    if (num <= 0 || num > (int)sizeof out) {
        return -1;
    }
    memcpy(out, buf, (size_t)num);
    es_exchange_see_off(out, (size_t)num);
    ERR_clear_error();
    return SSL_write_ex(ssl, out, (size_t)num, &written) == 1 ? (int)written : -1;
}

int SSL_get_error(const SSL *ssl, int ret)
{
    static int (*real)(const SSL *, int);
    if (ssl == just_connected) {
        just_connected = NULL;
        return SSL_ERROR_WANT_READ;
    }
    if (real == NULL) {
        void *lib = dlopen("libssl.so.3", RTLD_LAZY | RTLD_NOLOAD);
        void *symbol = lib != NULL ? dlsym(lib, "SSL_get_error") : NULL;
        memcpy(&real, &symbol, sizeof real);
    }
    return real != NULL ? real(ssl, ret) : SSL_ERROR_SYSCALL;
}
