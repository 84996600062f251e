/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_ISSUE_H
#define ES_ISSUE_H

#include "pledge.h"
#include "transfer.h"

/* Judging what an enrolment brought: a certificate for our key, or for the key that came
   with it, with the names that were asked for and a path to the anchors. */
struct es_issue {
    struct es_credential
        *credential;               /* its key is known, or to be read; gets the chain */
    const mbedtls_x509_crt *model; /* whose subject was asked for */
    const mbedtls_x509_crt *shown; /* the certificates of the server */
    int64_t cert_format;           /* of the certificate beside a key; -1: any */
};

/* The answer to sen and sren. NULL, or what is wrong. */
const char *es_issue_read(const struct es_issue *issue, const struct es_answer *answer);
/* The answer to skg and skc. */
const char *es_issue_read_with_key(const struct es_issue *issue,
                                   const struct es_answer *answer);

#endif
