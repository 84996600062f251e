/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "profile.h"

#include "host.h"

/* RFC 6347, 4.2.4.1. */
enum { TIMER_FIRST_MS = 1000, TIMER_LAST_MS = 60000 };

static const int suites[] = {MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8, 0};
static const mbedtls_ecp_group_id curves[] = {MBEDTLS_ECP_DP_SECP256R1,
                                              MBEDTLS_ECP_DP_NONE};
static const int digests[] = {MBEDTLS_MD_SHA256, MBEDTLS_MD_NONE};

void es_profile_set(mbedtls_ssl_config *c)
{
    mbedtls_ssl_conf_rng(c, es_random_mbedtls, NULL);
    mbedtls_ssl_conf_min_version(c, MBEDTLS_SSL_MAJOR_VERSION_3,
                                 MBEDTLS_SSL_MINOR_VERSION_3);
    mbedtls_ssl_conf_ciphersuites(c, suites);
    mbedtls_ssl_conf_curves(c, curves);
    mbedtls_ssl_conf_sig_hashes(c, digests);
    mbedtls_ssl_conf_authmode(c, MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_encrypt_then_mac(c, MBEDTLS_SSL_ETM_DISABLED);
    mbedtls_ssl_conf_handshake_timeout(c, TIMER_FIRST_MS, TIMER_LAST_MS);
}
