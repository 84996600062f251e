/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_FILE_H
#define ES_FILE_H

#include <mbedtls/x509_crt.h>

#include <stdbool.h>

/* Files of ES_PKI_DIR (drivers/CONTRACT.md), in PEM. False says why in the log. */
bool es_file_read_certificates(const char *dir, const char *file,
                               mbedtls_x509_crt *out);
bool es_file_read_key(const char *dir, const char *file, mbedtls_pk_context *out);
bool es_file_exists(const char *dir, const char *file);

#endif
