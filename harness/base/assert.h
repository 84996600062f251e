/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_BASE_ASSERT_H
#define ES_BASE_ASSERT_H

/*
 * es_assert states what the harness itself guarantees. It is compiled into every build. It
 * is never used on what a peer or a file says: that is a finding or a diagnostic.
 */

#include "base/slice.h"

void es_assert_failed(const char *expr, const char *file, int line) ES_NORETURN;

#define es_assert(expr) ((expr) ? (void)0 : es_assert_failed(#expr, __FILE__, __LINE__))

#endif
