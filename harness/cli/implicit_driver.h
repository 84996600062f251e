/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_CLI_IMPLICIT_DRIVER_H
#define ES_CLI_IMPLICIT_DRIVER_H

/* The driver of a server that is only named by its address (--server): passive, serial, its
 * answers taken from a probe, the rest assumed and told. */

#include "cli/target.h"
#include "run/probe.h"

/* Fills t->driver and t->notices from what the probe found. */
void es_implicit_driver_build(struct es_target *t, struct es_cli *cli,
                              const struct es_dictionary *dictionary, const char *uri,
                              const char *trust_path,
                              const struct es_probe_result *probe);
/* Applies --set ITEM=VALUE to the driver. False and notes. */
bool es_driver_settings_apply(struct es_driver_spec *s, struct es_cli *cli,
                              const struct es_dictionary *dictionary) ES_MUST_CHECK;

#endif
