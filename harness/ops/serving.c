/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/serving.h"

/* A client that has given up says so before we notice; what it sent last may be on its way. */
#define GRACE (300 * ES_USEC_PER_MS)
#define LOOK_AGAIN (50 * ES_USEC_PER_MS)

bool es_serve_is_given_up(struct es_stage *g, bool any_end, es_usec *since)
{
    struct es_driver *v = es_stage_driver(g);
    enum es_outcome outcome = v ? es_driver_outcome(v) : ES_OUTCOME_NONE;
    if (outcome != ES_OUTCOME_FAILURE && (outcome != ES_OUTCOME_SUCCESS || !any_end)) {
        *since = 0;
        return false;
    }
    *since = *since ? *since : es_stage_now(g);
    return es_stage_now(g) - *since >= GRACE;
}

const char *es_serve_excuse(struct es_stage *g)
{
    const struct es_driver *v = es_stage_driver(g);
    if (!v || es_driver_is_confirmed(v)) {
        return NULL;
    }
    return es_driver_acknowledged(v) < 0 ? "the client does not support this operation"
           : es_driver_is_unasked(v)
               ? "the device comes by itself, and nobody has asked it for this"
           : es_driver_awaits_device(v) && !es_stage_has_come(g)
               ? "the device did not come"
               : NULL;
}

void es_serve_look_again(struct es_stage *g)
{
    es_stage_wake(g, es_stage_now(g) + LOOK_AGAIN);
}

static struct es_block_view *block_view(struct es_arena *a, struct es_coap_block b,
                                        bool steady, bool full)
{
    struct es_block_view *v = ES_NEW(a, struct es_block_view);
    *v = (struct es_block_view){b, steady, full};
    return v;
}

const struct es_message_view *es_asked_view(struct es_arena *a,
                                            const struct es_coap_asked_block *b,
                                            const struct es_slice *whole)
{
    struct es_message_view *v = ES_NEW(a, struct es_message_view);
    v->message = b->message;
    v->block1 = b->is_block1 ? block_view(a, b->block1, b->steady, b->full) : NULL;
    v->block2 = b->is_block2 ? block_view(a, b->block2, true, true) : NULL;
    v->has_body = whole != NULL;
    v->body = whole ? *whole : ES_SLICE_NONE;
    return v;
}

/* The view before, made so that `num: next` means: it begins where the last one ended. */
static const struct es_message_view *previous_of(struct es_arena *a,
                                                 const struct es_coap_asked_block *b)
{
    struct es_message_view *v = ES_NEW(a, struct es_message_view);
    struct es_coap_block before = b->is_fetch ? b->block2 : b->block1;
    before.num = b->is_next ? before.num - 1 : before.num;
    v->message = b->message;
    v->block1 = block_view(a, before, true, true);
    v->block2 = v->block1;
    return v;
}

void es_asked_match_blocks(struct es_stage *g, const struct es_step *step,
                           const struct es_field_matches *fields,
                           const struct es_coap_asked *asked, bool fetches)
{
    struct es_arena *a = es_stage_arena(g);
    const struct es_message_view *first = NULL;
    for (size_t i = 0; fields->n && i < asked->blocks.n; i++) {
        const struct es_coap_asked_block *b = &asked->blocks.at[i];
        struct es_concerned who = {.received = b->message};
        bool is_meant = fetches ? b->is_fetch : b->is_block1 && !b->is_fetch;
        if (!is_meant) {
            continue;
        }
        const struct es_message_view *v = es_asked_view(a, b, NULL);
        uint32_t num = fetches ? b->block2.num : b->block1.num;
        es_stage_match(g, step, es_arena_printf(a, "block %u", num), fields, v, first,
                       num ? previous_of(a, b) : NULL, &who);
        first = first ? first : v;
    }
}

static struct es_value get_asked(const void *record, const struct es_shape_field *f,
                                 struct es_arena *a)
{
    (void)f, (void)a;
    return es_value_record(&es_message_shape,
                           ((const struct es_serve_record *)record)->asked);
}

static struct es_value get_reply(const void *record, const struct es_shape_field *f,
                                 struct es_arena *a)
{
    (void)f, (void)a;
    return es_value_record(&es_message_shape,
                           ((const struct es_serve_record *)record)->reply);
}

enum { COUNT_ASKED, COUNT_SENT, COUNT_ACKS, COUNT_RESETS, COUNT_REUSED, COUNT_REPEATS };

static struct es_value get_count(const void *record, const struct es_shape_field *f,
                                 struct es_arena *a)
{
    const struct es_serve_record *r = record;
    (void)a;
    const int64_t counts[] = {[COUNT_ASKED] = (int64_t)r->request->blocks.n,
                              [COUNT_SENT] = r->request->blocks_sent,
                              [COUNT_ACKS] = r->request->acks,
                              [COUNT_RESETS] = r->request->resets,
                              [COUNT_REPEATS] = r->request->repeats,
                              [COUNT_REUSED] =
                                  es_coap_service_mids_reused(r->channel->service)};
    return es_value_number(counts[f->number]);
}

static const struct es_shape_field fields[] = {
    {.name = "asked",
     .kind = ES_KIND_RECORD,
     .sub = &es_message_shape,
     .get = get_asked,
     .doc = "the first message of the request; its body is the whole representation"},
    {.name = "reply",
     .kind = ES_KIND_RECORD,
     .sub = &es_message_shape,
     .get = get_reply,
     .doc = "the last message of our answer; its body is the whole representation"},
    {.name = "blocks-asked",
     .kind = ES_KIND_NUMBER,
     .get = get_count,
     .number = COUNT_ASKED,
     .doc = "how many request messages came"},
    {.name = "blocks-sent",
     .kind = ES_KIND_NUMBER,
     .get = get_count,
     .number = COUNT_SENT,
     .doc = "how many messages our answer took"},
    {.name = "acks",
     .kind = ES_KIND_NUMBER,
     .get = get_count,
     .number = COUNT_ACKS,
     .doc = "how often the client acknowledged our CON response"},
    {.name = "resets",
     .kind = ES_KIND_NUMBER,
     .get = get_count,
     .number = COUNT_RESETS,
     .doc = "how often it reset it"},
    {.name = "blocks-repeated",
     .kind = ES_KIND_NUMBER,
     .get = get_count,
     .number = COUNT_REPEATS,
     .doc = "how many blocks of the upload came again under a new message ID"},
    {.name = "mids-reused",
     .kind = ES_KIND_NUMBER,
     .get = get_count,
     .number = COUNT_REUSED,
     .doc =
         "how many requests of the session came under the message ID of another message"},
};

const struct es_shape es_serve_shape = {
    .name = "a request served", .fields = fields, .n = ES_COUNT(fields)};
