/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codec/flaw.h"

bool es_flaw_set(struct es_flaw *flaw, struct es_arena *a, size_t offset,
                 const char *fmt, ...)
{
    if (flaw && !flaw->text) {
        va_list args;
        va_start(args, fmt);
        flaw->text = es_arena_vprintf(a, fmt, args);
        flaw->offset = offset;
        va_end(args);
    }
    return false;
}

const char *es_flaw_or(struct es_arena *a, const struct es_flaw *flaw, const char *good)
{
    return flaw->text ? es_arena_printf(a, "%s at octet %zu", flaw->text, flaw->offset)
                      : good;
}
