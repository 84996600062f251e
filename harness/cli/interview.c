/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/interview.h"

#include <string.h>
#include <unistd.h>

enum { ANSWER_MAX = 1000 };

void es_interview_init(struct es_interview *v, struct es_cli *cli)
{
    *v = (struct es_interview){.cli = cli, .in = stdin, .out = stdout};
    v->echo = !isatty(STDIN_FILENO);
}

/* The next line without blanks around it; *whole is false if there was too much of it. NULL
 * at the end of the input. */
static const char *read_line(struct es_interview *v, bool *whole)
{
    char line[ANSWER_MAX + 2];
    if (v->ended || !fgets(line, sizeof line, v->in)) {
        v->ended = true;
        return NULL;
    }
    *whole = strchr(line, '\n') || strlen(line) <= ANSWER_MAX;
    for (int c = *whole ? '\n' : fgetc(v->in); c != '\n' && c != EOF;) {
        c = fgetc(v->in);
    }
    return es_arena_text(v->cli->arena, es_slice_trim(es_slice_of(line)));
}

static const char *list_words(const char *const *words, struct es_arena *a)
{
    const char *text = words[0];
    for (size_t i = 1; words[i]; i++) {
        text =
            es_arena_printf(a, "%s%s%s", text, words[i + 1] ? ", " : " or ", words[i]);
    }
    return text;
}

/* The word that begins like this and no other does; NULL. */
static const char *find_word(const char *const *words, const char *answer)
{
    const char *found = NULL;
    for (size_t i = 0; words[i]; i++) {
        if (strcmp(words[i], answer) == 0) {
            return words[i];
        }
        if (strncmp(words[i], answer, strlen(answer)) == 0) {
            if (found) {
                return NULL;
            }
            found = words[i];
        }
    }
    return found;
}

/* What is wrong with a text that goes into a file of one line; NULL. */
static const char *judge_text(const char *text)
{
    for (const char *c = text; *c; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7f) {
            return "there are control characters in it";
        }
    }
    struct es_slice s = es_slice_of(text);
    return es_text_utf8_valid(s) < s.n ? "it is not UTF-8" : NULL;
}

/* Why the answer will not do, or NULL: then *answer is what it means. */
static const char *judge(const struct es_question *q, struct es_arena *a, bool whole,
                         const char **answer)
{
    const char *why = whole ? judge_text(*answer) : "it is too long";
    if (!why && (!**answer || strcmp(*answer, "?") == 0)) {
        *answer = q->fallback;
        return q->fallback ? NULL : "there is no default";
    }
    if (!why && q->words) {
        const char *word = find_word(q->words, *answer);
        why = word ? NULL
                   : es_arena_printf(a, "the answer is %s", list_words(q->words, a));
        *answer = word;
    }
    return why || !q->judge ? why : q->judge(*answer, a);
}

static void print_question(const struct es_interview *v, const struct es_question *q)
{
    fprintf(v->out, "%s ", q->text);
    if (q->fallback) {
        fprintf(v->out, "[%s] ", q->fallback);
    }
    fflush(v->out);
}

bool es_interview_ask(struct es_interview *v, const struct es_question *q,
                      const char **answer)
{
    const char *why = NULL;
    for (;;) {
        bool whole = true;
        print_question(v, q);
        *answer = read_line(v, &whole);
        if (!*answer && (why || !q->fallback)) {
            fputs("\n", v->out);
            es_cli_usage(v->cli, "no answer to '%s'%s%s", q->text, why ? ": " : "",
                         why ? why : "");
            return false;
        }
        *answer = *answer ? *answer : q->fallback;
        why = judge(q, v->cli->arena, whole, answer);
        if (v->echo && !why) {
            fprintf(v->out, "%s\n", *answer);
        }
        if (!why) {
            return true;
        }
        fprintf(v->out, "%s  %s\n", v->echo ? "\n" : "", why);
    }
}
