/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/mem.h"

#include "base/pages.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#ifdef ES_TESTING
static int is_denied(void)
{
    static long left = -1;
    if (left < 0) {
        const char *text = getenv("ES_FAIL_ALLOC");
        left = text ? strtol(text, NULL, 10) : 0;
    }
    return left > 0 && --left == 0;
}
#else
static int is_denied(void)
{
    return 0;
}
#endif

static void *check(void *p, size_t n)
{
    if (!p) {
        fprintf(stderr, "estspec: out of memory (%zu bytes)\n", n);
        _exit(5);
    }
    return p;
}

void *es_mem_alloc(size_t n)
{
    return check(is_denied() ? NULL : calloc(1, n ? n : 1), n);
}

void *es_mem_share(size_t n)
{
    return check(es_pages_share(n), n);
}

void es_mem_free(void *p)
{
    free(p);
}
