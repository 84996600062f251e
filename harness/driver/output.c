/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "driver/output.h"

#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

bool es_output_open(struct es_output *o, const char *log_path, es_usec start)
{
    *o = (struct es_output){.start = start};
    if (!log_path) {
        return true;
    }
    int fd = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    o->log = fd < 0 ? NULL : fdopen(fd, "a");
    if (o->log) {
        setvbuf(o->log, NULL, _IOLBF, BUFSIZ);
    }
    return o->log != NULL;
}

void es_output_close(struct es_output *o)
{
    if (o->log) {
        fclose(o->log);
        o->log = NULL;
    }
}

static void write_log(struct es_output *o, const char *stream, const char *text,
                      es_usec now)
{
    if (!o->log || o->logged > ES_OUTPUT_LOG_MAX) {
        return;
    }
    int n = fprintf(o->log, "%+10.3f %-3s | %s\n",
                    (double)(now - o->start) / (double)ES_USEC_PER_S, stream, text);
    o->logged += n > 0 ? (size_t)n : 0;
    if (o->logged > ES_OUTPUT_LOG_MAX) {
        fputs("the log is full; what follows is left out\n", o->log);
    }
}

static void copy_text(char *to, size_t max, const char *text)
{
    size_t n = strlen(text);
    n = n < max ? n : max - 1;
    memcpy(to, text, n);
    to[n] = 0;
}

void es_output_note(struct es_output *o, const char *stream, const char *text,
                    es_usec now)
{
    write_log(o, stream, text, now);
    copy_text(o->tail[o->lines % ES_OUTPUT_TAIL_LINES], ES_OUTPUT_TAIL_WIDTH, text);
    o->lines++;
}

/* Where the line names a sanitizer behind ERROR, WARNING or SUMMARY; NULL: nowhere. */
static const char *sanitizer_in(const char *line)
{
    static const char *const prefixes[] = {"ERROR: ", "WARNING: ", "SUMMARY: "};
    static const char suffix[] = "Sanitizer:";
    for (size_t i = 0; i < ES_COUNT(prefixes); i++) {
        const char *at = strstr(line, prefixes[i]);
        const char *name = at ? at + strlen(prefixes[i]) : "";
        size_t word = strcspn(name, " ");
        if (word >= sizeof suffix && strncmp(name + word - (sizeof suffix - 1), suffix,
                                             sizeof suffix - 1) == 0) {
            return name;
        }
    }
    return NULL;
}

/* "==7==ERROR: AddressSanitizer: heap-buffer-overflow on address ..." is cut to what stands
 * between the prefix and " on ". UBSan names no sanitizer in its first line. */
static void find_sanitizer(struct es_output *o, const char *line)
{
    if (o->sanitizer[0]) {
        return;
    }
    const char *found = sanitizer_in(line);
    if (found) {
        copy_text(o->sanitizer, sizeof o->sanitizer, found);
        char *address = strstr(o->sanitizer, " on ");
        if (address) {
            *address = 0;
        }
    } else if (strstr(line, ": runtime error: ")) {
        copy_text(o->sanitizer, sizeof o->sanitizer, line);
    }
}

static void finish_line(struct es_output *o, struct es_output_stream *s, es_usec now,
                        es_output_take *take, void *context)
{
    while (s->n && s->line[s->n - 1] == '\r') {
        s->n--;
    }
    /* A terminal that shows the log later must not obey the peer. */
    for (size_t i = 0; i < s->n; i++) {
        unsigned char c = (unsigned char)s->line[i];
        s->line[i] = (c < ' ' && c != '\t') || c == 0x7f ? '?' : s->line[i];
    }
    s->line[s->n] = 0;
    es_output_note(o, s->name, s->line, now);
    find_sanitizer(o, s->line);
    struct es_slice line = es_slice_make(s->line, s->n);
    s->n = 0;
    take(context, line);
}

static void take_byte(struct es_output *o, struct es_output_stream *s, char c,
                      es_usec now, es_output_take *take, void *context)
{
    if (c == '\n') {
        if (!s->cut) {
            finish_line(o, s, now, take, context);
        }
        s->cut = false;
    } else if (!s->cut) {
        s->line[s->n++] = c;
        if (s->n == sizeof s->line - 1) {
            finish_line(o, s, now, take, context);
            s->cut = true;
        }
    }
}

void es_output_read(struct es_output *o, struct es_output_stream *s, int *fd,
                    es_usec now, es_output_take *take, void *context)
{
    char bytes[4096];
    for (size_t total = 0; *fd >= 0 && total < ES_OUTPUT_READ_MAX;) {
        ssize_t n = read(*fd, bytes, sizeof bytes);
        for (ssize_t i = 0; i < n; i++) {
            take_byte(o, s, bytes[i], now, take, context);
        }
        if (n > 0) {
            total += (size_t)n;
        } else if (n < 0 && errno == EINTR) {
            continue;
        } else if (n < 0 && errno == EAGAIN) {
            return;
        } else {
            if (s->n) {
                finish_line(o, s, now, take, context);
            }
            close(*fd);
            *fd = -1;
        }
    }
}

const char *es_output_tail(const struct es_output *o, struct es_arena *a)
{
    struct es_buf b;
    es_buf_build(&b, a, (size_t)ES_OUTPUT_TAIL_LINES * (ES_OUTPUT_TAIL_WIDTH + 1) + 1);
    size_t first =
        o->lines > ES_OUTPUT_TAIL_LINES ? o->lines - ES_OUTPUT_TAIL_LINES : 0;
    for (size_t i = first; i < o->lines; i++) {
        es_buf_text(&b, o->tail[i % ES_OUTPUT_TAIL_LINES]);
        es_buf_u8(&b, '\n');
    }
    return es_buf_cstr(&b);
}
