/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "enroll.h"

#include "behaviour.h"
#include "csr.h"
#include "issue.h"
#include "loop.h"

enum { MAX_AGE_DEFAULT_S = 60 }; /* RFC 7252, 5.10.5 */

struct es_enroll_policy es_enroll_policy = {3, 300};

struct enrolment {
    struct es_session *session;
    const struct es_enroll_target *target;
    const struct es_credential *credential; /* for the handshake */
    X509 *model;                            /* whose names are asked for */
    EVP_PKEY *key;                          /* in the request */
    struct es_buffer csr;
    unsigned int refusals; /* 5.03 in a row */
};

static bool is_key_generation(const struct enrolment *e)
{
    return e->target->function == ES_FUNCTION_SKG ||
           e->target->function == ES_FUNCTION_SKC;
}

static bool is_renewal(const struct enrolment *e)
{
    return e->target->function == ES_FUNCTION_SREN;
}

static bool write_csr(struct enrolment *e)
{
    struct es_csr_wish wish = {e->key, e->model, is_renewal(e), e->session};
    es_buffer_resize(&e->csr, 0);
    return es_csr_write(&wish, &e->csr);
}

/* A request is bound to its session: a new session needs a new request, with the same
   key (RFC 7030, 4.2.3). */
static const char *connect_again(struct enrolment *e)
{
    const char *why = es_session_open(e->session, &e->target->uri, e->credential);
    if (why == NULL && !write_csr(e)) {
        why = "the request could not be made";
    }
    return why;
}

static const char *change_csr(struct enrolment *e)
{
    EVP_PKEY_free(e->key);
    e->key = es_csr_new_key();
    return e->key != NULL && write_csr(e) ? NULL : "the request could not be made";
}

static const char *wait_max_age(struct enrolment *e, const struct es_answer *answer)
{
    bool at_once = es_mutant_is(ES_MUTANT_MAX_AGE_MISSING_AT_ONCE);
    uint64_t wait_s = answer->has_max_age ? answer->max_age
                      : at_once           ? 0
                                          : MAX_AGE_DEFAULT_S;
    if (++e->refusals > es_enroll_policy.patience) {
        return "the server is still not ready";
    }
    if (wait_s > es_enroll_policy.max_wait_s) {
        return "the server asks to wait for too long";
    }
    if (es_mutant_is(ES_MUTANT_503_MAXAGE_IGNORED)) {
        wait_s = 0;
    }
    es_log("5.03: waiting for %u s", (unsigned int)wait_s);
    if (!es_loop_wait(e->session->context, wait_s * 1000)) {
        return "aborted";
    }
    if (es_mutant_is(ES_MUTANT_503_CSR_CHANGED)) {
        return change_csr(e);
    }
    if (es_variant_is(ES_VARIANT_OK_SLEEPS_THROUGH_503)) {
        es_session_close(e->session);
    }
    if (es_session_is_up(e->session)) {
        return NULL;
    }
    return es_mutant_is(ES_MUTANT_POP_NOT_RENEWED)
               ? es_session_open(e->session, &e->target->uri, e->credential)
               : connect_again(e);
}

static bool is_to_wait(const struct enrolment *e, const struct es_answer *answer)
{
    bool understood = !is_key_generation(e) || !es_mutant_is(ES_MUTANT_503_ONLY_SEN);
    return answer->code == ES_CODE_UNAVAILABLE && understood;
}

static bool is_success(const struct es_answer *answer)
{
    bool unknown = (answer->code & 31) > 15; /* to the code table of RFC 7252 */
    return answer->code == ES_CODE_CHANGED ||
           (unknown && es_mutant_is(ES_MUTANT_UNKNOWN_ERROR_TAKEN));
}

/* At once, and once: by a mutant that does not understand a refusal, and by a variant that
   hopes for better luck. */
static bool is_to_be_asked_again(const struct es_answer *answer)
{
    return (answer->code >> 5 == 4 && es_mutant_is(ES_MUTANT_REFUSED_ASKED_AGAIN)) ||
           (answer->code == ES_CODE_INTERNAL &&
            es_variant_is(ES_VARIANT_OK_TRIES_TWICE));
}

/* Asks until there is another answer than 5.03. The caller frees its body. */
static const char *ask(struct enrolment *e, struct es_answer *answer)
{
    unsigned int futile = 1;
    const char *why = NULL;
    for (;;) {
        struct es_ask question = {
            .method = ES_CODE_POST,
            .path = e->target->uri.path,
            .accept = e->target->accept,
            .content_format = ES_FORMAT_CSR,
            .body = es_buffer_view(&e->csr),
        };
        why = es_transfer_run(&question, answer);
        if (why == NULL && is_to_be_asked_again(answer) && futile-- > 0) {
            es_buffer_free(&answer->body);
            continue;
        }
        if (why != NULL || !is_to_wait(e, answer)) {
            break;
        }
        why = wait_max_age(e, answer);
        if (why != NULL) {
            break;
        }
        es_buffer_free(&answer->body);
    }
    return why != NULL || is_success(answer) ? why : es_answer_name(answer);
}

static const char *read_answer(struct enrolment *e, const struct es_answer *answer)
{
    struct es_issue issue;
    bool skc = e->target->function == ES_FUNCTION_SKC;
    struct es_issue_wish wish = {
        .key = is_key_generation(e) ? NULL : e->key,
        .model = e->model,
        .session = e->session,
        .cert_format = skc ? ES_FORMAT_CERT : ES_FORMAT_ABSENT,
    };
    if (answer->body.n == 0 && es_mutant_is(ES_MUTANT_EMPTY_SUCCESS_TAKEN)) {
        return NULL;
    }
    const char *why = is_key_generation(e)
                          ? es_issue_read_with_key(&wish, answer, &issue)
                          : es_issue_read(&wish, answer, &issue);
    if (why == NULL && issue.cert != NULL) {
        es_pledge_install(issue.cert, issue.key);
    }
    es_issue_free(&issue);
    return why;
}

static const char *enroll(struct enrolment *e)
{
    struct es_answer answer = {.content_format = ES_FORMAT_ABSENT};
    if (e->key == NULL) {
        return "no key could be made";
    }
    const char *why = connect_again(e);
    if (why == NULL) {
        why = ask(e, &answer);
    }
    if (why == NULL) {
        why = read_answer(e, &answer);
    }
    es_buffer_free(&answer.body);
    return why;
}

const char *es_enroll_run(struct es_session *session,
                          const struct es_enroll_target *target)
{
    struct enrolment e = {
        .session = session,
        .target = target,
        .credential = es_pledge_credential(),
        .model = es_pledge.idevid.cert,
    };
    if (is_renewal(&e)) {
        if (es_pledge.enrolled.cert == NULL) {
            return "there is no certificate to renew";
        }
        e.model = es_pledge.enrolled.cert;
        if (es_mutant_is(ES_MUTANT_REENROLL_WRONG_CREDENTIAL)) {
            e.credential = &es_pledge.idevid;
        }
    }
    X509_up_ref(e.model);
    e.key = es_csr_new_key();
    const char *why = enroll(&e);
    X509_free(e.model);
    EVP_PKEY_free(e.key);
    es_buffer_free(&e.csr);
    return why;
}
