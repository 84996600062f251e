/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/node.h"
#include "scenario/yaml_problem.h"

#include <yaml.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Bounds the memory that a file of nothing but indicators can claim. */
enum { NODES_MAX = 400000 };

struct reader {
    yaml_parser_t parser;
    struct es_slice text; /* without byte order mark */
    struct es_lines lines;
    const char *name;
    struct es_arena *arena;
    struct es_diag *d;
    struct es_loc open_hex; /* of the last scalar with an unclosed h'; line 0: none */
    size_t nodes;
    bool refused; /* something left the subset, but reading can go on */
};

static struct es_node *read_node(struct reader *r, yaml_event_t *ev, unsigned depth);

static struct es_loc loc_of(const struct reader *r, yaml_mark_t mark)
{
    return (struct es_loc){r->name, (uint32_t)mark.line + 1, (uint32_t)mark.column + 1,
                           1, 0};
}

/* Refuses what the file may not contain; reading goes on to find more. */
static void refuse(struct reader *r, yaml_mark_t at, const char *what, const char *hint)
{
    es_fail(r->d, loc_of(r, at), ES_CODE_SCENARIO, "%s", what);
    es_hint(r->d, "%s", hint);
    r->refused = true;
}

static void report_reader_error(struct reader *r)
{
    struct es_slice before = es_slice_sub(r->text, 0, r->parser.problem_offset);
    struct es_loc loc = {r->name, 1, 1, 1, 0};
    size_t line_start = 0;
    for (size_t i = 0; i < before.n; i++) {
        if (before.p[i] == '\n') {
            loc.line++;
            line_start = i + 1;
        }
    }
    loc.col = (uint32_t)es_yaml_count_chars(es_slice_from(before, line_start)) + 1;
    es_fail(r->d, loc, ES_CODE_SCENARIO, "control character 0x%02x",
            (unsigned)r->parser.problem_value);
    es_hint(r->d, "write it as an escape in double quotes, or remove it");
}

static void report_parser_error(struct reader *r)
{
    const yaml_parser_t *p = &r->parser;
    if (p->error == YAML_READER_ERROR) {
        report_reader_error(r);
        return;
    }
    if (p->error == YAML_MEMORY_ERROR) {
        es_fail(r->d, (struct es_loc){r->name, 0, 0, 0, 0}, ES_CODE_ENVIRONMENT,
                "out of memory");
        return;
    }
    if (r->open_hex.line) {
        es_fail(r->d, r->open_hex, ES_CODE_SCENARIO, "unterminated h'..'");
        es_hint(r->d, "YAML eats ' #' and what follows in an unquoted scalar: put the "
                      "whole value in double quotes");
        return;
    }
    struct es_yaml_problem problem = {
        .text = p->problem ? p->problem : "",
        .context = p->context ? p->context : "",
        .at = loc_of(r, p->problem_mark),
        .since = loc_of(r, p->context_mark),
    };
    es_yaml_problem_report(&problem, &r->lines, r->d);
}

/* The next event; false and a note where libyaml gives up. */
static bool next(struct reader *r, yaml_event_t *ev)
{
    if (!yaml_parser_parse(&r->parser, ev)) {
        report_parser_error(r);
        return false;
    }
    return true;
}

/* Tag and anchor of the event, where it can have them. */
static void check_properties(struct reader *r, const yaml_event_t *ev)
{
    const yaml_char_t *tag = NULL, *anchor = NULL;
    if (ev->type == YAML_SCALAR_EVENT) {
        tag = ev->data.scalar.tag;
        anchor = ev->data.scalar.anchor;
    } else if (ev->type == YAML_MAPPING_START_EVENT) {
        tag = ev->data.mapping_start.tag;
        anchor = ev->data.mapping_start.anchor;
    } else if (ev->type == YAML_SEQUENCE_START_EVENT) {
        tag = ev->data.sequence_start.tag;
        anchor = ev->data.sequence_start.anchor;
    }
    if (tag) {
        refuse(r, ev->start_mark, "YAML tags are not used here",
               "negation is written 'not x'; text that begins with '!' needs quotes");
    }
    if (anchor) {
        refuse(
            r, ev->start_mark, "YAML anchors are not used here",
            "share steps with a procedure (call:), values with set:; text that begins "
            "with '&' needs quotes");
    }
}

/* The place of a block scalar is its first line that is not blank, not the `|`. */
static struct es_loc loc_of_block(const struct reader *r, const yaml_event_t *ev)
{
    for (size_t i = ev->start_mark.line + 1; i < ev->end_mark.line; i++) {
        struct es_slice line = es_yaml_line(&r->lines, (uint32_t)i + 1);
        struct es_slice text = es_slice_trim(line);
        if (text.n) {
            return (struct es_loc){r->name, (uint32_t)i + 1,
                                   (uint32_t)(text.p - line.p) + 1,
                                   (uint32_t)es_yaml_count_chars(text), 0};
        }
    }
    return loc_of(r, ev->start_mark);
}

static struct es_loc loc_of_scalar(const struct reader *r, const yaml_event_t *ev)
{
    yaml_scalar_style_t style = ev->data.scalar.style;
    yaml_mark_t start = ev->start_mark, end = ev->end_mark;
    if (style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE) {
        return loc_of_block(r, ev);
    }
    size_t quote = style == YAML_PLAIN_SCALAR_STYLE ? 0 : 1;
    struct es_loc loc = loc_of(r, start);
    size_t stop = end.column - quote;
    if (end.line != start.line) {
        struct es_slice line = es_yaml_line(&r->lines, loc.line);
        stop = es_yaml_count_chars(line);
    }
    loc.col += (uint32_t)quote;
    loc.len = stop > start.column + quote ? (uint32_t)(stop - start.column - quote) : 0;
    return loc;
}

/* Remembers h' without its closing quote, followed by ` #`: the cause of what follows. */
static void note_open_hex(struct reader *r, const struct es_node *n, yaml_mark_t end)
{
    size_t open = es_slice_search(n->text, ES_SLICE_LIT("h'"));
    struct es_slice rest = es_slice_from(n->text, open + 2);
    struct es_slice line = es_yaml_line(&r->lines, (uint32_t)end.line + 1);
    r->open_hex.line = 0;
    if (n->plain && open < n->text.n && es_slice_find(rest, '\'') == rest.n &&
        es_slice_search(line, ES_SLICE_LIT(" #")) < line.n) {
        r->open_hex = es_node_loc_at(n, open, n->text.n - open);
    }
}

static void fill_scalar(struct reader *r, const yaml_event_t *ev, struct es_node *n)
{
    n->kind = ES_NODE_SCALAR;
    n->text = es_arena_dup(
        r->arena, es_slice_make(ev->data.scalar.value, ev->data.scalar.length));
    n->loc = loc_of_scalar(r, ev);
    n->plain = ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
               ev->start_mark.line == ev->end_mark.line;
    note_open_hex(r, n, ev->end_mark);
}

static bool read_items(struct reader *r, struct es_node *n, unsigned depth)
{
    yaml_event_t ev;
    for (;;) {
        ES_TRY(next(r, &ev));
        if (ev.type == YAML_SEQUENCE_END_EVENT) {
            yaml_event_delete(&ev);
            return true;
        }
        struct es_node *item = read_node(r, &ev, depth + 1);
        ES_TRY(item != NULL);
        ES_PUSH(r->arena, &n->items, item);
    }
}

static void check_key(struct reader *r, const struct es_node *key, yaml_mark_t at)
{
    if (key->kind != ES_NODE_SCALAR) {
        refuse(r, at, "a key must be a word, not a map or a sequence",
               "a value that begins with '{' or '[' but is text needs quotes");
    } else if (es_slice_is(key->text, "<<")) {
        refuse(r, at, "the merge key '<<' is not used here",
               "share steps with a procedure: call:");
    }
}

static int compare_pairs(const void *left, const void *right)
{
    const struct es_pair *a = *(const struct es_pair *const *)left;
    const struct es_pair *b = *(const struct es_pair *const *)right;
    int order = es_slice_cmp(a->key->text, b->key->text);
    return order ? order : (a < b ? -1 : a > b);
}

/* Notes every key that stands twice and drops its later pairs. Sorting keeps a file of many
 * keys from costing quadratic time. */
static void drop_duplicates(struct reader *r, struct es_node *map)
{
    size_t n = map->pairs.n;
    if (n < 2) {
        return;
    }
    struct es_pair **order = ES_NEW_ARRAY(r->arena, struct es_pair *, n);
    for (size_t i = 0; i < n; i++) {
        order[i] = &map->pairs.at[i];
    }
    qsort(order, n, sizeof(struct es_pair *), compare_pairs);
    const struct es_pair *first = order[0];
    bool found = false;
    for (size_t i = 1; i < n; i++) {
        const struct es_node *key = order[i]->key;
        if (!es_slice_eq(first->key->text, key->text)) {
            first = order[i];
            continue;
        }
        es_fail(r->d, key->loc, ES_CODE_SCENARIO, "duplicate key '%.*s'",
                ES_SLICE_ARG(key->text));
        es_hint(r->d, "it already stands in line %u", first->key->loc.line);
        order[i]->value = NULL;
        found = true;
    }
    size_t kept = 0;
    for (size_t i = 0; found && i < n; i++) {
        if (map->pairs.at[i].value) {
            map->pairs.at[kept++] = map->pairs.at[i];
        }
    }
    map->pairs.n = found ? kept : n;
}

static bool read_pairs(struct reader *r, struct es_node *n, unsigned depth)
{
    yaml_event_t ev;
    for (;;) {
        ES_TRY(next(r, &ev));
        if (ev.type == YAML_MAPPING_END_EVENT) {
            yaml_event_delete(&ev);
            drop_duplicates(r, n);
            return true;
        }
        yaml_mark_t at = ev.start_mark;
        struct es_pair pair = {read_node(r, &ev, depth + 1), NULL};
        ES_TRY(pair.key != NULL);
        check_key(r, pair.key, at);
        ES_TRY(next(r, &ev));
        pair.value = read_node(r, &ev, depth + 1);
        ES_TRY(pair.value != NULL);
        if (pair.key->kind == ES_NODE_SCALAR) {
            ES_PUSH(r->arena, &n->pairs, pair);
        }
    }
}

static bool read_map(struct reader *r, const yaml_event_t *ev, struct es_node *n,
                     unsigned depth)
{
    n->kind = ES_NODE_MAP;
    ES_TRY(read_pairs(r, n, depth));
    if (ev->data.mapping_start.style == YAML_BLOCK_MAPPING_STYLE && n->pairs.n) {
        n->loc = n->pairs.at[0].key->loc;
    }
    return true;
}

/* Whether the limits allow one more node at this depth. */
static bool check_limits(struct reader *r, const yaml_event_t *ev, unsigned depth)
{
    if (depth > ES_YAML_DEPTH_MAX) {
        return es_fail(r->d, loc_of(r, ev->start_mark), ES_CODE_SCENARIO,
                       "nested more than %d deep", ES_YAML_DEPTH_MAX);
    }
    if (++r->nodes > NODES_MAX) {
        return es_fail(r->d, loc_of(r, ev->start_mark), ES_CODE_SCENARIO,
                       "more than %d values in one file", NODES_MAX);
    }
    return true;
}

/* Reads the node that ev begins, and deletes ev. NULL: reading cannot go on. */
static struct es_node *read_node(struct reader *r, yaml_event_t *ev, unsigned depth)
{
    struct es_node *n = ES_NEW(r->arena, struct es_node);
    bool ok = check_limits(r, ev, depth);
    n->loc = loc_of(r, ev->start_mark);
    check_properties(r, ev);
    if (ok && ev->type == YAML_SCALAR_EVENT) {
        fill_scalar(r, ev, n);
    } else if (ok && ev->type == YAML_MAPPING_START_EVENT) {
        ok = read_map(r, ev, n, depth);
    } else if (ok && ev->type == YAML_SEQUENCE_START_EVENT) {
        n->kind = ES_NODE_SEQUENCE;
        ok = read_items(r, n, depth);
    } else if (ok) {
        refuse(r, ev->start_mark, "YAML aliases are not used here",
               "text that begins with '*' needs quotes");
    }
    yaml_event_delete(ev);
    return ok ? n : NULL;
}

/* Whether the document starts as one may: alone, without directives. */
static bool check_document(struct reader *r, const yaml_event_t *ev, size_t number)
{
    if (number > 0) {
        return es_fail(r->d, loc_of(r, ev->start_mark), ES_CODE_SCENARIO,
                       "a second YAML document begins here: one file holds one");
    }
    const yaml_tag_directive_t *tags = ev->data.document_start.tag_directives.start;
    if (ev->data.document_start.version_directive ||
        tags != ev->data.document_start.tag_directives.end) {
        refuse(r, ev->start_mark, "YAML directives ('%') are not used here",
               "remove the line");
    }
    return true;
}

static bool read_document(struct reader *r, struct es_node **root)
{
    yaml_event_t ev;
    ES_TRY(next(r, &ev));
    *root = read_node(r, &ev, 1);
    return *root != NULL;
}

static bool read_stream(struct reader *r, struct es_node **root)
{
    for (size_t documents = 0;;) {
        yaml_event_t ev;
        bool ok = true;
        ES_TRY(next(r, &ev));
        yaml_event_type_t type = ev.type;
        if (type == YAML_DOCUMENT_START_EVENT) {
            ok = check_document(r, &ev, documents++);
        }
        yaml_event_delete(&ev);
        if (ok && type == YAML_DOCUMENT_START_EVENT) {
            ok = read_document(r, root);
        }
        if (!ok || type == YAML_STREAM_END_EVENT) {
            return ok;
        }
    }
}

/* The file that is no text at all is told apart before libyaml sees it. */
static bool check_text(struct es_slice text, const char *name, struct es_diag *d)
{
    struct es_loc whole = {name, 0, 0, 0, 0};
    if (text.n > ES_YAML_BYTES_MAX) {
        return es_fail(d, whole, ES_CODE_SCENARIO, "larger than %d octets",
                       ES_YAML_BYTES_MAX);
    }
    size_t bad = es_text_utf8_valid(text);
    if (bad == text.n || !text.p) {
        return true;
    }
    struct es_loc loc = {name, 1, 1, 1, 0};
    for (size_t i = 0; i < bad; i++) {
        loc.col = text.p[i] == '\n' ? 1 : loc.col + ((text.p[i] & 0xc0) != 0x80);
        loc.line += text.p[i] == '\n';
    }
    es_fail(d, loc, ES_CODE_SCENARIO, "octet 0x%02x is not UTF-8", text.p[bad]);
    return es_hint(d, "save the file as UTF-8");
}

struct es_node *es_yaml_parse(struct es_slice text, const char *name,
                              struct es_arena *arena, struct es_diag *d)
{
    if (es_slice_has_prefix(text, "\xef\xbb\xbf")) {
        text = es_slice_from(text, 3);
    }
    if (!check_text(text, name, d)) {
        return NULL;
    }
    struct es_arena *scratch = es_arena_new();
    struct reader *r = ES_NEW(scratch, struct reader);
    r->text = text;
    r->name = es_arena_text(arena, es_slice_of(name));
    r->arena = arena;
    r->d = d;
    es_yaml_lines_init(&r->lines, text, scratch);
    if (!yaml_parser_initialize(&r->parser)) {
        es_fail(d, ES_LOC_NONE, ES_CODE_ENVIRONMENT, "out of memory");
        es_arena_free(scratch);
        return NULL;
    }
    yaml_parser_set_encoding(&r->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r->parser, text.n ? text.p : (const uint8_t *)"",
                                 text.n);
    struct es_node *root = NULL;
    bool ok = read_stream(r, &root) && !r->refused;
    yaml_parser_delete(&r->parser);
    if (ok && !root) {
        root = ES_NEW(arena, struct es_node);
        root->kind = ES_NODE_MAP;
        root->loc = (struct es_loc){r->name, 1, 1, 1, 0};
    }
    es_arena_free(scratch);
    return ok ? root : NULL;
}

struct es_node *es_yaml_read(const char *path, struct es_arena *arena,
                             struct es_diag *d)
{
    struct es_loc whole = {path, 0, 0, 0, 0};
    struct es_slice text = ES_SLICE_NONE;
    FILE *in = fopen(path, "rb");
    if (!in) {
        es_fail(d, whole, ES_CODE_INPUT, "cannot be read: %s", strerror(errno));
        return NULL;
    }
    struct es_arena *scratch = es_arena_new();
    for (size_t room = 16384; !feof(in) && !ferror(in) && text.n <= ES_YAML_BYTES_MAX;
         room *= 2) {
        uint8_t *bytes = es_arena_alloc(scratch, room);
        if (text.n) {
            memcpy(bytes, text.p, text.n);
        }
        text =
            es_slice_make(bytes, text.n + fread(bytes + text.n, 1, room - text.n, in));
    }
    struct es_node *root = NULL;
    if (ferror(in)) {
        es_fail(d, whole, ES_CODE_INPUT, "cannot be read: %s", strerror(errno));
    } else {
        root = es_yaml_parse(text, path, arena, d);
    }
    fclose(in);
    es_arena_free(scratch);
    return root;
}
