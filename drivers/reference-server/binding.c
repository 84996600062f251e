/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "binding.h"

#include "behaviour.h"
#include "hello.h"

#include <openssl/evp.h>

bool es_binding_matches(SSL *ssl, struct es_bytes text)
{
    unsigned char finished[EVP_MAX_MD_SIZE], base64[2 * EVP_MAX_MD_SIZE];
    bool resumed = SSL_session_reused(ssl) == 1;
    if (resumed && SSL_get_extms_support(ssl) != 1 &&
        !es_mutant_is(ES_MUTANT_BINDING_WITHOUT_EMS)) {
        return false;
    }
    if (es_hello_came_in_fragments() &&
        es_mutant_is(ES_MUTANT_BINDING_AFTER_FRAGMENTS)) {
        return false;
    }
    size_t n = resumed ? SSL_get_finished(ssl, finished, sizeof finished)
                       : SSL_get_peer_finished(ssl, finished, sizeof finished);
    if (n == 0 || n > sizeof finished) {
        return false;
    }
    int len = EVP_EncodeBlock(base64, finished, (int)n);
    return len > 0 && text.n == (size_t)len &&
           CRYPTO_memcmp(text.p, base64, text.n) == 0;
}
