/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "credential.h"

#include "der.h"
#include "host.h"
#include "oid.h"

#include <mbedtls/ecp.h>

struct es_credential *es_credential_new(void)
{
    struct es_credential *c = es_memory_new(sizeof *c);
    c->chain = es_memory_new(sizeof *c->chain);
    c->key = es_memory_new(sizeof *c->key);
    mbedtls_x509_crt_init(c->chain);
    mbedtls_pk_init(c->key);
    return c;
}

void es_credential_free(struct es_credential *c)
{
    if (c != NULL) {
        mbedtls_x509_crt_free(c->chain);
        mbedtls_pk_free(c->key);
        es_memory_free(c->chain);
        es_memory_free(c->key);
        es_memory_free(c);
    }
}

static bool begin_key(struct es_credential *c)
{
    return mbedtls_pk_setup(c->key, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY)) == 0;
}

bool es_credential_make_key(struct es_credential *c)
{
    return begin_key(c) &&
           mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(*c->key),
                               es_random_mbedtls, NULL) == 0;
}

/* The number itself out of the ECPrivateKey (RFC 5915) in the OCTET STRING. */
static bool find_secret(struct es_bytes octets, struct es_bytes *out)
{
    struct es_tlv key, e;
    if (!es_der_is_sound(octets) || !es_der_take(&octets, ES_DER_SEQUENCE, &key)) {
        return false;
    }
    bool ok = es_der_take(&key.value, ES_DER_INTEGER, &e) && e.value.n == 1 &&
              e.value.p[0] == 1 && es_der_take(&key.value, ES_DER_OCTET_STRING, &e);
    *out = e.value;
    return ok;
}

static bool is_p256(struct es_bytes algorithm)
{
    struct es_tlv type, curve;
    return es_der_next(&algorithm, &type) &&
           es_der_oid_is(&type, es_oid_ec_public_key) &&
           es_der_next(&algorithm, &curve) && es_der_oid_is(&curve, es_oid_p256) &&
           algorithm.n == 0;
}

/* mbedTLS 2.28 reads version 1 only. */
bool es_credential_read_key(struct es_credential *c, struct es_bytes der)
{
    struct es_tlv info, version, algorithm, octets;
    struct es_bytes secret;
    if (!es_der_is_sound(der) || !es_der_take(&der, ES_DER_SEQUENCE, &info)) {
        return false;
    }
    struct es_bytes in = info.value;
    if (!es_der_take(&in, ES_DER_INTEGER, &version) || version.value.n != 1 ||
        version.value.p[0] > 1 || !es_der_take(&in, ES_DER_SEQUENCE, &algorithm) ||
        !is_p256(algorithm.value) || !es_der_take(&in, ES_DER_OCTET_STRING, &octets) ||
        !find_secret(octets.value, &secret) || !begin_key(c)) {
        return false;
    }
    mbedtls_ecp_keypair *ec = mbedtls_pk_ec(*c->key);
    return mbedtls_ecp_read_key(MBEDTLS_ECP_DP_SECP256R1, ec, secret.p, secret.n) ==
               0 &&
           mbedtls_ecp_mul(&ec->grp, &ec->Q, &ec->d, &ec->grp.G, es_random_mbedtls,
                           NULL) == 0;
}
