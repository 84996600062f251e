/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operation.h"

#include "bag.h"
#include "behaviour.h"
#include "enroll.h"
#include "loop.h"
#include "transfer.h"

#include <openssl/err.h>

#include <stdio.h>
#include <string.h>

/* How long a session outlives its operation: a server whose response was acknowledged in
   vain repeats it within 3 s. */
enum { LINGER_MS = 5000, IDLE_MS = 60000 };

static const char root_default[] = ".well-known/est";
static const char core_path[] = ".well-known/core";
static const char core_query[] = "rt=ace.est*";

static struct es_session session;
static uint64_t session_end_ms;
static const char *uri_default;

void es_operation_setup(const char *uri)
{
    uri_default = uri;
}

static void follow_link(const struct es_link *link, struct es_enroll_target *out)
{
    uint16_t port = out->uri.port;
    out->uri = link->uri;
    if (es_mutant_is(ES_MUTANT_PORT_NOT_FOLLOWED)) {
        out->uri.port = port;
    }
    bool only_cert = link->has_ct && link->lists_cert && !link->lists_certs &&
                     !es_mutant_is(ES_MUTANT_CT_UNUSED);
    out->accept = only_cert ? ES_FORMAT_CERT : ES_FORMAT_CERTS;
}

static bool write_default_path(const struct es_uri *uri, enum es_function function,
                               struct es_enroll_target *out)
{
    const char *root = uri->path[0] != '\0' ? uri->path : root_default;
    bool lengthy = es_mutant_is(ES_MUTANT_LONG_NAMES) && function == ES_FUNCTION_SEN;
    int n = snprintf(out->uri.path, sizeof out->uri.path, "%s/%s", root,
                     lengthy ? "simpleenroll" : es_function_name(function));
    return n > 0 && (size_t)n < sizeof out->uri.path;
}

/* The resource of a function: where discovery found it, else under the root that the URI
   names, else under the well-known one. */
static bool find_target(const struct es_uri *uri, enum es_function function,
                        struct es_enroll_target *out)
{
    const struct es_links *links = &es_pledge.links;
    const struct es_link *link = &links->at[function];
    *out = (struct es_enroll_target){function, *uri, ES_FORMAT_CERTS};
    bool blind = es_mutant_is(ES_MUTANT_DISCOVERY_UNUSED);
    if (links->valid && link->found && !blind &&
        es_uri_has_same_authority(&links->base, uri)) {
        follow_link(link, out);
        return true;
    }
    return write_default_path(uri, function, out);
}

static const char *get(const struct es_uri *uri, const char *query, int32_t accept,
                       struct es_answer *answer)
{
    struct es_ask ask = {
        .method = ES_CODE_GET,
        .path = uri->path,
        .query = query,
        .accept = accept,
        .content_format = ES_FORMAT_ABSENT,
    };
    const char *why = es_session_open(&session, uri, es_pledge_credential());
    return why != NULL ? why : es_transfer_run(&ask, answer);
}

/* RFC 9148, 9.1: the server must also be one in the eyes of the new anchors. */
static void revalidate_server(void)
{
    if (es_mutant_is(ES_MUTANT_CRTS_SESSION_KEPT) ||
        es_mutant_is(ES_MUTANT_CRTS_SESSION_REUSED)) {
        return;
    }
    SSL *ssl = es_session_ssl(&session);
    X509 *cert = ssl != NULL ? SSL_get0_peer_certificate(ssl) : NULL;
    const char *why = "it is gone";
    if (cert == NULL || !es_trust_has_path(&es_pledge.trust, cert,
                                           SSL_get_peer_cert_chain(ssl), NULL, &why)) {
        es_log("crts: the server is not under the new anchors: %s", why);
        es_session_close(&session);
    }
}

static const char *take_crts(const struct es_answer *answer)
{
    const char *why;
    if (answer->code != ES_CODE_CONTENT && !es_mutant_is(ES_MUTANT_CRTS_OF_ERROR)) {
        return es_answer_name(answer);
    }
    STACK_OF(X509) *bag =
        es_bag_read(answer->content_format, es_buffer_view(&answer->body), &why);
    if (bag == NULL) {
        return why;
    }
    why = es_trust_learn(&es_pledge.trust, bag);
    sk_X509_pop_free(bag, X509_free);
    if (why == NULL) {
        revalidate_server();
    }
    return why;
}

static const char *take_att(const struct es_answer *answer)
{
    struct es_attrs attrs = {false, 0};
    if (answer->code == ES_CODE_NOT_FOUND &&
        !es_mutant_is(ES_MUTANT_ATT_MISSING_FATAL)) {
        es_log("att: the server has no wishes");
        es_pledge.attrs = attrs;
        return NULL;
    }
    if (answer->code != ES_CODE_CONTENT) {
        return es_answer_name(answer);
    }
    if (answer->content_format != ES_FORMAT_ATTRS) {
        return "the answer has another Content-Format";
    }
    const char *why = es_attrs_read(es_buffer_view(&answer->body), &attrs);
    if (why == NULL) {
        es_pledge.attrs = attrs;
    }
    return why;
}

static const char *take_links(const struct es_answer *answer, const struct es_uri *uri)
{
    struct es_links links;
    if (answer->code != ES_CODE_CONTENT) {
        return es_answer_name(answer);
    }
    if (answer->content_format != ES_FORMAT_LINK) {
        return "the answer has another Content-Format";
    }
    if (!es_links_read(es_buffer_view(&answer->body), uri, &links)) {
        return "the answer is malformed link format";
    }
    if (!links.at[ES_FUNCTION_CRTS].found && !links.at[ES_FUNCTION_SEN].found) {
        return "the server lists no EST resources";
    }
    links.valid = true;
    es_pledge.links = links;
    return NULL;
}

static const char *run_discover(const struct es_uri *uri)
{
    struct es_answer answer = {.content_format = ES_FORMAT_ABSENT};
    struct es_uri core = *uri;
    memset(&es_pledge.links, 0, sizeof es_pledge.links);
    snprintf(core.path, sizeof core.path, "%s", core_path);
    const char *why = get(&core, core_query, ES_FORMAT_ABSENT, &answer);
    if (why == NULL) {
        why = take_links(&answer, uri);
    }
    es_buffer_free(&answer.body);
    return why;
}

static const char *run_get(const struct es_enroll_target *target)
{
    struct es_answer answer = {.content_format = ES_FORMAT_ABSENT};
    bool att = target->function == ES_FUNCTION_ATT;
    const char *why =
        get(&target->uri, NULL, att ? ES_FORMAT_ATTRS : target->accept, &answer);
    if (why == NULL) {
        why = att ? take_att(&answer) : take_crts(&answer);
    }
    es_buffer_free(&answer.body);
    return why;
}

static const char *run_function(enum es_function function, const struct es_uri *uri)
{
    struct es_enroll_target target;
    if (!find_target(uri, function, &target)) {
        return "the path is too long";
    }
    switch (function) {
    case ES_FUNCTION_CRTS:
    case ES_FUNCTION_ATT:
        return run_get(&target);
    case ES_FUNCTION_SKG:
    case ES_FUNCTION_SKC:
        target.accept = ES_FORMAT_MULTIPART;
        break;
    case ES_FUNCTION_SEN:
    case ES_FUNCTION_SREN:
    case ES_FUNCTION_COUNT:
        break;
    }
    return es_enroll_run(&session, &target);
}

static const char *run_at(const char *name, const char *text)
{
    struct es_uri uri;
    if (text == NULL || !es_uri_parse(text, &uri)) {
        return "this is no coaps URI";
    }
    if (strcmp(name, "discover") == 0) {
        return run_discover(&uri);
    }
    for (size_t i = 0; i < ES_FUNCTION_COUNT; i++) {
        if (strcmp(name, es_function_name((enum es_function)i)) == 0) {
            return run_function((enum es_function)i, &uri);
        }
    }
    return "this operation is not known";
}

const char *es_operation_run(const char *line)
{
    char name[16] = "", text[512] = "";
    const char *why = NULL;
    if (sscanf(line, "%15s %511s", name, text) < 1) {
        return "the line is empty";
    }
    es_log("operation: %s", line);
    if (strcmp(name, "boot") == 0 || strcmp(name, "reset") == 0) {
        es_session_close(&session);
        name[0] == 'b' ? es_pledge_boot() : es_pledge_reset();
    } else {
        why = run_at(name, text[0] != '\0' ? text : uri_default);
    }
    if (why != NULL && !es_session_is_up(&session)) {
        es_session_close(&session);
    }
    session_end_ms = es_loop_now_ms() + LINGER_MS;
    ERR_clear_error();
    return why;
}

void es_operation_idle(void)
{
    uint64_t now = es_loop_now_ms();
    if (session.context != NULL && now >= session_end_ms) {
        es_session_close(&session);
    }
    uint64_t wait_ms = session.context != NULL ? session_end_ms - now : IDLE_MS;
    es_loop_step(session.context, wait_ms);
}

void es_operation_stop(void)
{
    es_session_close(&session);
}
