/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ca_int.h"
#include "der.h"
#include "extension.h"
#include "host.h"
#include "name.h"
#include "oid.h"

#include <mbedtls/md.h>
#include <mbedtls/sha256.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    SERIAL_LEN = 16,
    KEY_ID_LEN = 20,
    VALID_SECONDS = 180 * 86400,
    EARLIER_SECONDS = 60,
    TIME_LEN = 14, /* YYYYMMDDHHMMSS */
    UTC_TIME = 0x17,
    GENERALIZED_TIME = 0x18,
    KEY_ID_TAG = 0x80,
};

/* RFC 5280, 4.1.2.5: two digits of the year until 2049. */
static void write_time(struct es_octets *out, const char *digits)
{
    bool is_short = strncmp(digits, "2050", 4) < 0;
    size_t at = es_der_open(out, is_short ? UTC_TIME : GENERALIZED_TIME);
    es_octets_add_text(out, is_short ? digits + 2 : digits);
    es_octets_add_byte(out, 'Z');
    es_der_close(out, at);
}

static void format_time(time_t t, char out[TIME_LEN + 1])
{
    struct tm tm;
    gmtime_r(&t, &tm);
    strftime(out, TIME_LEN + 1, "%Y%m%d%H%M%S", &tm);
}

/* Not longer than the CA itself lives. */
static void write_validity(struct es_octets *out)
{
    char from[TIME_LEN + 1], to[TIME_LEN + 1], end[96];
    const mbedtls_x509_time *e = &es_ca.cert.valid_to;
    time_t now = time(NULL);
    format_time(now - EARLIER_SECONDS, from);
    format_time(now + VALID_SECONDS, to);
    snprintf(end, sizeof end, "%04d%02d%02d%02d%02d%02d", e->year, e->mon, e->day,
             e->hour, e->min, e->sec);
    size_t at = es_der_open(out, ES_DER_SEQUENCE);
    write_time(out, from);
    write_time(out, strcmp(end, to) < 0 ? end : to);
    es_der_close(out, at);
}

static void write_algorithm(struct es_octets *out)
{
    size_t at = es_der_open(out, ES_DER_SEQUENCE);
    es_der_add(out, ES_DER_OID, es_oid_ecdsa_sha256);
    es_der_close(out, at);
}

static void write_serial(struct es_octets *out)
{
    uint8_t serial[SERIAL_LEN];
    es_random(serial, sizeof serial);
    serial[0] = (uint8_t)((serial[0] & 0x3f) | 0x40);
    es_der_add(out, ES_DER_INTEGER, (struct es_bytes){serial, sizeof serial});
}

static void write_constraints(struct es_octets *list)
{
    static const uint8_t digital_signature[] = {ES_DER_BIT_STRING, 2, 7, 0x80};
    static const uint8_t no_ca[] = {ES_DER_SEQUENCE, 0};
    es_extension_add(list, es_oid_basic_constraints, true,
                     (struct es_bytes){no_ca, sizeof no_ca});
    es_extension_add(list, es_oid_key_usage, true,
                     (struct es_bytes){digital_signature, sizeof digital_signature});
}

/* RFC 7093, 2: the first 160 bits of a SHA-256. */
static void write_subject_key_id(struct es_octets *list, struct es_bytes public_key)
{
    unsigned char digest[32];
    struct es_octets value = {NULL, 0, 0};
    mbedtls_sha256_ret(public_key.p, public_key.n, digest, 0);
    es_der_add(&value, ES_DER_OCTET_STRING, (struct es_bytes){digest, KEY_ID_LEN});
    es_extension_add(list, es_oid_subject_key_id, false, es_octets_view(&value));
    es_octets_free(&value);
}

static void write_authority_key_id(struct es_octets *list)
{
    struct es_bytes extensions = {es_ca.cert.v3_ext.p, es_ca.cert.v3_ext.len};
    struct es_bytes id = es_extension_find(extensions, es_oid_subject_key_id);
    struct es_tlv octets;
    if (!es_der_take(&id, ES_DER_OCTET_STRING, &octets)) {
        return;
    }
    struct es_octets value = {NULL, 0, 0};
    size_t at = es_der_open(&value, ES_DER_SEQUENCE);
    es_der_add(&value, KEY_ID_TAG, octets.value);
    es_der_close(&value, at);
    es_extension_add(list, es_oid_authority_key_id, false, es_octets_view(&value));
    es_octets_free(&value);
}

static void write_extensions(struct es_octets *out, struct es_bytes subject,
                             struct es_bytes public_key, struct es_bytes alt_names)
{
    size_t outer = es_der_open(out, ES_DER_CONTEXT + 3);
    size_t list = es_der_open(out, ES_DER_SEQUENCE);
    write_subject_key_id(out, public_key);
    write_authority_key_id(out);
    write_constraints(out);
    if (alt_names.n > 0) {
        /* RFC 5280, 4.2.1.6: critical where the subject is empty. */
        es_extension_add(out, es_oid_subject_alt_name, es_name_is_empty(subject),
                         alt_names);
    }
    es_der_close(out, list);
    es_der_close(out, outer);
}

static void write_tbs(struct es_octets *out, struct es_bytes subject,
                      struct es_bytes public_key, struct es_bytes alt_names)
{
    static const uint8_t v3[] = {ES_DER_INTEGER, 1, 2};
    size_t at = es_der_open(out, ES_DER_SEQUENCE);
    es_der_add(out, ES_DER_CONTEXT, (struct es_bytes){v3, sizeof v3});
    write_serial(out);
    write_algorithm(out);
    es_octets_add(out, es_ca.cert.subject_raw.p, es_ca.cert.subject_raw.len);
    write_validity(out);
    es_octets_add_bytes(out, subject);
    es_octets_add_bytes(out, public_key);
    write_extensions(out, subject, public_key, alt_names);
    es_der_close(out, at);
}

static bool sign(struct es_bytes tbs, struct es_octets *out)
{
    unsigned char digest[32], signature[1 + MBEDTLS_PK_SIGNATURE_MAX_SIZE] = {0};
    size_t n = 0;
    if (mbedtls_sha256_ret(tbs.p, tbs.n, digest, 0) != 0 ||
        mbedtls_pk_sign(&es_ca.key, MBEDTLS_MD_SHA256, digest, sizeof digest,
                        signature + 1, &n, es_random_mbedtls, NULL) != 0) {
        return false;
    }
    es_der_add(out, ES_DER_BIT_STRING, (struct es_bytes){signature, 1 + n});
    return true;
}

bool es_ca_issue(struct es_bytes subject, struct es_bytes public_key,
                 struct es_bytes alt_names, struct es_octets *out)
{
    struct es_octets tbs = {NULL, 0, 0};
    write_tbs(&tbs, subject, public_key, alt_names);
    size_t at = es_der_open(out, ES_DER_SEQUENCE);
    es_octets_add_bytes(out, es_octets_view(&tbs));
    write_algorithm(out);
    bool ok = sign(es_octets_view(&tbs), out);
    es_der_close(out, at);
    es_octets_free(&tbs);
    return ok;
}
