/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "enroll.h"

#include "csr.h"
#include "host.h"
#include "issue.h"

/* RFC 7252, 5.10.5; how many 5.03 are endured, and how long one may last. */
enum { MAX_AGE_DEFAULT_S = 60, PATIENCE = 3, WAIT_MAX_S = 300 };

struct enrolment {
    struct es_session *session;
    const struct es_uri *uri;
    enum es_function function;
    const struct es_credential *old; /* for the handshake */
    const mbedtls_x509_crt *model;   /* whose names are asked for */
    struct es_credential *request;   /* with the key in the request */
    struct es_octets csr;
};

static bool makes_key(const struct enrolment *e)
{
    return e->function == ES_FUNCTION_SKG || e->function == ES_FUNCTION_SKC;
}

/* A request is linked to its session (RFC 7030, 3.5), so that each session needs its own. */
static const char *open_session(struct enrolment *e)
{
    const char *why = es_session_open(e->session, e->uri, e->old);
    if (why != NULL) {
        return why;
    }
    es_exchange_attach(e->session);
    struct es_csr_wish wish = {e->request->key, e->model,
                               es_session_binding(e->session), es_pledge.attrs.digest};
    return es_csr_write(&wish, &e->csr) ? NULL : "the request cannot be made";
}

/* RFC 9148, 4.7: the same request again, when Max-Age is over. */
static const char *wait(struct enrolment *e, const struct es_answer *answer)
{
    int64_t wait_s = answer->max_age >= 0 ? answer->max_age : MAX_AGE_DEFAULT_S;
    if (wait_s > WAIT_MAX_S) {
        return "the server wants to be asked too late";
    }
    es_log("5.03, waiting for %d s", (int)wait_s);
    uint64_t end_ms = es_now_ms() + (uint64_t)wait_s * 1000;
    while (es_now_ms() < end_ms) {
        if (!es_session_step(e->session, end_ms)) {
            return "aborted";
        }
    }
    return e->session->is_open ? NULL : open_session(e);
}

/* Asks until there is another answer than 5.03. */
static const char *ask(struct enrolment *e, struct es_answer *answer)
{
    for (int refusals = 0;; refusals++) {
        struct es_request question = {
            .code = ES_POST,
            .path = e->uri->path,
            .accept = makes_key(e) ? ES_FORMAT_MULTIPART : -1,
            .content_format = ES_FORMAT_CSR,
            .payload = es_octets_view(&e->csr),
        };
        const char *why = es_transfer_run(&question, answer);
        if (why != NULL || answer->code != ES_UNAVAILABLE) {
            return why;
        }
        if (refusals == PATIENCE) {
            return "the server is still not ready";
        }
        why = wait(e, answer);
        if (why != NULL) {
            return why;
        }
        es_octets_free(&answer->body);
    }
}

static const char *take(struct enrolment *e, const struct es_answer *answer)
{
    struct es_credential *new = makes_key(e) ? es_credential_new() : e->request;
    struct es_issue issue = {
        .credential = new,
        .model = e->model,
        .shown = es_session_peer(e->session),
        .cert_format = e->function == ES_FUNCTION_SKC ? ES_FORMAT_CERT : -1,
    };
    const char *why = makes_key(e) ? es_issue_read_with_key(&issue, answer)
                                   : es_issue_read(&issue, answer);
    if (why == NULL) {
        es_pledge_enroll(new);
        e->request = new == e->request ? NULL : e->request;
    } else if (new != e->request) {
        es_credential_free(new);
    }
    return why;
}

static const char *enroll(struct enrolment *e, struct es_answer *answer)
{
    if (!es_credential_make_key(e->request)) {
        return "no key can be made";
    }
    const char *why = open_session(e);
    if (why == NULL) {
        why = ask(e, answer);
    }
    if (why == NULL && answer->code != ES_CHANGED) {
        why = es_answer_name(answer);
    }
    return why != NULL ? why : take(e, answer);
}

const char *es_enroll_run(struct es_session *session, enum es_function function,
                          const struct es_uri *uri)
{
    struct es_answer answer = {.content_format = -1};
    struct enrolment e = {
        .session = session,
        .uri = uri,
        .function = function,
        .old = es_pledge_credential(),
        .model = es_pledge.idevid->chain,
    };
    if (function == ES_FUNCTION_SREN) {
        if (es_pledge.enrolled == NULL) {
            return "there is no certificate to renew";
        }
        e.model = es_pledge.enrolled->chain;
    }
    e.request = es_credential_new();
    const char *why = enroll(&e, &answer);
    es_credential_free(e.request);
    es_octets_free(&e.csr);
    es_octets_free(&answer.body);
    return why;
}
