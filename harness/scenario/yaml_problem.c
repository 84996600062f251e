/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/yaml_problem.h"

#include <string.h>

enum place { AT_PROBLEM, AT_CONTEXT };

/* libyaml's words on the left: the first row whose two texts occur is taken. A hint may hold
 * one %u: the line in which the construct began. */
static const struct {
    const char *problem, *context;
    enum place place;
    const char *msg, *hint;
} explanations[] = {
    {"tab character", "", AT_PROBLEM, "tab where indentation is expected",
     "indent with blanks"},
    {"unexpected end of stream", "quoted scalar", AT_CONTEXT,
     "this quote is not closed",
     "the same quote must follow; inside '..' write '' for a quote"},
    {"unexpected document indicator", "quoted scalar", AT_CONTEXT,
     "this quote is not closed",
     "a line that begins with --- or ... ends the document"},
    {"unknown escape character", "", AT_PROBLEM, "unknown escape in double quotes",
     "a backslash is kept as it is in '..'"},
    {"hexdecimal number", "", AT_PROBLEM, "hex digits expected after this escape",
     "a backslash is kept as it is in '..'"},
    {"mapping values are not allowed", "", AT_PROBLEM, "':' is not expected here",
     "text that holds ': ' needs quotes; otherwise the indentation is wrong"},
    {"block sequence entries are not allowed", "", AT_PROBLEM,
     "'-' is not expected here", "put it on a line of its own, below its key"},
    {"block mapping keys are not allowed", "", AT_PROBLEM, "a key is not expected here",
     "put it on a line of its own"},
    {"did not find expected key", "block mapping", AT_PROBLEM,
     "this does not continue the map above",
     "the map began in line %u: check the indentation, and quotes in the lines between"},
    {"did not find expected '-'", "", AT_PROBLEM,
     "this does not continue the sequence above",
     "the sequence began in line %u: check the indentation"},
    {"did not find expected ',' or '}'", "", AT_PROBLEM, "',' or '}' expected",
     "'{' stands in line %u; text with , : [ ] { } # needs quotes inside braces"},
    {"did not find expected ',' or ']'", "", AT_PROBLEM, "',' or ']' expected",
     "'[' stands in line %u; text with , : [ ] { } # needs quotes inside brackets"},
    {"did not find expected node content", "", AT_PROBLEM, "a value is missing here",
     "text that begins with , ] } or # needs quotes"},
    {"could not find expected ':'", "", AT_CONTEXT, "a key without ':'",
     "a key is followed by ': '; a long text needs '|' or quotes"},
    {"did not find expected comment or line break", "block scalar", AT_CONTEXT,
     "'>' and '|' open a block of text",
     "ranges are written 64.. and ..64; or quote it"},
    {"indentation indicator", "block scalar", AT_CONTEXT,
     "'>' and '|' open a block of text",
     "ranges are written 64.. and ..64; or quote it"},
    {"", "an anchor", AT_CONTEXT, "'&' opens a YAML anchor, which is not used here",
     "text that begins with '&' needs quotes"},
    {"", "an alias", AT_CONTEXT, "'*' opens a YAML alias, which is not used here",
     "text that begins with '*' needs quotes"},
    {"", "a tag", AT_CONTEXT, "'!' opens a YAML tag, which is not used here",
     "negation is written 'not x'; text that begins with '!' needs quotes"},
    {"undefined tag handle", "", AT_PROBLEM, "YAML tags are not used here",
     "text that begins with '!' needs quotes"},
    {"directive", "", AT_PROBLEM, "YAML directives ('%') are not used here",
     "text that begins with '%' needs quotes"},
    {"", "directive", AT_CONTEXT, "YAML directives ('%') are not used here",
     "text that begins with '%' needs quotes"},
    {"expected <document start>", "", AT_PROBLEM,
     "nothing may follow the top of the file",
     "check the indentation, and brackets and quotes in the line above"},
};

void es_yaml_lines_init(struct es_lines *lines, struct es_slice text,
                        struct es_arena *arena)
{
    *lines = (struct es_lines){.text = text};
    ES_PUSH(arena, lines, 0);
    for (size_t i = 0; i < text.n; i++) {
        bool lone_return = text.p[i] == '\r' && i + 1 < text.n && text.p[i + 1] != '\n';
        if (text.p[i] == '\n' || lone_return) {
            ES_PUSH(arena, lines, i + 1);
        }
    }
}

struct es_slice es_yaml_line(const struct es_lines *lines, uint32_t number)
{
    if (number == 0 || number > lines->n) {
        return ES_SLICE_NONE;
    }
    size_t from = lines->at[number - 1];
    size_t to = number < lines->n ? lines->at[number] : lines->text.n;
    struct es_slice line = es_slice_sub(lines->text, from, to - from);
    while (line.n && (line.p[line.n - 1] == '\n' || line.p[line.n - 1] == '\r')) {
        line.n--;
    }
    return line;
}

size_t es_yaml_count_chars(struct es_slice text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        n += (text.p[i] & 0xc0) != 0x80;
    }
    return n;
}

/* The octets of the line from the column on; empty at its end. */
static struct es_slice text_at(const struct es_lines *lines, struct es_loc loc)
{
    struct es_slice line = es_yaml_line(lines, loc.line);
    size_t i = 0;
    for (uint32_t col = 1; i < line.n && col < loc.col; col++) {
        for (i++; i < line.n && (line.p[i] & 0xc0) == 0x80;) {
            i++;
        }
    }
    return es_slice_from(line, i);
}

/* "cannot start any token" says too little: the character decides. */
static void report_start(struct es_loc loc, const struct es_lines *lines,
                         struct es_diag *d)
{
    struct es_slice text = text_at(lines, loc);
    int first = text.n ? text.p[0] : 0;
    if (first == '\t') {
        es_fail(d, loc, ES_CODE_SCENARIO, "tab where indentation is expected");
        es_hint(d, "indent with blanks");
    } else if (first > ' ' && first < 0x7f) {
        es_fail(d, loc, ES_CODE_SCENARIO, "'%c' cannot begin a value", first);
        es_hint(d, "text that begins with it needs quotes");
    } else {
        es_fail(d, loc, ES_CODE_SCENARIO, "a value cannot begin here");
        es_hint(d, "put it in quotes");
    }
}

static bool follows_dollar(struct es_loc loc, const struct es_lines *lines)
{
    if (loc.col > 1) {
        loc.col--;
    }
    return es_slice_has_prefix(text_at(lines, loc), "${");
}

static const char *hint_of(size_t i, const struct es_yaml_problem *p, struct es_diag *d)
{
    const char *hint = explanations[i].hint;
    const char *number = strstr(hint, "%u");
    if (!number) {
        return hint;
    }
    return es_arena_printf(d->arena, "%.*s%u%s", (int)(number - hint), hint,
                           p->since.line, number + 2);
}

void es_yaml_problem_report(const struct es_yaml_problem *p,
                            const struct es_lines *lines, struct es_diag *d)
{
    if (strstr(p->text, "cannot start any token")) {
        report_start(p->at, lines, d);
        return;
    }
    if (strstr(p->context, "flow mapping") && follows_dollar(p->at, lines)) {
        es_fail(d, p->at, ES_CODE_SCENARIO, "'{' opens a map here");
        es_hint(d, "variables are written $name and $(expr)");
        return;
    }
    for (size_t i = 0; i < ES_COUNT(explanations); i++) {
        if (strstr(p->text, explanations[i].problem) &&
            strstr(p->context, explanations[i].context)) {
            es_fail(d, explanations[i].place == AT_CONTEXT ? p->since : p->at,
                    ES_CODE_SCENARIO, "%s", explanations[i].msg);
            es_hint(d, "%s", hint_of(i, p, d));
            return;
        }
    }
    es_fail(d, p->at, ES_CODE_SCENARIO, "not valid YAML: %s", p->text);
    if (*p->context) {
        es_hint(d, "%s, which began in line %u", p->context, p->since.line);
    }
}
