/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ca.h"

#include "bag.h"
#include "ca_int.h"
#include "file.h"
#include "host.h"

#include <mbedtls/md.h>

struct es_ca es_ca;

/* The file begins with the issuing CA; the bag begins with the root. */
static void publish(const mbedtls_x509_crt *first)
{
    struct es_octets all = {NULL, 0, 0};
    for (const mbedtls_x509_crt *c = first; c != NULL; c = c->next) {
        es_octets_insert(&all, 0, c->raw.p, c->raw.len);
    }
    es_bag_write(es_octets_view(&all), &es_ca.bag);
    es_octets_free(&all);
}

bool es_ca_load(const char *dir)
{
    mbedtls_x509_crt published;
    mbedtls_x509_crt_init(&published);
    mbedtls_x509_crt_init(&es_ca.cert);
    mbedtls_pk_init(&es_ca.key);
    bool ok = es_file_read_certificates(dir, "issuing-ca.cert.pem", &es_ca.cert) &&
              es_file_read_key(dir, "issuing-ca.key.pem", &es_ca.key) &&
              es_file_read_certificates(dir, "crts.pem", &published);
    if (ok && mbedtls_pk_check_pair(&es_ca.cert.pk, &es_ca.key) != 0) {
        es_log("issuing-ca: key and certificate do not belong together");
        ok = false;
    }
    if (ok) {
        publish(&published);
    }
    mbedtls_x509_crt_free(&published);
    return ok;
}

void es_ca_unload(void)
{
    mbedtls_x509_crt_free(&es_ca.cert);
    mbedtls_pk_free(&es_ca.key);
    es_octets_free(&es_ca.bag);
}

struct es_bytes es_ca_certificates(void)
{
    return es_octets_view(&es_ca.bag);
}

bool es_ca_has_issued(const mbedtls_x509_crt *cert)
{
    unsigned char digest[MBEDTLS_MD_MAX_SIZE];
    const mbedtls_md_info_t *md = mbedtls_md_info_from_type(cert->sig_md);
    struct es_bytes issuer = {cert->issuer_raw.p, cert->issuer_raw.len};
    struct es_bytes self = {es_ca.cert.subject_raw.p, es_ca.cert.subject_raw.len};
    return md != NULL && es_bytes_equal(issuer, self) &&
           mbedtls_md(md, cert->tbs.p, cert->tbs.len, digest) == 0 &&
           mbedtls_pk_verify(&es_ca.cert.pk, cert->sig_md, digest,
                             mbedtls_md_get_size(md), cert->sig.p, cert->sig.len) == 0;
}
