/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { MS_PER_SECOND = 1000, MS_PER_MINUTE = 60000, MS_PER_HOUR = 3600000, MS_PER_DAY = 86400000 };
enum { YEAR_MAX = 9999 };

static int64_t read_us(clockid_t id) {
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_wall_us(void) {
    return read_us(CLOCK_REALTIME);
}

int64_t clock_wall_ms(void) {
    return clock_wall_us() / 1000;
}

int64_t clock_monotonic_us(void) {
    return read_us(CLOCK_MONOTONIC);
}

int64_t clock_monotonic_ms(void) {
    return clock_monotonic_us() / 1000;
}

static bool is_leap_year(int64_t year) {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* From 1970-01-01 to January 1st of `year`, which is 0 or later. */
static int64_t days_before_year(int64_t year) {
    int64_t last = year +
                   399; /* the calendar repeats after 400 years: keeps the divisions positive */
    return 365 * (year - 1970) + last / 4 - last / 100 + last / 400 - 574;
}

static const int days_before_month[2][13] = {
    {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365},
    {0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335, 366},
};

static char *put_digits(char *at, int64_t value, int count) {
    for (int i = count; i-- > 0; value /= 10)
        at[i] = (char)('0' + value % 10);
    return at + count;
}

static char *put_date(char *at, int64_t days) {
    int64_t year = 1970 + days * 400 / 146097;
    while (days_before_year(year) > days)
        year--;
    while (days_before_year(year + 1) <= days)
        year++;
    const int *before = days_before_month[is_leap_year(year)];
    int64_t day = days - days_before_year(year);
    int month = 11;
    while (before[month] > day)
        month--;
    at = put_digits(at, year, 4);
    *at++ = '-';
    at = put_digits(at, month + 1, 2);
    *at++ = '-';
    return put_digits(at, day - before[month] + 1, 2);
}

void clock_format_ms(int64_t wall_ms, char ret_text[static CLOCK_TEXT_SIZE]) {
    int64_t first = days_before_year(0) * MS_PER_DAY;
    int64_t last = days_before_year(YEAR_MAX + 1) * MS_PER_DAY - 1;
    wall_ms = wall_ms < first ? first : wall_ms > last ? last : wall_ms;
    int64_t days = (wall_ms - first) / MS_PER_DAY;
    int64_t ms = wall_ms - first - days * MS_PER_DAY;

    char *at = put_date(ret_text, days + days_before_year(0));
    *at++ = 'T';
    at = put_digits(at, ms / MS_PER_HOUR, 2);
    *at++ = ':';
    at = put_digits(at, ms / MS_PER_MINUTE % 60, 2);
    *at++ = ':';
    at = put_digits(at, ms / MS_PER_SECOND % 60, 2);
    *at++ = '.';
    at = put_digits(at, ms % MS_PER_SECOND, 3);
    memcpy(at, "Z", 2);
}

/* Exactly `count` digits. */
static bool take_digits(struct text *text, size_t count, int *ret_value) {
    int value = 0;
    if (text->size < count)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (text->data[i] < '0' || text->data[i] > '9')
            return false;
        value = value * 10 + (text->data[i] - '0');
    }
    *text = (struct text){text->data + count, text->size - count};
    *ret_value = value;
    return true;
}

static bool take_char(struct text *text, const char *allowed) {
    if (text->size == 0 || !text->data[0] || !strchr(allowed, text->data[0]))
        return false;
    *text = (struct text){text->data + 1, text->size - 1};
    return true;
}

static bool take_date(struct text *text, int64_t *ret_days) {
    int year, month, day;
    if (!take_digits(text, 4, &year) || !take_char(text, "-") || !take_digits(text, 2, &month) ||
        !take_char(text, "-") || !take_digits(text, 2, &day))
        return false;
    if (month < 1 || month > 12)
        return false;
    const int *before = days_before_month[is_leap_year(year)];
    if (day < 1 || day > before[month] - before[month - 1])
        return false;
    *ret_days = days_before_year(year) + before[month - 1] + day - 1;
    return true;
}

/* ".5", ".123456789": what is finer than a millisecond is cut off. */
static bool take_fraction(struct text *text, int *ret_ms) {
    int ms = 0, weight = 100, digit;
    if (!take_digits(text, 1, &digit))
        return false;
    do {
        ms += digit * weight;
        weight /= 10;
    } while (take_digits(text, 1, &digit));
    *ret_ms = ms;
    return true;
}

static bool take_time(struct text *text, int64_t *ret_ms) {
    int hour, minute, second, ms = 0;
    if (!take_digits(text, 2, &hour) || !take_char(text, ":") || !take_digits(text, 2, &minute) ||
        !take_char(text, ":") || !take_digits(text, 2, &second))
        return false;
    if (hour > 23 || minute > 59 || second > 59)
        return false;
    if (take_char(text, ".") && !take_fraction(text, &ms))
        return false;
    *ret_ms = (int64_t)hour * MS_PER_HOUR + minute * MS_PER_MINUTE + second * MS_PER_SECOND + ms;
    return true;
}

static bool take_offset(struct text *text, int64_t *ret_ms) {
    *ret_ms = 0;
    if (take_char(text, "Zz"))
        return true;
    int sign = take_char(text, "+") ? 1 : take_char(text, "-") ? -1 : 0;
    int hour, minute;
    if (!sign || !take_digits(text, 2, &hour) || !take_char(text, ":") ||
        !take_digits(text, 2, &minute) || hour > 23 || minute > 59)
        return false;
    *ret_ms = sign * ((int64_t)hour * MS_PER_HOUR + minute * MS_PER_MINUTE);
    return true;
}

int clock_parse_ms(struct text text, int64_t *ret_wall_ms) {
    int64_t days, ms, offset_ms;
    if (!take_date(&text, &days) || !take_char(&text, "Tt") || !take_time(&text, &ms) ||
        !take_offset(&text, &offset_ms) || text.size > 0)
        return -EINVAL;
    *ret_wall_ms = days * MS_PER_DAY + ms - offset_ms;
    return 0;
}
