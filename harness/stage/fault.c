/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stage/fault.h"

#include "stage/stage_int.h"

void es_stage_fault(struct es_stage *g, const struct es_fault_rule *rule)
{
    struct es_fault_rule *copy = ES_NEW(g->arena, struct es_fault_rule);
    struct es_fault_rule **end = &g->faults;
    while (*end) {
        end = &(*end)->next;
    }
    *copy = *rule;
    copy->next = NULL;
    *end = copy;
}

void es_stage_heal(struct es_stage *g)
{
    g->faults = NULL;
}

/* Whether one of the blank-separated words of the label is a name of the rule. */
static bool is_named(const struct es_fault_rule *r, const char *label)
{
    struct es_slice words = es_slice_of(label);
    while (words.n) {
        struct es_slice word = es_slice_split(&words, ' ');
        for (size_t i = 0; i < r->names_n; i++) {
            if (es_slice_is(word, r->names[i])) {
                return true;
            }
        }
    }
    return r->names_n == 0;
}

static struct es_fault_effect decide(struct es_stage *g, bool is_message,
                                     const char *label, enum es_direction direction,
                                     struct es_slice bytes)
{
    for (struct es_fault_rule *r = g->faults; r; r = r->next) {
        bool side = direction == ES_SENT ? r->from_harness : r->from_iut;
        bool spent = r->copies > 0 && r->done >= r->copies;
        if (r->is_message != is_message || !side || spent || !is_named(r, label)) {
            continue;
        }
        r->seen++;
        if (r->nth > 0 && r->seen < r->nth) {
            continue;
        }
        r->done++;
        struct es_fault_effect effect = r->effect;
        if (r->change) {
            effect.bytes = r->change(g, bytes);
        }
        return effect;
    }
    return (struct es_fault_effect){.kind = ES_FAULT_NONE};
}

static struct es_fault_effect decide_datagram(void *context,
                                              enum es_direction direction,
                                              const struct es_datagram *d, es_usec now)
{
    struct es_stage *g = context;
    char storage[ES_DTLS_LABEL_MAX];
    (void)now;
    if (!g->faults) {
        return (struct es_fault_effect){.kind = ES_FAULT_NONE};
    }
    return decide(g, false, es_dtls_label(d->bytes, storage), direction, d->bytes);
}

static struct es_fault_effect decide_message(void *context, enum es_direction direction,
                                             const struct es_datagram *d, es_usec now)
{
    struct es_stage *g = context;
    (void)now;
    if (!g->faults) {
        return (struct es_fault_effect){.kind = ES_FAULT_NONE};
    }
    struct es_coap_message *m = ES_NEW(g->arena, struct es_coap_message);
    const char *reason;
    size_t offset;
    bool ok = es_coap_decode(d->bytes, m, &reason, &offset);
    const char *code = !ok            ? "malformed"
                       : m->code == 0 ? "empty"
                                      : es_coap_code_text(m->code, g->arena);
    const char *label =
        es_arena_printf(g->arena, "%s %s", code, es_coap_type_text(m->type));
    return decide(g, true, label, direction, d->bytes);
}

struct es_filter *es_stage_push_faults(struct es_stage *g, struct es_filter *below,
                                       bool is_message)
{
    return es_fault_push(g->arena, below, is_message ? decide_message : decide_datagram,
                         g, g->cfg.evidence);
}
