/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ops/message.h"

static struct es_value get_num(const void *record, const struct es_shape_field *f,
                               struct es_arena *a)
{
    (void)f, (void)a;
    return es_value_number(((const struct es_block_view *)record)->block.num);
}

static struct es_value get_m(const void *record, const struct es_shape_field *f,
                             struct es_arena *a)
{
    (void)f, (void)a;
    return es_value_number(((const struct es_block_view *)record)->block.m);
}

static struct es_value get_size(const void *record, const struct es_shape_field *f,
                                struct es_arena *a)
{
    (void)f, (void)a;
    const struct es_block_view *b = record;
    return es_value_number((int64_t)es_coap_block_size(b->block));
}

static struct es_value get_full(const void *record, const struct es_shape_field *f,
                                struct es_arena *a)
{
    (void)f, (void)a;
    return es_value_bool(((const struct es_block_view *)record)->full);
}

static struct es_value get_steady(const void *record, const struct es_shape_field *f,
                                  struct es_arena *a)
{
    (void)f, (void)a;
    return es_value_bool(((const struct es_block_view *)record)->steady);
}

static const struct es_shape_field block_fields[] = {
    {.name = "num", .kind = ES_KIND_NUMBER, .get = get_num, .doc = "block number"},
    {.name = "m", .kind = ES_KIND_NUMBER, .get = get_m, .doc = "1: more blocks follow"},
    {.name = "size",
     .kind = ES_KIND_NUMBER,
     .get = get_size,
     .doc = "block size in bytes, 16 to 1024; 2048 stands for the reserved exponent 7"},
    {.name = "full",
     .kind = ES_KIND_BOOL,
     .get = get_full,
     .doc = "the last block, or exactly `size` bytes long (RFC 7959, 2.3)"},
    {.name = "steady",
     .kind = ES_KIND_BOOL,
     .get = get_steady,
     .doc = "the same size as the blocks before (RFC 7959, 2.4)"},
};

static const struct es_shape block_shape = {.name = "a block option",
                                            .fields = block_fields,
                                            .n = ES_COUNT(block_fields),
                                            .separator = '/',
                                            .parts_n = 3};

static const struct es_message_view *view(const void *record)
{
    return record;
}

static struct es_value get_type(const void *record, const struct es_shape_field *f,
                                struct es_arena *a)
{
    (void)f, (void)a;
    return es_value_text(es_slice_of(es_coap_type_text(view(record)->message->type)));
}

static struct es_value get_code(const void *record, const struct es_shape_field *f,
                                struct es_arena *a)
{
    (void)f, (void)a;
    return es_value_code(view(record)->message->code);
}

static struct es_value get_mid(const void *record, const struct es_shape_field *f,
                               struct es_arena *a)
{
    (void)f, (void)a;
    return es_value_number(view(record)->message->mid);
}

static struct es_value get_token(const void *record, const struct es_shape_field *f,
                                 struct es_arena *a)
{
    (void)f, (void)a;
    return es_value_bytes(view(record)->message->token);
}

static struct es_value get_payload(const void *record, const struct es_shape_field *f,
                                   struct es_arena *a)
{
    (void)f, (void)a;
    const struct es_coap_message *m = view(record)->message;
    return m->payload.n ? es_value_bytes(m->payload) : ES_VALUE_NONE;
}

static struct es_value get_body(const void *record, const struct es_shape_field *f,
                                struct es_arena *a)
{
    const struct es_message_view *v = view(record);
    if (!v->has_body) {
        return get_payload(record, f, a);
    }
    return v->body.n ? es_value_bytes(v->body) : ES_VALUE_NONE;
}

static struct es_value get_time(const void *record, const struct es_shape_field *f,
                                struct es_arena *a)
{
    (void)f, (void)a;
    return es_value_time(view(record)->message->time);
}

static struct es_value get_octets(const void *record, const struct es_shape_field *f,
                                  struct es_arena *a)
{
    (void)f, (void)a;
    return es_value_number((int64_t)view(record)->message->raw.n);
}

enum once { ONCE_BLOCKS, ONCE_SIZES };

/* The options of the kind that are there more than once, by name. */
static struct es_value get_repeated(const void *record, const struct es_shape_field *f,
                                    struct es_arena *a)
{
    static const uint32_t numbers[][2] = {
        [ONCE_BLOCKS] = {ES_COAP_OPT_BLOCK1, ES_COAP_OPT_BLOCK2},
        [ONCE_SIZES] = {ES_COAP_OPT_SIZE1, ES_COAP_OPT_SIZE2}};
    for (size_t i = 0; i < 2; i++) {
        uint32_t number = numbers[f->number][i];
        if (es_coap_option_count(view(record)->message, number) > 1) {
            return es_value_text(es_slice_of(es_coap_option_by_number(number)->name));
        }
    }
    (void)a;
    return ES_VALUE_NONE;
}

static struct es_value get_separate(const void *record, const struct es_shape_field *f,
                                    struct es_arena *a)
{
    (void)f, (void)a;
    return es_value_bool(view(record)->is_separate);
}

static struct es_value get_block1(const void *record, const struct es_shape_field *f,
                                  struct es_arena *a)
{
    (void)f, (void)a;
    return es_value_record(&block_shape, view(record)->block1);
}

static struct es_value get_block2(const void *record, const struct es_shape_field *f,
                                  struct es_arena *a)
{
    (void)f, (void)a;
    return es_value_record(&block_shape, view(record)->block2);
}

/* The value of one option in the kind that its format has; bytes where it has another form. */
static struct es_value option_value(const struct es_coap_option *o,
                                    enum es_coap_format format)
{
    uint64_t v;
    switch (format) {
    case ES_COAP_UINT:
        return es_coap_uint_decode(o->value, &v) ? es_value_number((int64_t)v)
                                                 : es_value_bytes(o->value);
    case ES_COAP_STRING:
        return es_value_text(o->value);
    case ES_COAP_NO_VALUE:
        return es_value_bool(true);
    case ES_COAP_OPAQUE:
    case ES_COAP_BLOCK:
        break;
    }
    return es_value_bytes(o->value);
}

static struct es_value get_option(const void *record, const struct es_shape_field *f,
                                  struct es_arena *a)
{
    const struct es_coap_message *m = view(record)->message;
    const struct es_coap_option_def *def = es_coap_option_by_number(f->number);
    enum es_coap_format format = def ? def->format : ES_COAP_OPAQUE;
    size_t n = es_coap_option_count(m, f->number);
    if (n == 0) {
        return ES_VALUE_NONE;
    }
    if (n == 1) {
        return option_value(es_coap_option_find(m, f->number, 0), format);
    }
    struct es_list *list = ES_NEW(a, struct es_list);
    for (size_t i = 0; i < n; i++) {
        struct es_value v = option_value(es_coap_option_find(m, f->number, i), format);
        ES_PUSH(a, list, v);
    }
    return (struct es_value){.kind = ES_KIND_LIST, .list = list};
}

static enum es_kind kind_of(const struct es_coap_option_def *def)
{
    if (!def) {
        return ES_KIND_BYTES;
    }
    switch (def->format) {
    case ES_COAP_UINT:
        return ES_KIND_NUMBER;
    case ES_COAP_STRING:
        return ES_KIND_TEXT;
    case ES_COAP_NO_VALUE:
        return ES_KIND_BOOL;
    case ES_COAP_OPAQUE:
    case ES_COAP_BLOCK:
        break;
    }
    return ES_KIND_BYTES;
}

static bool find_option(struct es_slice name, struct es_arena *a,
                        struct es_shape_field *out)
{
    const struct es_coap_option_def *def = es_coap_option_by_name(name);
    uint64_t number = def ? def->number : 0;
    if (!def && (!es_slice_has_prefix(name, "option-") ||
                 !es_text_uint(es_slice_from(name, 7), &number) || number > 65535)) {
        return false;
    }
    *out = (struct es_shape_field){.name = es_arena_text(a, name),
                                   .kind = kind_of(def),
                                   .doc = def ? def->doc : "an option by number",
                                   .get = get_option,
                                   .number = (uint32_t)number};
    return true;
}

static const struct es_shape_field message_fields[] = {
    {.name = "type",
     .kind = ES_KIND_TEXT,
     .get = get_type,
     .doc = "CON, NON, ACK or RST"},
    {.name = "code",
     .kind = ES_KIND_CODE,
     .get = get_code,
     .doc = "response code",
     .decides = true},
    {.name = "mid", .kind = ES_KIND_NUMBER, .get = get_mid, .doc = "message ID"},
    {.name = "token", .kind = ES_KIND_BYTES, .get = get_token, .doc = "token"},
    {.name = "payload",
     .kind = ES_KIND_BYTES,
     .get = get_payload,
     .doc = "payload of this one message"},
    {.name = "body",
     .kind = ES_KIND_BYTES,
     .get = get_body,
     .doc = "the whole representation, blocks put together"},
    {.name = "time",
     .kind = ES_KIND_TIME,
     .get = get_time,
     .doc = "when it came or went"},
    {.name = "octets",
     .kind = ES_KIND_NUMBER,
     .get = get_octets,
     .doc = "length of this one message"},
    {.name = "repeated-block",
     .kind = ES_KIND_TEXT,
     .get = get_repeated,
     .number = ONCE_BLOCKS,
     .doc = "block1 or block2, if it is there more than once (RFC 7959, 2.1)"},
    {.name = "repeated-size",
     .kind = ES_KIND_TEXT,
     .get = get_repeated,
     .number = ONCE_SIZES,
     .doc = "size1 or size2, if it is there more than once (RFC 7959, 4)"},
    {.name = "separate",
     .kind = ES_KIND_BOOL,
     .get = get_separate,
     .doc = "an empty ACK came before it (RFC 7252, 5.2.2)"},
    {.name = "block1",
     .kind = ES_KIND_RECORD,
     .sub = &block_shape,
     .get = get_block1,
     .doc = "Block1 (RFC 7959)"},
    {.name = "block2",
     .kind = ES_KIND_RECORD,
     .sub = &block_shape,
     .get = get_block2,
     .doc = "Block2 (RFC 7959)"},
};

const struct es_shape es_message_shape = {.name = "a message",
                                          .fields = message_fields,
                                          .n = ES_COUNT(message_fields),
                                          .find_more = find_option,
                                          .more_at = es_message_option_at};

const char *es_message_option_at(size_t index)
{
    const struct es_coap_option_def *def = es_coap_option_at(index);
    return def ? def->name : NULL;
}

static const struct es_block_view *block_view(struct es_arena *a,
                                              const struct es_coap_message *m,
                                              uint32_t number, bool steady)
{
    struct es_coap_block b;
    if (!es_coap_block_get(m, number, &b)) {
        return NULL;
    }
    struct es_block_view *v = ES_NEW(a, struct es_block_view);
    v->block = b;
    v->steady = steady;
    v->full = !b.m || m->payload.n == es_coap_block_size(b);
    return v;
}

const struct es_message_view *es_message_view_of(struct es_arena *a,
                                                 const struct es_coap_message *m)
{
    struct es_message_view *v = ES_NEW(a, struct es_message_view);
    v->message = m;
    v->block1 = block_view(a, m, ES_COAP_OPT_BLOCK1, true);
    v->block2 = block_view(a, m, ES_COAP_OPT_BLOCK2, true);
    return v;
}

const struct es_message_view *es_message_view_of_seen(struct es_arena *a,
                                                      const struct es_coap_seen *seen)
{
    struct es_message_view *v = ES_NEW(a, struct es_message_view);
    v->message = seen->message;
    v->is_separate = seen->has_empty_ack;
    v->block1 = block_view(a, seen->message, ES_COAP_OPT_BLOCK1, true);
    v->block2 = block_view(a, seen->message, ES_COAP_OPT_BLOCK2, seen->steady);
    return v;
}
