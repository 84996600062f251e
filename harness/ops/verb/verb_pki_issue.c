/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "est/issue.h"
#include "ops/word.h"
#include "stage/stage.h"

struct args {
    struct es_operand csr, subject, issuer_certificate, issuer_key;
    unsigned profile, key, validity, chain, form, first, issuer, signature, san;
};

static const char *const profile_words[] = {"ee-p256", "ca"};
static const char *const key_words[] = {"requested", "other", "generate"};
static const char *const validity_words[] = {"good", "expired", "not-yet"};
static const char *const chain_words[] = {"none", "issuer", "whole", "wrong"};
static const char *const form_words[] = {"certs-only", "raw", "base64", "pem", "ber"};
static const char *const first_words[] = {"issued", "wrong", "issuer"};
static const char *const issuer_words[] = {"issuing-ca", "impostor-ca", "root"};
static const char *const signature_words[] = {"good", "broken"};
static const char *const san_words[] = {"requested", "none"};

static const struct es_words profile_list = {profile_words, ES_COUNT(profile_words)};
static const struct es_words key_list = {key_words, ES_COUNT(key_words)};
static const struct es_words validity_list = {validity_words, ES_COUNT(validity_words)};
static const struct es_words chain_list = {chain_words, ES_COUNT(chain_words)};
static const struct es_words form_list = {form_words, ES_COUNT(form_words)};
static const struct es_words first_list = {first_words, ES_COUNT(first_words)};
static const struct es_words issuer_list = {issuer_words, ES_COUNT(issuer_words)};
static const struct es_words signature_list = {signature_words,
                                               ES_COUNT(signature_words)};
static const struct es_words san_list = {san_words, ES_COUNT(san_words)};

#define AT(member) offsetof(struct args, member)
#define WORD(member, text)                                                             \
    {                                                                                  \
        .key = #member, .type = &es_type_word, .param = &member##_list,                \
        .offset = AT(member), .doc = text                                              \
    }

static const struct es_field map_fields[] = {
    {.key = "csr",
     .type = &es_type_bytes,
     .offset = AT(csr),
     .required = true,
     .doc = "the request, as it came"},
    {.key = "subject",
     .type = &es_type_template,
     .offset = AT(subject),
     .doc = "instead of the one asked for: CN=other"},
    WORD(profile, "what kind of certificate: ee-p256, for a device, or ca"),
    WORD(key, "requested, other (a key nobody asked for) or generate (RFC 9148, 4.8)"),
    WORD(validity, "good, expired or not-yet"),
    WORD(chain, "what accompanies the certificate in p7: none, issuer, whole or wrong"),
    WORD(form, "of p7: certs-only, raw (the certificate alone), base64, pem or ber"),
    WORD(first,
         "of p7: issued, wrong (another certificate) or issuer (what `chain` adds)"),
    WORD(issuer, "issuing-ca, root, or impostor-ca, whom nobody trusts"),
    {.key = "issuer-certificate",
     .type = &es_type_bytes,
     .offset = AT(issuer_certificate),
     .doc = "whoever holds this certificate issues, such as one just made"},
    {.key = "issuer-key",
     .type = &es_type_bytes,
     .offset = AT(issuer_key),
     .doc = "its private key as PKCS#8"},
    WORD(signature, "broken: the certificate's signature does not verify"),
    WORD(san, "none: the names asked for are left out"),
};

static const struct es_fields all_map_fields = {map_fields, ES_COUNT(map_fields)};

enum part { CERT, P7, KEY, PKCS8 };

static struct es_value get_part(const void *record, const struct es_shape_field *f,
                                struct es_arena *a)
{
    const struct es_issued *i = record;
    const struct es_slice parts[] = {
        [CERT] = i->cert, [P7] = i->p7, [KEY] = i->key, [PKCS8] = i->pkcs8};
    (void)a;
    return parts[f->number].n ? es_value_bytes(parts[f->number]) : ES_VALUE_NONE;
}

static const struct es_shape_field shape_fields[] = {
    {.name = "cert",
     .kind = ES_KIND_BYTES,
     .get = get_part,
     .number = CERT,
     .doc = "the certificate, DER (287)"},
    {.name = "p7",
     .kind = ES_KIND_BYTES,
     .get = get_part,
     .number = P7,
     .doc = "the body of the answer, in the form ordered (281)"},
    {.name = "key",
     .kind = ES_KIND_BYTES,
     .get = get_part,
     .number = KEY,
     .doc = "the public key of the certificate, SubjectPublicKeyInfo"},
    {.name = "pkcs8",
     .kind = ES_KIND_BYTES,
     .get = get_part,
     .number = PKCS8,
     .doc = "the private key of `key: generate`, PKCS#8 (284)"},
};

static const struct es_shape shape = {
    .name = "what was issued", .fields = shape_fields, .n = ES_COUNT(shape_fields)};

static bool compile(struct es_compile *c, const struct es_node *value, void *args)
{
    struct args *x = args;
    ES_TRY(es_compile_fields(c, es_compile_follow(c, value), &all_map_fields,
                             "pki.issue", args));
    bool has_certificate = x->issuer_certificate.form != ES_OPERAND_ABSENT;
    return has_certificate == (x->issuer_key.form != ES_OPERAND_ABSENT) ||
           es_compile_fail(c, value->loc,
                           "'issuer-certificate' and 'issuer-key' go together");
}

/* The value of an operand; nothing where it is absent. */
static bool eval(struct es_stage *g, const struct es_step *step,
                 const struct es_operand *o, struct es_slice *out)
{
    struct es_value v = ES_VALUE_NONE;
    bool ok = o->form == ES_OPERAND_ABSENT || es_stage_eval(g, step, o, &v);
    *out = v.kind == ES_KIND_NONE ? ES_SLICE_NONE : v.bytes;
    return ok;
}

static enum es_progress start(struct es_stage *g, const struct es_step *step,
                              void *state)
{
    const struct args *x = step->args;
    struct es_arena *a = es_stage_arena(g);
    struct es_slice csr, subject, issuer_cert, issuer_key;
    struct es_issued *issued = ES_NEW(a, struct es_issued);
    (void)state;
    if (!eval(g, step, &x->csr, &csr) || !eval(g, step, &x->subject, &subject) ||
        !eval(g, step, &x->issuer_certificate, &issuer_cert) ||
        !eval(g, step, &x->issuer_key, &issuer_key)) {
        return ES_STEP_END;
    }
    struct es_issue_order order = {.csr = csr,
                                   .ca = x->profile == 1,
                                   .issuer_cert = issuer_cert,
                                   .issuer_key = issuer_key,
                                   .key = x->key == 1   ? ES_ISSUE_OTHER
                                          : x->key == 2 ? ES_ISSUE_GENERATED
                                                        : ES_ISSUE_REQUESTED,
                                   .validity = (enum es_issue_validity)x->validity,
                                   .form = (enum es_issue_form)x->form,
                                   .chain = (enum es_issue_chain)x->chain,
                                   .issuer = (enum es_issue_issuer)x->issuer,
                                   .wrong_first = x->first == 1,
                                   .issuer_first = x->first == 2,
                                   .break_signature = x->signature == 1,
                                   .without_names = x->san == 1,
                                   .subject =
                                       subject.n ? es_arena_text(a, subject) : NULL};
    struct es_diag *d = es_diag_new();
    bool ok =
        es_issue(a, es_stage_zoo(g), es_stage_certificate_time(g), &order, issued, d);
    if (!ok) {
        es_stage_trouble(g, step, ES_VERDICT_INCONCLUSIVE, "nothing can be issued: %s",
                         d->count ? d->notes[0].msg : "no reason");
    }
    es_diag_free(d);
    es_stage_bind(g, step, issued);
    return ok ? ES_STEP_DONE : ES_STEP_END;
}

const struct es_verb es_verb_pki_issue = {
    .name = "pki.issue",
    .summary = "issues a certificate for a request, rightly or wrongly",
    .doc =
        "The CA behind the harness as server. What is not said is right: `{csr: ..}` gives "
        "the certificate that was asked for, by the zoo's issuing-ca. Each other field "
        "makes one thing different: profile, key, subject, validity, chain, form, first, "
        "issuer, signature, san.\n"
        "Example: - id: issued\n"
        "           pki.issue: {csr: $enrol.asked.body, profile: ee-p256}",
    .value_doc = "a map: csr, and what is to be different",
    .value_schema = "{\"type\": \"object\"}",
    .is_of_operation = true,
    .args_size = sizeof(struct args),
    .shape = &shape,
    .compile = compile,
    .start = start,
};
