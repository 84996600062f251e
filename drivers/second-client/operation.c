/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operation.h"

#include "bag.h"
#include "enroll.h"
#include "host.h"
#include "pledge.h"
#include "transfer.h"

#include <stdio.h>
#include <string.h>

/* How long a session outlives its operation: a server that missed an acknowledgement comes
   again within 3 s. */
enum { LINGER_MS = 5000 };

static struct es_session session;
static uint64_t session_end_ms;

/* Where discovery found the function, or else under the root of the URI, or else under the
   well-known one. */
static bool find(const struct es_uri *uri, enum es_function function,
                 struct es_uri *out)
{
    const struct es_links *links = &es_pledge.links;
    char path[ES_PATH_MAX + 8];
    *out = *uri;
    if (links->is_known && links->found[function] &&
        es_uri_has_same_authority(&links->base, uri)) {
        *out = links->at[function];
        return true;
    }
    snprintf(path, sizeof path, "%s/%s",
             uri->path[0] != '\0' ? uri->path : ".well-known/est",
             es_function_name(function));
    return es_uri_set_path(out, path);
}

static const char *get(const struct es_uri *uri, const char *query,
                       struct es_answer *answer)
{
    struct es_request ask = {.code = ES_GET,
                             .path = uri->path,
                             .query = query,
                             .accept = -1,
                             .content_format = -1};
    const char *why = es_session_open(&session, uri, es_pledge_credential());
    if (why != NULL) {
        return why;
    }
    es_exchange_attach(&session);
    return es_transfer_run(&ask, answer);
}

static const char *take_crts(const struct es_answer *answer)
{
    mbedtls_x509_crt bag;
    if (answer->code != ES_CONTENT) {
        return es_answer_name(answer);
    }
    mbedtls_x509_crt_init(&bag);
    const char *why =
        es_bag_read(answer->content_format, es_octets_view(&answer->body), &bag);
    if (why == NULL) {
        why = es_trust_learn(&es_pledge.trust, &bag);
    }
    mbedtls_x509_crt_free(&bag);
    return why;
}

static const char *take_att(const struct es_answer *answer)
{
    struct es_attrs attrs = {.digest = MBEDTLS_MD_SHA256};
    const char *why = NULL;
    if (answer->code == ES_CONTENT) {
        why = answer->content_format == ES_FORMAT_ATTRS
                  ? es_attrs_read(es_octets_view(&answer->body), &attrs)
                  : "the answer has another Content-Format";
    } else if (answer->code != ES_NOT_FOUND) {
        why = es_answer_name(answer);
    }
    if (why == NULL) {
        es_pledge.attrs = attrs;
    }
    return why;
}

static const char *take_links(const struct es_answer *answer, const struct es_uri *uri)
{
    struct es_links links;
    if (answer->code != ES_CONTENT) {
        return es_answer_name(answer);
    }
    if (answer->content_format != ES_FORMAT_LINK) {
        return "the answer has another Content-Format";
    }
    if (!es_links_read(es_octets_view(&answer->body), uri, &links)) {
        return "the answer is malformed link format";
    }
    if (!links.found[ES_FUNCTION_CRTS] && !links.found[ES_FUNCTION_SEN]) {
        return "the server lists no resources of EST";
    }
    es_pledge.links = links;
    return NULL;
}

static const char *discover(const struct es_uri *uri)
{
    struct es_answer answer = {.content_format = -1};
    struct es_uri core = *uri;
    es_pledge.links.is_known = false;
    es_uri_set_path(&core, ".well-known/core");
    const char *why = get(&core, "rt=ace.est*", &answer);
    if (why == NULL) {
        why = take_links(&answer, uri);
    }
    es_octets_free(&answer.body);
    return why;
}

static const char *run_function(enum es_function function, const struct es_uri *uri)
{
    struct es_answer answer = {.content_format = -1};
    struct es_uri at;
    if (!find(uri, function, &at)) {
        return "the path is too long";
    }
    if (function != ES_FUNCTION_CRTS && function != ES_FUNCTION_ATT) {
        return es_enroll_run(&session, function, &at);
    }
    const char *why = get(&at, NULL, &answer);
    if (why == NULL) {
        why = function == ES_FUNCTION_ATT ? take_att(&answer) : take_crts(&answer);
    }
    if (why == NULL && function == ES_FUNCTION_CRTS) {
        /* The server is validated anew, by the anchors that it gave (RFC 9148, 9.1). */
        es_session_close(&session);
    }
    es_octets_free(&answer.body);
    return why;
}

static const char *run_at(const char *name, const char *text)
{
    struct es_uri uri;
    if (text == NULL || !es_uri_parse(text, &uri)) {
        return "this is no coaps URI";
    }
    if (strcmp(name, "discover") == 0) {
        return discover(&uri);
    }
    for (size_t i = 0; i < ES_FUNCTION_COUNT; i++) {
        if (strcmp(name, es_function_name((enum es_function)i)) == 0) {
            return run_function((enum es_function)i, &uri);
        }
    }
    return "this operation is not known";
}

const char *es_operation_run(const char *line, const char *default_uri)
{
    char name[16] = "", text[512] = "";
    const char *why = NULL;
    es_log("operation: %s", line);
    sscanf(line, "%15s %511s", name, text);
    if (strcmp(name, "boot") == 0 || strcmp(name, "reset") == 0) {
        es_session_close(&session);
        name[0] == 'b' ? es_pledge_boot() : es_pledge_reset();
    } else {
        why = run_at(name, text[0] != '\0' ? text : default_uri);
    }
    session_end_ms = es_now_ms() + LINGER_MS;
    return why;
}

void es_operation_idle(void)
{
    if (!session.is_open || es_now_ms() >= session_end_ms) {
        es_session_close(&session);
    }
    es_session_step(&session, session.is_open ? session_end_ms : UINT64_MAX);
}

void es_operation_stop(void)
{
    es_session_close(&session);
}
