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
    fputs("second-server: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
}
