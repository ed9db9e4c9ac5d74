/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/transcode/well_known.h"

#include <string.h>

#include "base/buffer.h"
#include "gateway/transcode/number.h"

enum { NANOS_PER_SECOND = 1000000000, SECONDS_PER_DAY = 86400 };

static const int64_t TIMESTAMP_MIN = -62135596800, TIMESTAMP_MAX = 253402300799;
static const int64_t DURATION_MAX = 315576000000;

/* Reading: each take_* cuts its part off the front. */

static bool take_char(struct text *text, char c) {
    if (text->size == 0 || text->data[0] != c)
        return false;
    text->data++;
    text->size--;
    return true;
}

static bool take_digits(struct text *text, size_t count, int *ret_value) {
    int value = 0;
    if (text->size < count)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (text->data[i] < '0' || text->data[i] > '9')
            return false;
        value = value * 10 + (text->data[i] - '0');
    }
    text->data += count;
    text->size -= count;
    *ret_value = value;
    return true;
}

/* ".123", as nanoseconds; nothing is 0. */
static bool take_fraction(struct text *text, int32_t *ret_nanos) {
    int32_t nanos = 0;
    int count = 0, digit;
    *ret_nanos = 0;
    if (!take_char(text, '.'))
        return true;
    while (take_digits(text, 1, &digit)) {
        if (++count > 9)
            return false;
        nanos = nanos * 10 + digit;
    }
    for (int i = count; i < 9; i++)
        nanos *= 10;
    *ret_nanos = nanos;
    return count > 0;
}

/* Days since 1970 of a date in the proleptic Gregorian calendar; months count from March. */
static int64_t days_from_date(int year, int month, int day) {
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = y / 400, year_of_era = y % 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static bool is_date(int year, int month, int day) {
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (year < 1 || month < 1 || month > 12)
        return false;
    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return day >= 1 && day <= lengths[month - 1] + (month == 2 && is_leap);
}

static bool take_date(struct text *text, int64_t *ret_days) {
    int year, month, day;
    if (!take_digits(text, 4, &year) || !take_char(text, '-') || !take_digits(text, 2, &month) ||
        !take_char(text, '-') || !take_digits(text, 2, &day) || !is_date(year, month, day))
        return false;
    *ret_days = days_from_date(year, month, day);
    return true;
}

static bool take_time(struct text *text, int *ret_seconds) {
    int hour, minute, second;
    if (!take_digits(text, 2, &hour) || !take_char(text, ':') || !take_digits(text, 2, &minute) ||
        !take_char(text, ':') || !take_digits(text, 2, &second))
        return false;
    *ret_seconds = (hour * 60 + minute) * 60 + second;
    return hour < 24 && minute < 60 && second < 60;
}

static bool take_offset(struct text *text, int *ret_seconds) {
    int hour, minute;
    *ret_seconds = 0;
    if (take_char(text, 'Z'))
        return true;
    bool is_west = take_char(text, '-');
    if (!is_west && !take_char(text, '+'))
        return false;
    if (!take_digits(text, 2, &hour) || !take_char(text, ':') || !take_digits(text, 2, &minute))
        return false;
    *ret_seconds = (hour * 60 + minute) * 60 * (is_west ? -1 : 1);
    return hour < 24 && minute < 60;
}

bool timestamp_parse(struct text text, int64_t *ret_seconds, int32_t *ret_nanos) {
    int64_t days;
    int time, offset;
    int32_t nanos;
    if (!take_date(&text, &days) || !take_char(&text, 'T') || !take_time(&text, &time) ||
        !take_fraction(&text, &nanos) || !take_offset(&text, &offset) || text.size > 0)
        return false;
    int64_t seconds = days * SECONDS_PER_DAY + time - offset;
    if (seconds < TIMESTAMP_MIN || seconds > TIMESTAMP_MAX)
        return false;
    *ret_seconds = seconds;
    *ret_nanos = nanos;
    return true;
}

bool duration_parse(struct text text, int64_t *ret_seconds, int32_t *ret_nanos) {
    bool is_negative = take_char(&text, '-');
    int64_t seconds = 0;
    int32_t nanos;
    int digit, count = 0;
    for (; take_digits(&text, 1, &digit); count++) {
        seconds = seconds * 10 + digit;
        if (seconds > DURATION_MAX)
            return false;
    }
    if (count == 0 || !take_fraction(&text, &nanos) || !take_char(&text, 's') || text.size > 0)
        return false;
    *ret_seconds = is_negative ? -seconds : seconds;
    *ret_nanos = is_negative ? -nanos : nanos;
    return true;
}

/* Writing. */

static char *put_digits(char *to, int value, int count) {
    for (int i = count - 1; i >= 0; i--, value /= 10)
        to[i] = (char)('0' + value % 10);
    return to + count;
}

/* Nothing, or a point and as few groups of three digits as it takes. */
static char *put_fraction(char *to, int32_t nanos) {
    if (nanos == 0)
        return to;
    *to++ = '.';
    if (nanos % 1000000 == 0)
        return put_digits(to, nanos / 1000000, 3);
    if (nanos % 1000 == 0)
        return put_digits(to, nanos / 1000, 6);
    return put_digits(to, nanos, 9);
}

static char *put_date(char *to, int64_t days) {
    int64_t shifted = days + 719468; /* since 0000-03-01; never negative in our range */
    int64_t era = shifted / 146097, day_of_era = shifted % 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t from_march = (5 * day_of_year + 2) / 153;
    int day = (int)(day_of_year - (153 * from_march + 2) / 5 + 1);
    int month = (int)(from_march < 10 ? from_march + 3 : from_march - 9);
    int year = (int)(year_of_era + era * 400 + (month <= 2));
    to = put_digits(to, year, 4);
    *to++ = '-';
    to = put_digits(to, month, 2);
    *to++ = '-';
    return put_digits(to, day, 2);
}

static char *put_time(char *to, int seconds) {
    to = put_digits(to, seconds / 3600, 2);
    *to++ = ':';
    to = put_digits(to, seconds / 60 % 60, 2);
    *to++ = ':';
    return put_digits(to, seconds % 60, 2);
}

size_t timestamp_print(int64_t seconds, int32_t nanos, char ret_text[static INSTANT_TEXT_SIZE]) {
    if (seconds < TIMESTAMP_MIN || seconds > TIMESTAMP_MAX || nanos < 0 ||
        nanos >= NANOS_PER_SECOND)
        return 0;
    int64_t days = seconds / SECONDS_PER_DAY, rest = seconds % SECONDS_PER_DAY;
    if (rest < 0) {
        rest += SECONDS_PER_DAY;
        days--;
    }
    char *to = put_date(ret_text, days);
    *to++ = 'T';
    to = put_time(to, (int)rest);
    to = put_fraction(to, nanos);
    *to++ = 'Z';
    return (size_t)(to - ret_text);
}

size_t duration_print(int64_t seconds, int32_t nanos, char ret_text[static INSTANT_TEXT_SIZE]) {
    bool is_mixed = (seconds < 0 && nanos > 0) || (seconds > 0 && nanos < 0);
    if (seconds < -DURATION_MAX || seconds > DURATION_MAX || nanos <= -NANOS_PER_SECOND ||
        nanos >= NANOS_PER_SECOND || is_mixed)
        return 0;
    char *to = ret_text;
    if (seconds < 0 || nanos < 0)
        *to++ = '-';
    to += number_print_u64((uint64_t)(seconds < 0 ? -seconds : seconds), to);
    to = put_fraction(to, nanos < 0 ? -nanos : nanos);
    *to++ = 's';
    return (size_t)(to - ret_text);
}

/* Field masks. */

static bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}

static bool is_plain(char c) {
    return is_lower(c) || (c >= '0' && c <= '9') || c == '.';
}

bool mask_path_to_snake(struct text camel, struct buffer *snake) {
    for (size_t i = 0; i < camel.size; i++) {
        char c = camel.data[i];
        if (is_upper(c)) {
            buffer_append_char(snake, '_');
            buffer_append_char(snake, (char)(c - 'A' + 'a'));
        } else if (is_plain(c)) {
            buffer_append_char(snake, c);
        } else {
            return false;
        }
    }
    return camel.size > 0;
}

bool mask_path_to_camel(struct text snake, struct buffer *camel) {
    for (size_t i = 0; i < snake.size; i++) {
        char c = snake.data[i];
        if (c == '_' && i + 1 < snake.size && is_lower(snake.data[i + 1]))
            buffer_append_char(camel, (char)(snake.data[++i] - 'a' + 'A'));
        else if (is_plain(c))
            buffer_append_char(camel, c);
        else
            return false;
    }
    return snake.size > 0;
}
