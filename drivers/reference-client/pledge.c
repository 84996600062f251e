/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pledge.h"

#include "behaviour.h"
#include "pem.h"

#include <string.h>

struct es_pledge es_pledge;

static bool load_idevid(const char *dir, struct es_credential *out)
{
    out->chain = es_pem_read_certificates(dir, "idevid.chain.pem");
    out->key = es_pem_read_key(dir, "idevid.key.pem");
    if (out->chain == NULL || out->key == NULL) {
        return false;
    }
    out->cert = sk_X509_shift(out->chain);
    if (X509_check_private_key(out->cert, out->key) != 1) {
        es_log("idevid: key and certificate do not belong together");
        return false;
    }
    return true;
}

bool es_pledge_load(const char *dir)
{
    struct es_trust *trust = &es_pledge.trust;
    if (!load_idevid(dir, &es_pledge.idevid)) {
        return false;
    }
    trust->implicit = es_pem_read_optional(dir, "implicit-ta.pem");
    if (trust->implicit == NULL) {
        trust->implicit = es_pem_read_certificates(dir, "root.cert.pem");
    }
    trust->intermediates = sk_X509_new_null();
    return trust->implicit != NULL;
}

static bool is_valid_now(const X509 *cert)
{
    return X509_cmp_current_time(X509_get0_notBefore(cert)) < 0 &&
           X509_cmp_current_time(X509_get0_notAfter(cert)) > 0;
}

const struct es_credential *es_pledge_credential(void)
{
    const struct es_credential *enrolled = &es_pledge.enrolled;
    bool usable = enrolled->cert != NULL && is_valid_now(enrolled->cert);
    return usable ? enrolled : &es_pledge.idevid;
}

static void forget_enrolled(void)
{
    X509_free(es_pledge.enrolled.cert);
    EVP_PKEY_free(es_pledge.enrolled.key);
    es_pledge.enrolled = (struct es_credential){NULL, NULL, NULL};
}

void es_pledge_install(X509 *cert, EVP_PKEY *key)
{
    X509_up_ref(cert);
    EVP_PKEY_up_ref(key);
    forget_enrolled();
    es_pledge.enrolled = (struct es_credential){cert, key, NULL};
}

void es_pledge_boot(void)
{
    if (es_mutant_is(ES_MUTANT_EXPLICIT_TA_VOLATILE)) {
        es_trust_forget(&es_pledge.trust);
    }
    memset(&es_pledge.attrs, 0, sizeof es_pledge.attrs);
    memset(&es_pledge.links, 0, sizeof es_pledge.links);
}

void es_pledge_reset(void)
{
    es_pledge_boot();
    forget_enrolled();
    es_trust_forget(&es_pledge.trust);
}
