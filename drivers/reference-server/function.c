/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "function.h"

#include "behaviour.h"
#include "ca.h"
#include "der.h"
#include "enroll.h"

/* The csrattrs body (RFC 7030, 4.5.2; RFC 8951, 4): the key type the CA insists on, as an
   attribute with its curve; the signature algorithm, and - only if the server refuses
   requests without it - challengePassword, as bare OIDs. */
static const uint8_t attr_key[] = {0x30, 0x15, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce,
                                   0x3d, 0x02, 0x01, 0x31, 0x0a, 0x06, 0x08, 0x2a,
                                   0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
static const uint8_t attr_signature[] = {0x06, 0x08, 0x2a, 0x86, 0x48,
                                         0xce, 0x3d, 0x04, 0x03, 0x02};
static const uint8_t attr_challenge[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                         0xf7, 0x0d, 0x01, 0x09, 0x07};
/* The same as a template (RFC 9908, 3.4): a common name and a subjectAltName that are to be
   filled in, and the key type. */
static const uint8_t attr_template[] = {
    0x30, 0x52, 0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02,
    0x3d, 0x31, 0x43, 0x30, 0x41, 0x02, 0x01, 0x00, 0x30, 0x09, 0x31, 0x07, 0x30, 0x05,
    0x06, 0x03, 0x55, 0x04, 0x03, 0xa0, 0x15, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
    0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07,
    0xa1, 0x1a, 0x30, 0x18, 0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09,
    0x10, 0x02, 0x3e, 0x31, 0x09, 0x30, 0x07, 0x30, 0x05, 0x06, 0x03, 0x55, 0x1d, 0x11};
enum { TEMPLATE_VERSION_AT = 21 };
/* What mutants ask for: the key type and its curve side by side, another curve. */
static const uint8_t attr_key_bare[] = {0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d,
                                        0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                        0xce, 0x3d, 0x03, 0x01, 0x07};
static const uint8_t attr_key_other[] = {0x30, 0x12, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                         0xce, 0x3d, 0x02, 0x01, 0x31, 0x07, 0x06,
                                         0x05, 0x2b, 0x81, 0x04, 0x00, 0x22};

static void add_key_type(struct es_buffer *list)
{
    if (es_mutant_is(ES_MUTANT_ATT_KEY_TYPE_BARE)) {
        es_buffer_add(list, attr_key_bare, sizeof attr_key_bare);
    } else if (es_mutant_is(ES_MUTANT_ATT_ASKS_FOR_WHAT_IS_REFUSED)) {
        es_buffer_add(list, attr_key_other, sizeof attr_key_other);
    } else {
        es_buffer_add(list, attr_key, sizeof attr_key);
        es_buffer_add(list, attr_signature, sizeof attr_signature);
    }
}

static void get_attributes(struct es_buffer *out)
{
    struct es_buffer list = {NULL, 0, 0};
    bool malformed = es_mutant_is(ES_MUTANT_ATT_TEMPLATE_MALFORMED);
    if (es_variant_is(ES_VARIANT_OK_ATT_TEMPLATE) || malformed) {
        es_buffer_add(&list, attr_template, sizeof attr_template);
        list.p[TEMPLATE_VERSION_AT] = malformed ? 1 : 0;
    }
    if (!es_mutant_is(ES_MUTANT_ATT_KEY_TYPE_UNSTATED)) {
        add_key_type(&list);
    }
    if (es_variant_is(ES_VARIANT_OK_POP_ABSENT_REFUSED)) {
        es_buffer_add(&list, attr_challenge, sizeof attr_challenge);
    }
    if (!es_mutant_is(ES_MUTANT_ATT_BODY_EMPTY)) {
        es_der_wrap(0x30, es_buffer_view(&list), out);
    }
    es_buffer_free(&list);
}

/* The fetch that began before the CA was rolled is what this mutant serves for ever. */
static const struct es_buffer *current_bag(void)
{
    static struct es_buffer stale;
    if (!es_mutant_is(ES_MUTANT_BLOCK2_STALE_BODY)) {
        return es_ca_bag();
    }
    if (stale.n == 0) {
        es_buffer_add(&stale, es_ca_bag()->p, es_ca_bag()->n);
    }
    return &stale;
}

static void get_certificates(const struct es_request *request,
                             struct es_representation *rep)
{
    bool one = request->accept == ES_FORMAT_CERT &&
               es_variant_is(ES_VARIANT_OK_CONTENT_FORMAT_287);
    const struct es_buffer *body = one ? es_ca_certificate() : current_bag();
    es_buffer_add(&rep->body, body->p, body->n);
    rep->content_format = one ? ES_FORMAT_CERT : ES_FORMAT_CERTS;
    if (es_mutant_is(ES_MUTANT_ENROLL_CONTENT_FORMAT_WRONG)) {
        rep->content_format = ES_FORMAT_CSR;
    }
}

void es_function_get(enum es_op op, const struct es_request *request,
                     struct es_representation *rep)
{
    if (op == ES_OP_CORE) {
        rep->content_format = ES_FORMAT_LINK;
        es_resource_list(request->query, request->query_count, &rep->body);
    } else if (op == ES_OP_ATT) {
        rep->content_format = ES_FORMAT_ATTRS;
        get_attributes(&rep->body);
    } else {
        get_certificates(request, rep);
    }
}

bool es_function_post(struct es_peer *peer, enum es_op op,
                      const struct es_request *request, struct es_bytes body,
                      struct es_representation *rep, struct es_reply *error)
{
    return es_enroll(peer, op, request, body, rep, error);
}
