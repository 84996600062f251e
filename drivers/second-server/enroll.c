/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bag.h"
#include "ca.h"
#include "csr.h"
#include "est.h"
#include "extension.h"
#include "file.h"
#include "host.h"
#include "keygen.h"
#include "name.h"
#include "oid.h"
#include "policy.h"

#include <mbedtls/base64.h>
#include <mbedtls/constant_time.h>
#include <mbedtls/sha256.h>

#include <stdio.h>
#include <unistd.h>

static mbedtls_x509_crt denied;

bool es_enroll_load(const char *dir)
{
    char path[1024];
    mbedtls_x509_crt_init(&denied);
    snprintf(path, sizeof path, "%s/denied.pem", dir);
    return access(path, R_OK) != 0 ||
           es_file_read_certificates(dir, "denied.pem", &denied);
}

void es_enroll_unload(void)
{
    mbedtls_x509_crt_free(&denied);
}

static struct es_bytes raw(const mbedtls_x509_buf *b)
{
    return (struct es_bytes){b->p, b->len};
}

static bool refuse(struct es_response *error, uint8_t code, const char *text)
{
    es_log("refused: %s", text);
    *error = es_response_error(code, text);
    return false;
}

static bool is_denied(const mbedtls_x509_crt *cert)
{
    for (const mbedtls_x509_crt *d = &denied; d != NULL; d = d->next) {
        if (d->raw.len > 0 && es_bytes_equal(raw(&d->raw), raw(&cert->raw))) {
            return true;
        }
    }
    return false;
}

static bool same_secretly(struct es_bytes a, const unsigned char *p, size_t n)
{
    return a.n == n && mbedtls_ct_memcmp(a.p, p, n) == 0;
}

/* RFC 7030, 3.5 wants Base64; RFC 9148, 3 can be read as the octets themselves. */
static bool is_linked(const struct es_peer *peer, struct es_bytes challenge)
{
    unsigned char text[4 * ES_BINDING_MAX];
    size_t n = 0;
    if (peer->binding_len == 0 ||
        mbedtls_base64_encode(text, sizeof text, &n, peer->binding,
                              peer->binding_len) != 0) {
        return false;
    }
    return same_secretly(challenge, text, n) ||
           same_secretly(challenge, peer->binding, peer->binding_len);
}

static bool is_keygen(enum es_op op)
{
    return op == ES_OP_SKG || op == ES_OP_SKC;
}

/* Key and signature mean nothing where the key is made here (RFC 9148, 4.8). */
static bool check_key(enum es_op op, struct es_csr *csr, struct es_response *error)
{
    if (is_keygen(op)) {
        return !csr->wants_encryption ||
               refuse(error, ES_BAD_REQUEST, "keys are not encrypted here");
    }
    if (!es_csr_has_p256_key(csr)) {
        return refuse(error, ES_BAD_REQUEST, "the key is not on P-256");
    }
    if (!es_csr_is_signed(csr)) {
        return refuse(error, ES_BAD_REQUEST, "the signature is not of this key");
    }
    return true;
}

static bool check_request(const struct es_peer *peer, enum es_op op, struct es_csr *csr,
                          struct es_response *error)
{
    if (!check_key(op, csr, error)) {
        return false;
    }
    if (csr->has_challenge && !is_linked(peer, csr->challenge)) {
        return refuse(error, ES_FORBIDDEN, "challengePassword is not of this session");
    }
    return true;
}

/* RFC 7030, 4.2.2. */
static bool check_renewal(const struct es_peer *peer, const struct es_csr *csr,
                          struct es_response *error)
{
    const mbedtls_x509_crt *cert = peer->cert;
    if (!es_ca_has_issued(cert)) {
        return refuse(error, ES_FORBIDDEN, "only certificates of this CA are renewed");
    }
    struct es_bytes names =
        es_extension_find(raw(&cert->v3_ext), es_oid_subject_alt_name);
    if (!es_name_equal(csr->subject, raw(&cert->subject_raw)) ||
        !es_alt_names_equal(csr->alt_names, names)) {
        return refuse(error, ES_FORBIDDEN,
                      "the names are not those of the certificate");
    }
    return true;
}

/* A repeated request is recognised by key and client, not by its octets: with a new
   session the challengePassword is another (RFC 7030, 4.2.3). */
static bool check_approval(const struct es_peer *peer, enum es_op op,
                           const struct es_csr *csr, struct es_response *error)
{
    uint8_t key[ES_PENDING_KEY_LEN];
    struct es_octets all = {NULL, 0, 0};
    es_octets_add_byte(&all, (unsigned int)op);
    es_octets_add_bytes(&all, csr->public_key);
    es_octets_add_bytes(&all, raw(&peer->cert->subject_raw));
    mbedtls_sha256_ret(all.p, all.n, key, 0);
    es_octets_free(&all);
    uint32_t seconds = es_policy_wait_seconds(key, es_now_ms());
    if (seconds == 0) {
        return true;
    }
    *error = es_response_new(ES_UNAVAILABLE);
    error->max_age = seconds;
    return false;
}

static bool issue(const struct es_peer *peer, enum es_op op, const struct es_csr *csr,
                  int32_t accept, struct es_representation *out,
                  struct es_response *error)
{
    struct es_octets cert = {NULL, 0, 0};
    bool nameless = es_name_is_empty(csr->subject) && csr->alt_names.n == 0;
    struct es_bytes subject = nameless ? raw(&peer->cert->subject_raw) : csr->subject;
    if (is_keygen(op)) {
        return es_keygen(op, subject, csr->alt_names, out) ||
               refuse(error, ES_INTERNAL_ERROR, "no key could be made");
    }
    bool ok = es_ca_issue(subject, csr->public_key, csr->alt_names, &cert);
    if (ok && accept == ES_FORMAT_CERT) {
        out->content_format = ES_FORMAT_CERT;
        es_octets_add_bytes(&out->body, es_octets_view(&cert));
    } else if (ok) {
        out->content_format = ES_FORMAT_CERTS;
        es_bag_write(es_octets_view(&cert), &out->body);
    }
    es_octets_free(&cert);
    return ok || refuse(error, ES_INTERNAL_ERROR, "the CA does not sign");
}

bool es_enroll(const struct es_peer *peer, enum es_op op, struct es_bytes body,
               int32_t accept, struct es_representation *out, struct es_response *error)
{
    struct es_csr csr;
    const char *why;
    if (is_denied(peer->cert)) {
        return refuse(error, ES_FORBIDDEN, "this client may not enrol");
    }
    if (!es_csr_open(body, &csr, &why)) {
        return refuse(error, ES_BAD_REQUEST, why);
    }
    bool ok = check_request(peer, op, &csr, error) &&
              (op != ES_OP_SREN || check_renewal(peer, &csr, error)) &&
              check_approval(peer, op, &csr, error) &&
              issue(peer, op, &csr, accept, out, error);
    es_csr_close(&csr);
    return ok;
}
