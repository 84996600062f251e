/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pledge.h"

#include "file.h"
#include "host.h"

struct es_pledge es_pledge;

static bool load_idevid(const char *dir)
{
    struct es_credential *c = es_pledge.idevid = es_credential_new();
    if (!es_file_read_certificates(dir, "idevid.chain.pem", c->chain) ||
        !es_file_read_key(dir, "idevid.key.pem", c->key)) {
        return false;
    }
    bool fits = mbedtls_pk_check_pair(&c->chain->pk, c->key) == 0;
    if (!fits) {
        es_log("idevid: key and certificate do not belong together");
    }
    return fits;
}

bool es_pledge_load(const char *dir)
{
    static const char implicit[] = "implicit-ta.pem";
    es_trust_open(&es_pledge.trust);
    return load_idevid(dir) &&
           es_file_read_certificates(
               dir, es_file_exists(dir, implicit) ? implicit : "root.cert.pem",
               &es_pledge.trust.implicit);
}

void es_pledge_unload(void)
{
    es_credential_free(es_pledge.idevid);
    es_credential_free(es_pledge.enrolled);
    es_trust_close(&es_pledge.trust);
}

const struct es_credential *es_pledge_credential(void)
{
    const struct es_credential *enrolled = es_pledge.enrolled;
    bool usable = enrolled != NULL && es_trust_is_valid_now(enrolled->chain);
    return usable ? enrolled : es_pledge.idevid;
}

void es_pledge_enroll(struct es_credential *credential)
{
    es_credential_free(es_pledge.enrolled);
    es_pledge.enrolled = credential;
}

void es_pledge_boot(void)
{
    es_pledge.attrs = (struct es_attrs){.digest = MBEDTLS_MD_SHA256};
    es_pledge.links = (struct es_links){.is_known = false};
}

void es_pledge_reset(void)
{
    es_pledge_boot();
    es_pledge_enroll(NULL);
    es_trust_forget(&es_pledge.trust);
}
