/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "keygen.h"

#include "bag.h"
#include "ca.h"
#include "der.h"
#include "host.h"
#include "oid.h"

#include <mbedtls/ecp.h>
#include <mbedtls/platform_util.h>

enum { SCALAR_LEN = 32, POINT_LEN = 65, PUBLIC_KEY_TAG = 0x81 };
enum { CBOR_BYTES = 0x40, CBOR_ARRAY_OPEN = 0x9f, CBOR_BREAK = 0xff };

struct key {
    unsigned char scalar[SCALAR_LEN];
    unsigned char bits[1 + POINT_LEN]; /* content of a BIT STRING */
};

static bool make_key(struct key *out)
{
    mbedtls_ecp_keypair pair;
    size_t n = 0;
    mbedtls_ecp_keypair_init(&pair);
    out->bits[0] = 0;
    bool ok =
        mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, &pair, es_random_mbedtls, NULL) ==
            0 &&
        mbedtls_mpi_write_binary(&pair.d, out->scalar, SCALAR_LEN) == 0 &&
        mbedtls_ecp_point_write_binary(&pair.grp, &pair.Q, MBEDTLS_ECP_PF_UNCOMPRESSED,
                                       &n, out->bits + 1, POINT_LEN) == 0;
    mbedtls_ecp_keypair_free(&pair);
    return ok && n == POINT_LEN;
}

static void write_algorithm(struct es_octets *out)
{
    size_t at = es_der_open(out, ES_DER_SEQUENCE);
    es_der_add(out, ES_DER_OID, es_oid_ec_public_key);
    es_der_add(out, ES_DER_OID, es_oid_p256);
    es_der_close(out, at);
}

static void write_public_key(const struct key *key, struct es_octets *out)
{
    size_t at = es_der_open(out, ES_DER_SEQUENCE);
    write_algorithm(out);
    es_der_add(out, ES_DER_BIT_STRING, (struct es_bytes){key->bits, sizeof key->bits});
    es_der_close(out, at);
}

/* OneAsymmetricKey in version 2, with the public key (RFC 5958, 2; RFC 5915). */
static void write_private_key(const struct key *key, struct es_octets *out)
{
    static const uint8_t one[] = {1};
    struct es_bytes version = {one, sizeof one};
    size_t at = es_der_open(out, ES_DER_SEQUENCE);
    es_der_add(out, ES_DER_INTEGER, version);
    write_algorithm(out);
    size_t octets = es_der_open(out, ES_DER_OCTET_STRING);
    size_t inner = es_der_open(out, ES_DER_SEQUENCE);
    es_der_add(out, ES_DER_INTEGER, version);
    es_der_add(out, ES_DER_OCTET_STRING,
               (struct es_bytes){key->scalar, sizeof key->scalar});
    es_der_close(out, inner);
    es_der_close(out, octets);
    es_der_add(out, PUBLIC_KEY_TAG, (struct es_bytes){key->bits, sizeof key->bits});
    es_der_close(out, at);
}

/* Number and length always in two octets: not the shortest form, but well-formed. */
static void write_part(struct es_octets *out, unsigned int format, struct es_bytes body)
{
    const unsigned int two_octets = 25;
    es_octets_add_byte(out, two_octets);
    es_octets_add_byte(out, format >> 8);
    es_octets_add_byte(out, format & 0xff);
    es_octets_add_byte(out, CBOR_BYTES | two_octets);
    es_octets_add_byte(out, (unsigned int)(body.n >> 8));
    es_octets_add_byte(out, (unsigned int)(body.n & 0xff));
    es_octets_add_bytes(out, body);
}

bool es_keygen(enum es_op op, struct es_bytes subject, struct es_bytes alt_names,
               struct es_representation *out)
{
    struct key key;
    struct es_octets public_key = {NULL, 0, 0}, cert = public_key, bag = public_key;
    struct es_octets private_key = public_key;
    bool ok = make_key(&key);
    if (ok) {
        write_public_key(&key, &public_key);
        ok = es_ca_issue(subject, es_octets_view(&public_key), alt_names, &cert);
    }
    if (ok) {
        write_private_key(&key, &private_key);
        es_bag_write(es_octets_view(&cert), &bag);
        bool single = op == ES_OP_SKC;
        out->content_format = ES_FORMAT_MULTIPART;
        es_octets_add_byte(&out->body, CBOR_ARRAY_OPEN);
        write_part(&out->body, single ? ES_FORMAT_CERT : ES_FORMAT_CERTS,
                   es_octets_view(single ? &cert : &bag));
        write_part(&out->body, ES_FORMAT_KEY, es_octets_view(&private_key));
        es_octets_add_byte(&out->body, CBOR_BREAK);
    }
    mbedtls_platform_zeroize(&key, sizeof key);
    es_octets_free(&public_key);
    es_octets_free(&private_key);
    es_octets_free(&cert);
    es_octets_free(&bag);
    return ok;
}
