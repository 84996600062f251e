/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_NET_CLOCK_H
#define ES_NET_CLOCK_H

/*
 * The only clock. Everything above net/ is told the time; nothing else asks for it.
 */

#include "base/text.h"

/* Microseconds on the monotonic clock. */
es_usec es_clock_now(void);
/* Microseconds since 1970-01-01 UTC: for reports and captures only. */
int64_t es_clock_unix_us(void);
/* CPU time that this process has used, in microseconds. */
es_usec es_clock_cpu(void);

#endif
