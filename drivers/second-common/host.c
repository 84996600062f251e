/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host.h"

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static mbedtls_entropy_context entropy;
static mbedtls_ctr_drbg_context drbg;
static const char *name = "second";

void es_log_open(const char *program)
{
    name = program;
}

uint64_t es_now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

bool es_random_open(void)
{
    mbedtls_entropy_init(&entropy);
    mbedtls_ctr_drbg_init(&drbg);
    return mbedtls_ctr_drbg_seed(&drbg, mbedtls_entropy_func, &entropy, NULL, 0) == 0;
}

int es_poll_ms(uint64_t until_ms)
{
    enum { LONGEST_MS = 60000 };
    uint64_t now = es_now_ms();
    if (until_ms <= now) {
        return 0;
    }
    return until_ms - now > LONGEST_MS ? LONGEST_MS : (int)(until_ms - now);
}

void es_random_close(void)
{
    mbedtls_ctr_drbg_free(&drbg);
    mbedtls_entropy_free(&entropy);
}

void es_random(void *p, size_t n)
{
    if (mbedtls_ctr_drbg_random(&drbg, p, n) != 0) {
        abort();
    }
}

int es_random_mbedtls(void *context, unsigned char *p, size_t n)
{
    (void)context;
    return mbedtls_ctr_drbg_random(&drbg, p, n);
}

void es_log(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "%s: ", name);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
}
