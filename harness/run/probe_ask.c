/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "coap/transfer.h"
#include "codec/link_format.h"
#include "net/clock.h"
#include "run/probe_int.h"

#include <string.h>

struct asking {
    struct es_probe *probe;
    struct es_coap_endpoint *endpoint;
    bool dead; /* the session has ended: nothing more is asked */
};

static void add_path(struct es_coap_message *m, const char *path)
{
    struct es_slice rest = es_slice_of(path);
    while (rest.n) {
        struct es_slice segment = es_slice_split(&rest, '/');
        if (segment.n) {
            es_coap_option_add(m, ES_COAP_OPT_URI_PATH, segment);
        }
    }
}

static bool is_over(enum es_transfer_progress progress)
{
    return progress == ES_TRANSFER_COMPLETE || progress == ES_TRANSFER_BROKEN ||
           progress == ES_TRANSFER_GIVEN_UP;
}

/* Takes in everything that is there. */
static bool drain(struct asking *q, struct es_coap_transfer *t, es_usec now)
{
    struct es_coap_incoming in;
    for (;;) {
        enum es_io io = es_coap_endpoint_recv(q->endpoint, q->probe->arena, &in, now);
        if (io == ES_IO_AGAIN) {
            return false;
        }
        if (io != ES_IO_OK) {
            q->dead = true;
            return true;
        }
        if (is_over(es_coap_transfer_take(t, &in, now))) {
            return true;
        }
    }
}

/* Asks; NULL if there is no answer. */
static const struct es_coap_message *ask(struct asking *q, const char *path,
                                         const char *query,
                                         struct es_coap_transfer **out)
{
    struct es_coap_request request = {
        .head = {.type = ES_COAP_CON, .code = ES_COAP_GET}};
    es_usec now = es_clock_now();
    es_usec until = now + q->probe->patience;
    add_path(&request.head, path);
    if (query) {
        es_coap_option_add(&request.head, ES_COAP_OPT_URI_QUERY, es_slice_of(query));
    }
    request.block2_size = 512;
    struct es_coap_transfer *t =
        es_coap_transfer_start(q->endpoint, q->probe->arena, &request, now);
    if (!t) {
        q->dead = true;
        return NULL;
    }
    *out = t;
    while (!drain(q, t, now) && now < until) {
        now =
            es_probe_wait(q->probe, es_coap_endpoint_next_deadline(q->endpoint), until);
        if (es_coap_endpoint_next_deadline(q->endpoint) <= now) {
            es_coap_endpoint_on_deadline(q->endpoint, now);
        }
        if (es_coap_transfer_check(t) == ES_TRANSFER_GIVEN_UP) {
            break;
        }
    }
    es_coap_transfer_abandon(t);
    return t->seen_n ? t->seen[t->seen_n - 1].message : NULL;
}

/* The root is what stands before the name of the operation. */
static void take_root(struct es_probe *p, const struct es_link_list *links)
{
    for (size_t op = 0; op < ES_PROBE_OPS; op++) {
        const char *name = es_probe_op_name((enum es_probe_op)op);
        const char *rt = es_arena_printf(p->arena, "ace.est.%s", name);
        struct es_link_target target;
        size_t at = 0;
        const struct es_link *link = es_link_find(links, rt, &at);
        if (!link || !es_link_target_split(link->target, &target)) {
            continue;
        }
        size_t tail = strlen(name) + 1;
        if (es_slice_has_suffix(target.path, name) && target.path.n > tail) {
            p->out->root = es_arena_text(
                p->arena, es_slice_sub(target.path, 0, target.path.n - tail));
            return;
        }
    }
}

static void discover(struct asking *q)
{
    struct es_probe *p = q->probe;
    struct es_coap_transfer *t = NULL;
    struct es_link_list links = {0};
    const struct es_coap_message *m = ask(q, "/.well-known/core", "rt=ace.est*", &t);
    if (!m || es_coap_code_class(m->code) != 2) {
        return;
    }
    if (es_link_format_parse(p->arena, t->body, &links, NULL)) {
        p->out->discovery = links.n > 0;
        take_root(p, &links);
    }
}

/* A resource that is there answers a GET with 2.05, or with 4.05 if it takes POST only; one
 * that wants something first says so with another 4.xx. */
static bool is_there(uint8_t code)
{
    return es_coap_code_class(code) == 2 ||
           (es_coap_code_class(code) == 4 && code != ES_COAP_CODE(4, 4));
}

static void ask_operation(struct asking *q, enum es_probe_op op)
{
    struct es_probe *p = q->probe;
    struct es_coap_transfer *t = NULL;
    const char *path =
        es_arena_printf(p->arena, "%s/%s", p->out->root, es_probe_op_name(op));
    const struct es_coap_message *m = q->dead ? NULL : ask(q, path, NULL, &t);
    if (!m) {
        p->out->answers[op] = q->dead ? "the session has ended" : "no answer";
        return;
    }
    p->out->answers[op] = es_coap_code_text(m->code, p->arena);
    p->out->ops[op] = is_there(m->code);
    p->out->block2 = p->out->block2 || t->seen[0].is_block2;
}

void es_probe_ask(struct es_probe *p)
{
    struct asking q = {.probe = p};
    struct es_coap_endpoint_config c = {.filter = p->filter, .evidence = p->evidence};
    es_prng_init(&c.prng, p->cfg->seed, ES_SLICE_LIT("probe"), ES_SLICE_LIT("coap"));
    q.endpoint = es_coap_endpoint_new(p->arena, &c);
    discover(&q);
    for (size_t op = 0; op < ES_PROBE_OPS; op++) {
        ask_operation(&q, (enum es_probe_op)op);
    }
    if (!p->out->ops[ES_PROBE_CRTS]) {
        p->out->failure = es_arena_printf(p->arena, "EST root: GET %s/crts gives %s",
                                          p->out->root, p->out->answers[ES_PROBE_CRTS]);
        p->out->remedy =
            p->out->discovery
                ? "discovery names that root"
                : "discovery names no other; --set root=/PATH says where EST is";
    }
}
