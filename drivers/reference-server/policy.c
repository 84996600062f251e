/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy.h"

#include "ca.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct es_policy es_policy = {ES_ANSWER_NOW, 2, NULL};

static bool set_answer(const char *word)
{
    static const char *const words[] = {"now", "separate", "pending"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(word, words[i]) == 0) {
            es_policy.answer = (enum es_answer)i;
            return true;
        }
    }
    return false;
}

static bool set_max_age(const char *number)
{
    char *end;
    errno = 0;
    unsigned long n = strtoul(number, &end, 10);
    if (errno != 0 || end == number || *end != '\0' || n > UINT32_MAX) {
        return false;
    }
    es_policy.max_age_seconds = (uint32_t)n;
    return true;
}

bool es_policy_command(const char *line)
{
    if (strncmp(line, "answer ", 7) == 0) {
        return set_answer(line + 7);
    }
    if (strncmp(line, "max-age ", 8) == 0) {
        return set_max_age(line + 8);
    }
    return strcmp(line, "ca roll") == 0 && es_ca_roll(es_policy.pki_dir);
}
