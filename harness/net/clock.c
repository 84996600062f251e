/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "net/clock.h"

#include <time.h>

static int64_t read_clock(clockid_t id)
{
    struct timespec t = {0};
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * ES_USEC_PER_S + t.tv_nsec / 1000;
}

es_usec es_clock_now(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

int64_t es_clock_unix_us(void)
{
    return read_clock(CLOCK_REALTIME);
}

es_usec es_clock_cpu(void)
{
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}
