/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/diag.h"
#include "codec/der.h"

/* Days from 1970-01-01 to the first of March of a year; years that begin in March put
 * the leap day at their end, which makes months regular. */
static int64_t days_to_march(int64_t year)
{
    return 365 * year + year / 4 - year / 100 + year / 400 - 719468;
}

int64_t es_der_unix_of(int year, int month, int day, int hour, int minute, int second)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t m = month <= 2 ? month + 9 : month - 3;
    int64_t days = days_to_march(y) + (153 * m + 2) / 5 + day - 1;
    return ((days * 24 + hour) * 60 + minute) * 60 + second;
}

struct calendar {
    int year, month, day, hour, minute, second;
};

static struct calendar calendar_of(int64_t unix_s)
{
    int64_t days = unix_s / 86400;
    int64_t rest = unix_s % 86400;
    if (rest < 0) {
        rest += 86400;
        days--;
    }
    int64_t year = 1970 + days / 366 - 2;
    while (days_to_march(year + 1) <= days) {
        year++;
    }
    while (days_to_march(year) > days) {
        year--;
    }
    int64_t day = days - days_to_march(year);
    int64_t month = (5 * day + 2) / 153;
    return (struct calendar){.year = (int)(month < 10 ? year : year + 1),
                             .month = (int)(month < 10 ? month + 3 : month - 9),
                             .day = (int)(day - (153 * month + 2) / 5 + 1),
                             .hour = (int)(rest / 3600),
                             .minute = (int)(rest / 60 % 60),
                             .second = (int)(rest % 60)};
}

static int two_digits(struct es_slice s, size_t at)
{
    return (s.p[at] - '0') * 10 + s.p[at + 1] - '0';
}

static bool is_possible(const struct calendar *c)
{
    int64_t unix_s =
        es_der_unix_of(c->year, c->month, c->day, c->hour, c->minute, c->second);
    struct calendar back = calendar_of(unix_s);
    return c->month >= 1 && c->month <= 12 && c->hour < 24 && c->minute < 60 &&
           c->second < 60 && back.day == c->day && back.month == c->month;
}

/* Parses YYMMDDhhmmssZ or YYYYMMDDhhmmssZ. */
static bool parse(struct es_slice s, bool four_digits, int64_t *unix_s)
{
    size_t digits = four_digits ? 14 : 12;
    if (s.n != digits + 1 || s.p[digits] != 'Z') {
        return false;
    }
    for (size_t i = 0; i < digits; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') {
            return false;
        }
    }
    size_t at = four_digits ? 4 : 2;
    int year = two_digits(s, 0);
    if (four_digits) {
        year = year * 100 + two_digits(s, 2);
    } else {
        year += year < 50 ? 2000 : 1900; /* RFC 5280, 4.1.2.5.1 */
    }
    struct calendar c = {.year = year,
                         .month = two_digits(s, at),
                         .day = two_digits(s, at + 2),
                         .hour = two_digits(s, at + 4),
                         .minute = two_digits(s, at + 6),
                         .second = two_digits(s, at + 8)};
    *unix_s = es_der_unix_of(c.year, c.month, c.day, c.hour, c.minute, c.second);
    return is_possible(&c);
}

bool es_der_read_time(struct es_der *r, const char *what, int64_t *unix_s)
{
    struct es_der_item item;
    *unix_s = 0;
    bool general = es_der_has(r, ES_DER_GENERALIZED_TIME);
    ES_TRY(es_der_read(r, general ? ES_DER_GENERALIZED_TIME : ES_DER_UTC_TIME, what,
                       &item));
    if (!parse(item.value, general, unix_s)) {
        return es_der_flaw(r, item.offset, "%s is no time of the form %sMMDDhhmmssZ",
                           what, general ? "YYYY" : "YY");
    }
    return true;
}

void es_der_put_time(struct es_buf *b, int64_t unix_s)
{
    struct calendar c = calendar_of(unix_s);
    bool utc = c.year >= 1950 && c.year < 2050;
    size_t mark = es_der_begin(b, utc ? ES_DER_UTC_TIME : ES_DER_GENERALIZED_TIME);
    if (utc) {
        es_buf_printf(b, "%02d", c.year % 100);
    } else {
        es_buf_printf(b, "%04d", c.year);
    }
    es_buf_printf(b, "%02d%02d%02d%02d%02d", c.month, c.day, c.hour, c.minute,
                  c.second);
    /* Apart, because printf needs room for its NUL. */
    es_buf_u8(b, 'Z');
    es_der_finish(b, mark);
}

const char *es_der_time_text(struct es_arena *a, int64_t unix_s)
{
    struct calendar c = calendar_of(unix_s);
    return es_arena_printf(a, "%04d-%02d-%02dT%02d:%02d:%02dZ", c.year, c.month, c.day,
                           c.hour, c.minute, c.second);
}
