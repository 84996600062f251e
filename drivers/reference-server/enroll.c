/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "enroll.h"

#include "bag.h"
#include "behaviour.h"
#include "binding.h"
#include "ca.h"
#include "csr.h"
#include "keygen.h"
#include "pem.h"
#include "pending.h"

#include <openssl/sha.h>

#include <string.h>

static bool refuse(struct es_reply *error, enum es_code code, const char *text)
{
    *error = es_reply_error(code, text);
    return false;
}

static bool is_keygen(enum es_op op)
{
    return op == ES_OP_SKG || op == ES_OP_SKC;
}

/* Text in Base64, with or without PEM lines, to DER: for the mutant that takes HTTP's form
   of a CSR and no other. */
static bool decode_text(struct es_bytes body, struct es_buffer *der)
{
    unsigned char out[ES_UPLOAD_MAX_BYTES];
    struct es_buffer text = {NULL, 0, 0};
    bool in_armour = false;
    for (size_t i = 0; i < body.n; i++) {
        uint8_t c = body.p[i];
        bool line_start = i == 0 || body.p[i - 1] == '\n';
        in_armour = line_start ? c == '-' : in_armour;
        if (!in_armour && c > ' ') {
            es_buffer_add_byte(&text, c);
        }
    }
    int n = text.n > 0 && text.n < sizeof out
                ? EVP_DecodeBlock(out, text.p, (int)text.n)
                : -1;
    for (size_t i = text.n; n > 0 && i > 0 && text.p[i - 1] == '='; i--) {
        n--;
    }
    es_buffer_free(&text);
    if (n > 0) {
        es_buffer_add(der, out, (size_t)n);
    }
    return n > 0;
}

static bool read_csr(struct es_bytes body, struct es_csr *csr, struct es_reply *error)
{
    const char *why = "body is not Base64";
    struct es_buffer decoded = {NULL, 0, 0};
    bool ok = true;
    if (es_mutant_is(ES_MUTANT_ENROLL_REQUEST_BASE64_ONLY)) {
        ok = decode_text(body, &decoded);
        body = es_buffer_view(&decoded);
    }
    ok = ok && es_csr_read(body, csr, &why);
    es_buffer_free(&decoded);
    if (!ok) {
        return refuse(error, ES_CODE_BAD_REQUEST, why);
    }
    return true;
}

/* Key and signature, which count for sen and sren only (RFC 9148, 4.8). */
static bool check_key(enum es_op op, const struct es_csr *csr, struct es_reply *error)
{
    bool check_signature = is_keygen(op)
                               ? es_mutant_is(ES_MUTANT_SKG_CSR_SIGNATURE_ENFORCED)
                               : !es_mutant_is(ES_MUTANT_CSR_SIGNATURE_UNCHECKED);
    if (!is_keygen(op) && !es_csr_has_p256_key(csr)) {
        return refuse(error, ES_CODE_BAD_REQUEST, "key is not on P-256");
    }
    if (check_signature && !es_csr_is_signed(csr)) {
        return refuse(error, ES_CODE_BAD_REQUEST, "CSR signature does not verify");
    }
    if (es_mutant_is(ES_MUTANT_CSR_TWO_ATTRIBUTES_REJECTED) &&
        X509_REQ_get_attr_count(csr->req) > 1) {
        return refuse(error, ES_CODE_BAD_REQUEST, "more than one attribute");
    }
    return true;
}

static bool check_binding(const struct es_peer *peer, const struct es_csr *csr,
                          struct es_reply *error)
{
    if (!csr->has_challenge) {
        return !es_variant_is(ES_VARIANT_OK_POP_ABSENT_REFUSED) ||
               refuse(error, ES_CODE_BAD_REQUEST, "challengePassword is missing");
    }
    return es_mutant_is(ES_MUTANT_TLS_UNIQUE_UNCHECKED) ||
           es_binding_matches(peer->ssl, csr->challenge) ||
           refuse(error, ES_CODE_BAD_REQUEST, "challengePassword is not tls-unique");
}

static STACK_OF(X509) * denied;

void es_enroll_load(const char *dir)
{
    denied = es_pem_read_optional(dir, "denied.pem");
}

static bool check_permission(const struct es_peer *peer, enum es_op op,
                             struct es_reply *error)
{
    X509 *cert = es_peer_certificate(peer);
    if (es_mutant_is(is_keygen(op) ? ES_MUTANT_DENIED_CLIENT_GETS_KEY
                                   : ES_MUTANT_DENIED_CLIENT_ENROLLED)) {
        return true;
    }
    for (int i = 0; cert != NULL && i < sk_X509_num(denied); i++) {
        if (X509_cmp(cert, sk_X509_value(denied, i)) == 0) {
            return refuse(error, ES_CODE_FORBIDDEN, "client may not enrol");
        }
    }
    return true;
}

/* RFC 7030, 4.2.2. */
static bool check_renewal(const struct es_peer *peer, const struct es_csr *csr,
                          struct es_reply *error)
{
    X509 *cert = es_peer_certificate(peer);
    bool forgotten = SSL_session_reused(peer->ssl) == 1 &&
                     es_mutant_is(ES_MUTANT_RESUMED_PEER_FORGOTTEN);
    if (cert == NULL || forgotten || !es_ca_has_issued(cert)) {
        return refuse(error, ES_CODE_FORBIDDEN, "certificate is not one of this CA");
    }
    if (es_mutant_is(ES_MUTANT_REENROLL_SAME_KEY_REFUSED) &&
        EVP_PKEY_eq(csr->key, X509_get0_pubkey(cert)) == 1) {
        return refuse(error, ES_CODE_FORBIDDEN, "key is that of the certificate");
    }
    if (!es_csr_has_subject_of(csr, cert) &&
        !es_mutant_is(ES_MUTANT_REENROLL_SUBJECT_UNCHECKED)) {
        return refuse(error, ES_CODE_FORBIDDEN,
                      "subject is not that of the certificate");
    }
    if (!es_csr_has_alt_names_of(csr, cert) &&
        !es_mutant_is(ES_MUTANT_REENROLL_SAN_UNCHECKED)) {
        return refuse(error, ES_CODE_FORBIDDEN,
                      "subjectAltName is not that of the certificate");
    }
    return true;
}

static void request_key(const struct es_peer *peer, enum es_op op,
                        const struct es_csr *csr, uint8_t key[ES_PENDING_KEY_BYTES])
{
    struct es_buffer all = {NULL, 0, 0};
    uint8_t digest[SHA256_DIGEST_LENGTH];
    es_csr_key_digest(csr, digest);
    es_buffer_add(&all, digest, sizeof digest);
    if (es_mutant_is(ES_MUTANT_PENDING_BY_OCTETS)) {
        unsigned char *octets = NULL;
        int n = i2d_X509_REQ(csr->req, &octets);
        es_buffer_add_openssl(&all, octets, n);
    }
    es_buffer_add_byte(&all, (unsigned int)op);
    X509 *cert = es_peer_certificate(peer);
    if (cert != NULL) {
        unsigned char *der = NULL;
        int len = i2d_X509_NAME(X509_get_subject_name(cert), &der);
        es_buffer_add_openssl(&all, der, len);
    }
    SHA256(all.p, all.n, key);
    es_buffer_free(&all);
}

static bool check_approval(const struct es_peer *peer, enum es_op op,
                           const struct es_csr *csr, struct es_reply *error)
{
    uint8_t key[ES_PENDING_KEY_BYTES];
    request_key(peer, op, csr, key);
    uint32_t seconds = es_pending_seconds(key, es_now_ms());
    if (seconds == 0) {
        return true;
    }
    refuse(error, ES_CODE_UNAVAILABLE, "waits for approval");
    if (!es_mutant_is(ES_MUTANT_MAX_AGE_MISSING)) {
        error->max_age = seconds;
    }
    return false;
}

/* The name to certify. A CSR may leave it to us; then it is that of the client. */
static X509_NAME *choose_subject(const struct es_peer *peer, const struct es_csr *csr)
{
    X509 *cert = es_peer_certificate(peer);
    bool empty = X509_NAME_entry_count(csr->subject) == 0;
    return empty && cert != NULL ? X509_get_subject_name(cert) : csr->subject;
}

static void encode_base64(struct es_buffer *body)
{
    struct es_buffer text = {NULL, 0, 0};
    es_buffer_resize(&text, (body->n + 2) / 3 * 4 + 1);
    int n = EVP_EncodeBlock(text.p, body->p, (int)body->n);
    es_buffer_resize(body, 0);
    es_buffer_add(body, text.p, (size_t)n);
    es_buffer_free(&text);
}

static void write_certificate(X509 *cert, const struct es_request *request,
                              struct es_representation *rep)
{
    bool unseen =
        request->block1.present && es_mutant_is(ES_MUTANT_ACCEPT_UNBLOCKED_ONLY);
    bool one = request->accept == ES_FORMAT_CERT && !unseen &&
               es_resource_has_format(ES_OP_SEN, ES_FORMAT_CERT);
    rep->content_format = one ? ES_FORMAT_CERT : ES_FORMAT_CERTS;
    if (one || es_mutant_is(ES_MUTANT_ENROLL_281_RAW_X509)) {
        es_bag_write_certificate(cert, &rep->body);
    } else if (es_mutant_is(ES_MUTANT_ENROLL_EXTRA_CERTS)) {
        STACK_OF(X509) *certs = sk_X509_dup(es_ca_certificates());
        sk_X509_push(certs, cert);
        es_bag_write(certs, &rep->body);
        sk_X509_free(certs);
    } else {
        es_bag_write_one(cert, &rep->body);
    }
    if (es_mutant_is(ES_MUTANT_ENROLL_PAYLOAD_BASE64)) {
        encode_base64(&rep->body);
    }
    if (es_mutant_is(ES_MUTANT_ENROLL_CONTENT_FORMAT_WRONG)) {
        rep->content_format = ES_FORMAT_CSR;
    }
}

static bool issue(const struct es_peer *peer, const struct es_csr *csr,
                  const struct es_request *request, struct es_representation *rep,
                  struct es_reply *error)
{
    X509 *cert = es_ca_issue(choose_subject(peer, csr), csr->key, csr->extensions);
    if (cert == NULL) {
        return refuse(error, ES_CODE_INTERNAL_ERROR, "the CA cannot issue this");
    }
    write_certificate(cert, request, rep);
    X509_free(cert);
    return true;
}

/* The mutant that accepts a body with a hole in it cannot read the CSR any more; it issues
   what it knows: the client's name and key once again. */
static bool issue_blindly(struct es_peer *peer, const struct es_request *request,
                          struct es_representation *rep, struct es_reply *error)
{
    X509 *client = es_peer_certificate(peer);
    struct es_csr csr = {.subject = X509_get_subject_name(client),
                         .key = X509_get0_pubkey(client)};
    return issue(peer, &csr, request, rep, error);
}

static bool check_csr(struct es_peer *peer, enum es_op op, struct es_csr *csr,
                      struct es_reply *error)
{
    return check_key(op, csr, error) && check_binding(peer, csr, error) &&
           (op != ES_OP_SREN || check_renewal(peer, csr, error)) &&
           check_approval(peer, op, csr, error);
}

static bool answer(struct es_peer *peer, enum es_op op, struct es_csr *csr,
                   const struct es_request *request, struct es_representation *rep,
                   struct es_reply *error)
{
    return is_keygen(op) ? es_keygen(op, choose_subject(peer, csr), csr,
                                     es_peer_certificate(peer), rep, error)
                         : issue(peer, csr, request, rep, error);
}

bool es_enroll(struct es_peer *peer, enum es_op op, const struct es_request *request,
               struct es_bytes body, struct es_representation *rep,
               struct es_reply *error)
{
    struct es_csr csr;
    if (!check_permission(peer, op, error)) {
        return false;
    }
    if (!read_csr(body, &csr, error)) {
        return es_mutant_is(ES_MUTANT_BLOCK1_GAP_ACCEPTED) &&
               es_peer_upload(peer, op)->broken &&
               issue_blindly(peer, request, rep, error);
    }
    bool ok =
        check_csr(peer, op, &csr, error) && answer(peer, op, &csr, request, rep, error);
    if (ok) {
        es_log("issued");
    }
    es_csr_free(&csr);
    return ok;
}
