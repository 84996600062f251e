/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ES_BEHAVIOUR_H
#define ES_BEHAVIOUR_H

#include <stdbool.h>

/* What the peer was told to do otherwise: at most one mutant (a deliberate fault) and
   any number of variants (legal behaviours that differ from the default). Both are set
   once, before the first packet, and asked at the place where they show:

       if (es_mutant_is(ES_MUTANT_PING_ACKED)) ...

   A mutant changes exactly what its name says. The lists are mutants.def and
   variants.def in the folder of the peer. */

enum es_mutant {
    ES_MUTANT_NONE,
#define X(noun, name) ES_MUTANT_##noun,
#include "mutants.def"
#undef X
};

enum es_variant {
#define X(noun, name) ES_VARIANT_##noun,
#include "variants.def"
#undef X
    ES_VARIANT_COUNT
};

/* Turns the named mutant on. NULL or "" means none. False if there is no such name. */
bool es_mutant_select(const char *name);
bool es_mutant_is(enum es_mutant mutant);

/* Turns on a comma-separated list. False if a name is unknown: *unknown points at it. */
bool es_variant_select(const char *list, const char **unknown);
bool es_variant_is(enum es_variant variant);

/* Prints all names, one a line, to stdout: mutants, then variants. */
void es_behaviour_list(void);

#endif
