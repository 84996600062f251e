/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_ISSUE_H
#define ES_ISSUE_H

#include "session.h"
#include "transfer.h"

#include <openssl/evp.h>

/* Judging what an enrolment returned (RFC 7030, 4.2.3 and 4.4.2; RFC 9148, 4.3 and 4.8). A
   certificate is taken only if it is for the key, has the subject that was asked for and
   has a valid path to the anchors in force. */

struct es_issue_wish {
    EVP_PKEY *key; /* NULL: the server makes it */
    X509 *model;   /* whose subject was asked for */
    const struct es_session *session;
    int32_t
        cert_format; /* of the certificate in a multipart; ES_FORMAT_ABSENT: 281 or 287 */
};

/* The certificate and its key, which the caller frees. */
struct es_issue {
    X509 *cert;
    EVP_PKEY *key;
};

/* The answer of sen and sren. NULL, or why it is refused; out is empty then. */
const char *es_issue_read(const struct es_issue_wish *wish,
                          const struct es_answer *answer, struct es_issue *out);
/* The answer of skg and skc. */
const char *es_issue_read_with_key(const struct es_issue_wish *wish,
                                   const struct es_answer *answer,
                                   struct es_issue *out);
void es_issue_free(struct es_issue *issue);

#endif
