/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_HOST_H
#define ES_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the machine gives: time, chance, a log. */

uint64_t es_now_ms(void);
/* How long poll may wait. */
int es_poll_ms(uint64_t until_ms);
bool es_random_open(void);
void es_random_close(void);
void es_random(void *p, size_t n);
/* In the form that mbedTLS asks for. */
int es_random_mbedtls(void *context, unsigned char *p, size_t n);
/* The name of the program stands before each line. */
void es_log_open(const char *program);
void es_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
