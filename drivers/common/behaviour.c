/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "behaviour.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const char *const mutant_names[] = {
    "",
#define X(noun, name) name,
#include "mutants.def"
#undef X
};

static const char *const variant_names[] = {
#define X(noun, name) name,
#include "variants.def"
#undef X
};

static enum es_mutant active = ES_MUTANT_NONE;
static bool variants[ES_VARIANT_COUNT];

bool es_mutant_select(const char *name)
{
    if (name == NULL || name[0] == '\0') {
        return true;
    }
    for (size_t i = 1; i < sizeof mutant_names / sizeof mutant_names[0]; i++) {
        if (strcmp(name, mutant_names[i]) == 0) {
            active = (enum es_mutant)i;
            return true;
        }
    }
    return false;
}

bool es_mutant_is(enum es_mutant mutant)
{
    return active == mutant;
}

static bool select_one(const char *name, size_t len)
{
    for (size_t i = 0; i < ES_VARIANT_COUNT; i++) {
        if (strlen(variant_names[i]) == len &&
            memcmp(variant_names[i], name, len) == 0) {
            variants[i] = true;
            return true;
        }
    }
    return false;
}

bool es_variant_select(const char *list, const char **unknown)
{
    while (list != NULL && *list != '\0') {
        size_t len = strcspn(list, ",");
        if (!select_one(list, len)) {
            *unknown = list;
            return false;
        }
        list += len;
        list += *list == ',' ? 1 : 0;
    }
    return true;
}

bool es_variant_is(enum es_variant variant)
{
    return variants[variant];
}

void es_behaviour_list(void)
{
    for (size_t i = 1; i < sizeof mutant_names / sizeof mutant_names[0]; i++) {
        puts(mutant_names[i]);
    }
    for (size_t i = 0; i < ES_VARIANT_COUNT; i++) {
        puts(variant_names[i]);
    }
}
