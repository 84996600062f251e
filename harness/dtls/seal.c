/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dtls/seal.h"

#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/aes.h>

#include <string.h>

enum {
    SUITE_AES_128_CCM = 0xc0ac,
    SUITE_AES_256_CCM = 0xc0ad,
    SUITE_AES_256_CCM_8 = 0xc0af,
    EXPLICIT_NONCE = 8,
    IMPLICIT_NONCE = 4,
    VERSION_1_2 = 0xfefd,
};

static size_t tag_length(uint16_t suite)
{
    switch (suite) {
    case ES_DTLS_SUITE_CCM_8:
    case SUITE_AES_256_CCM_8:
        return 8;
    case SUITE_AES_128_CCM:
    case SUITE_AES_256_CCM:
        return 16;
    default:
        return 0;
    }
}

bool es_seal_knows(uint16_t suite)
{
    return tag_length(suite) != 0;
}

bool es_seal_record(WOLFSSL *ssl, uint16_t suite, uint8_t type, uint64_t seq,
                    struct es_slice plain, struct es_buf *out)
{
    Aes aes;
    uint8_t nonce_bytes[IMPLICIT_NONCE + EXPLICIT_NONCE], aad_bytes[ES_RECORD_HEADER];
    struct es_buf nonce, aad;
    size_t tag = tag_length(suite);
    uint64_t epoch_seq = (uint64_t)1 << 48 | seq;
    if (!tag || out->max - out->n < plain.n + ES_SEAL_OVERHEAD) {
        return false;
    }
    es_buf_u8(out, type);
    es_buf_u16(out, VERSION_1_2);
    es_buf_u64(out, epoch_seq);
    es_buf_u16(out, (unsigned)(EXPLICIT_NONCE + plain.n + tag));
    es_buf_u64(out, epoch_seq);
    es_buf_init(&nonce, nonce_bytes, sizeof nonce_bytes);
    es_buf_put(&nonce, es_slice_make(wolfSSL_GetClientWriteIV(ssl), IMPLICIT_NONCE));
    es_buf_u64(&nonce, epoch_seq);
    es_buf_init(&aad, aad_bytes, sizeof aad_bytes);
    es_buf_u64(&aad, epoch_seq);
    es_buf_u8(&aad, type);
    es_buf_u16(&aad, VERSION_1_2);
    es_buf_u16(&aad, (unsigned)plain.n);
    uint8_t *sealed = out->p + out->n;
    if (wc_AesInit(&aes, NULL, INVALID_DEVID) != 0) {
        return false;
    }
    int rc = wc_AesCcmSetKey(&aes, wolfSSL_GetClientWriteKey(ssl),
                             (word32)wolfSSL_GetKeySize(ssl));
    if (rc == 0) {
        rc = wc_AesCcmEncrypt(&aes, sealed, plain.n ? plain.p : sealed, (word32)plain.n,
                              nonce_bytes, sizeof nonce_bytes, sealed + plain.n,
                              (word32)tag, aad_bytes, sizeof aad_bytes);
    }
    wc_AesFree(&aes);
    out->n += plain.n + tag;
    return rc == 0;
}
