/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/format.h"

static const struct es_format_entry formats[] = {
#define X(id, number, name, media) {number, name, media},
#include "codec/format.def"
#undef X
};

const struct es_format_entry *es_format_at(size_t index)
{
    return index < ES_COUNT(formats) ? &formats[index] : NULL;
}

const struct es_format_entry *es_format_find(uint32_t number)
{
    for (size_t i = 0; i < ES_COUNT(formats); i++) {
        if (formats[i].number == number) {
            return &formats[i];
        }
    }
    return NULL;
}

const struct es_format_entry *es_format_find_name(struct es_slice name)
{
    for (size_t i = 0; i < ES_COUNT(formats); i++) {
        if (es_slice_is(name, formats[i].name) || es_slice_is(name, formats[i].media)) {
            return &formats[i];
        }
    }
    return NULL;
}

const char *es_format_text(struct es_arena *a, uint32_t number)
{
    const struct es_format_entry *f = es_format_find(number);
    if (f) {
        return es_arena_printf(a, "%u (%s)", (unsigned)number, f->name);
    }
    return es_arena_printf(a, "%u", (unsigned)number);
}
