/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_PKI_FILE_H
#define ES_PKI_FILE_H

/*
 * Files with keys and certificates: read whole, written whole or not at all.
 */

#include "base/diag.h"

/* The contents of a file of at most 1 MiB, in the arena. False and a note
 * (ENVIRONMENT). */
bool es_pki_file_read(struct es_arena *a, const char *path, struct es_slice *out,
                      struct es_diag *d) ES_MUST_CHECK;
/* Writes a file of this mode: under another name first, then renamed, so that a full
 * disk leaves no half file. False and a note (ENVIRONMENT) with the path. */
bool es_pki_file_write(struct es_arena *a, const char *path, struct es_slice contents,
                       unsigned mode, struct es_diag *d) ES_MUST_CHECK;
/* Makes the folder if it is not there; its parent must be. */
bool es_pki_folder_make(const char *path, struct es_diag *d) ES_MUST_CHECK;
/* True if there is something of this name. */
bool es_pki_file_exists(const char *path);

#endif
