/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/assert.h"

#include <stdio.h>
#include <stdlib.h>

void es_assert_failed(const char *expr, const char *file, int line)
{
    fprintf(stderr, "%s:%d: bug in estspec: %s does not hold\n", file, line, expr);
    abort();
}
