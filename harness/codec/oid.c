/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/oid.h"

#include "base/assert.h"
#include "codec/der.h"

#include <string.h>

/* Longer OIDs than this are legal and nowhere in use. */
enum { CONTENTS_MAX = 128, DOTTED_MAX = 512 };

struct known {
    const char *dotted, *name;
};

static const struct known known[] = {
    {NULL, NULL},
#define X(id, dotted, name) {dotted, name},
#include "codec/oid.def"
#undef X
};

bool es_oid_is_valid(struct es_slice contents)
{
    if (contents.n == 0 || contents.n > CONTENTS_MAX ||
        contents.p[contents.n - 1] & 0x80) {
        return false;
    }
    bool at_start = true;
    unsigned groups = 0;
    for (size_t i = 0; i < contents.n; i++) {
        groups = at_start ? 1 : groups + 1;
        if ((at_start && contents.p[i] == 0x80) || groups > 8) {
            return false;
        }
        at_start = !(contents.p[i] & 0x80);
    }
    return true;
}

/* Writes dotted text; false if the contents are malformed. */
static bool put_dotted(struct es_buf *b, struct es_slice contents)
{
    if (!es_oid_is_valid(contents)) {
        return false;
    }
    uint64_t arc = 0;
    bool first = true;
    for (size_t i = 0; i < contents.n; i++) {
        arc = arc << 7 | (contents.p[i] & 0x7f);
        if (contents.p[i] & 0x80) {
            continue;
        }
        if (first) {
            uint64_t top = arc < 80 ? arc / 40 : 2;
            es_buf_printf(b, "%u.%llu", (unsigned)top,
                          (unsigned long long)(arc - top * 40));
            first = false;
        } else {
            es_buf_printf(b, ".%llu", (unsigned long long)arc);
        }
        arc = 0;
    }
    return !b->overflow;
}

enum es_oid es_oid_find(struct es_slice contents)
{
    char storage[DOTTED_MAX];
    struct es_buf b;
    es_buf_init(&b, storage, sizeof storage);
    if (!put_dotted(&b, contents)) {
        return ES_OID_UNKNOWN;
    }
    const char *dotted = es_buf_cstr(&b);
    for (size_t i = 1; i < ES_COUNT(known); i++) {
        if (strcmp(known[i].dotted, dotted) == 0) {
            return (enum es_oid)i;
        }
    }
    return ES_OID_UNKNOWN;
}

const char *es_oid_dotted(enum es_oid oid)
{
    es_assert(oid != ES_OID_UNKNOWN && (size_t)oid < ES_COUNT(known));
    return known[oid].dotted;
}

const char *es_oid_name(enum es_oid oid)
{
    es_assert(oid != ES_OID_UNKNOWN && (size_t)oid < ES_COUNT(known));
    return known[oid].name;
}

const char *es_oid_text(struct es_arena *a, struct es_slice contents)
{
    enum es_oid oid = es_oid_find(contents);
    if (oid != ES_OID_UNKNOWN) {
        return es_oid_name(oid);
    }
    struct es_buf b;
    es_buf_build(&b, a, DOTTED_MAX);
    return put_dotted(&b, contents) ? es_buf_cstr(&b) : "malformed OID";
}

bool es_oid_parse(struct es_arena *a, struct es_slice text, struct es_slice *contents)
{
    const char *dotted = es_arena_text(a, text);
    for (size_t i = 1; i < ES_COUNT(known); i++) {
        if (es_slice_is(text, known[i].name)) {
            dotted = known[i].dotted;
        }
    }
    struct es_buf b;
    es_buf_build(&b, a, CONTENTS_MAX);
    es_der_put_oid(&b, dotted);
    /* A tag octet and one length octet stand before contents of less than 128
     * octets. */
    *contents = es_slice_from(es_buf_slice(&b), 2);
    return !b.overflow;
}
