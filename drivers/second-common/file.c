/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "file.h"

#include "host.h"

#include <stdio.h>
#include <unistd.h>

enum { FILE_NAME_MAX = 1024 };

static const char *join(const char *dir, const char *file, char path[FILE_NAME_MAX])
{
    snprintf(path, FILE_NAME_MAX, "%s/%s", dir, file);
    return path;
}

bool es_file_read_certificates(const char *dir, const char *file, mbedtls_x509_crt *out)
{
    char path[FILE_NAME_MAX];
    int ret = mbedtls_x509_crt_parse_file(out, join(dir, file, path));
    if (ret != 0) {
        es_log("%s cannot be read: %d", file, ret);
    }
    return ret == 0;
}

bool es_file_read_key(const char *dir, const char *file, mbedtls_pk_context *out)
{
    char path[FILE_NAME_MAX];
    int ret = mbedtls_pk_parse_keyfile(out, join(dir, file, path), NULL);
    if (ret != 0) {
        es_log("%s cannot be read: %d", file, ret);
    }
    return ret == 0;
}

bool es_file_exists(const char *dir, const char *file)
{
    char path[FILE_NAME_MAX];
    return access(join(dir, file, path), F_OK) == 0;
}
