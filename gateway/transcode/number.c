/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/transcode/number.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/memory.h"

enum {
    EXPONENT_LIMIT = 100000, /* beyond it every number is zero or too large */
    DOUBLE_EXACT_POWER = 22, /* 10^22 is the largest power of ten that a double holds exactly */
    FLOAT_EXACT_POWER = 10,
    ON_STACK_MAX = 128,
};

static const double powers_of_ten[DOUBLE_EXACT_POWER + 1] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7,
    1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static bool is_digit(const char *at, const char *end) {
    return at < end && *at >= '0' && *at <= '9';
}

/* Takes digits; `step` is what one more of them does to the exponent. */
static const char *scan_digits(
    const char *at, const char *end, bool is_fraction, struct number *number) {
    for (; is_digit(at, end); at++) {
        uint64_t digit = (uint64_t)(*at - '0'), digits;
        bool is_full = __builtin_mul_overflow(number->digits, (uint64_t)10, &digits) ||
                       __builtin_add_overflow(digits, digit, &digits);
        if (!is_full && number->is_exact) {
            number->digits = digits;
            number->exponent -= is_fraction;
        } else {
            number->is_exact = number->is_exact && digit == 0;
            number->exponent += !is_fraction;
        }
    }
    return at;
}

static const char *scan_exponent(const char *at, const char *end, struct number *number) {
    bool is_negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+'))
        at++;
    if (!is_digit(at, end))
        return NULL;
    int exponent = 0;
    for (; is_digit(at, end); at++)
        if (exponent < EXPONENT_LIMIT)
            exponent = exponent * 10 + (*at - '0');
    number->exponent += is_negative ? -exponent : exponent;
    return at;
}

bool number_scan(struct text text, struct number *ret_number) {
    const char *at = text.data, *end = text.data + text.size;
    struct number number = {.is_exact = true};
    if (at < end && *at == '-') {
        number.is_negative = true;
        at++;
    }
    if (!is_digit(at, end))
        return false;
    bool is_zero = *at == '0';
    const char *first = at;
    at = scan_digits(at, end, false, &number);
    if (is_zero && at != first + 1)
        return false; /* no leading zeros */
    if (at < end && *at == '.') {
        if (!is_digit(++at, end))
            return false;
        at = scan_digits(at, end, true, &number);
    }
    if (at < end && (*at == 'e' || *at == 'E'))
        at = scan_exponent(at + 1, end, &number);
    if (!at)
        return false;
    number.text = (struct text){text.data, (size_t)(at - text.data)};
    *ret_number = number;
    return true;
}

bool number_parse(struct text text, struct number *ret_number) {
    return number_scan(text, ret_number) && ret_number->text.size == text.size;
}

static bool whole_magnitude(const struct number *number, uint64_t *ret_value) {
    uint64_t value = number->digits;
    int exponent = number->exponent;
    if (!number->is_exact)
        return false;
    for (; value != 0 && exponent < 0; exponent++) {
        if (value % 10 != 0)
            return false;
        value /= 10;
    }
    for (; value != 0 && exponent > 0; exponent--)
        if (__builtin_mul_overflow(value, (uint64_t)10, &value))
            return false;
    *ret_value = value;
    return true;
}

bool number_to_u64(const struct number *number, uint64_t max, uint64_t *ret_value) {
    uint64_t value;
    if (!whole_magnitude(number, &value) || value > max || (number->is_negative && value != 0))
        return false;
    *ret_value = value;
    return true;
}

bool number_to_i64(const struct number *number, int64_t min, int64_t max, int64_t *ret_value) {
    uint64_t value;
    uint64_t limit = number->is_negative ? -(uint64_t)min : (uint64_t)max;
    if (!whole_magnitude(number, &value) || value > limit)
        return false;
    *ret_value = (int64_t)(number->is_negative ? -value : value);
    return true;
}

static bool has_exact_power(const struct number *number, uint64_t digits_max, int power_max) {
    return number->is_exact && number->digits <= digits_max && number->exponent >= -power_max &&
           number->exponent <= power_max;
}

/* strtod wants a NUL behind it. */
static double convert_slowly(struct text text, bool is_float) {
    char on_stack[ON_STACK_MAX];
    char *copy = text.size < sizeof(on_stack) ? on_stack : memory_new(text.size + 1);
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    double value = is_float ? (double)strtof(copy, NULL) : strtod(copy, NULL);
    if (copy != on_stack)
        free(copy);
    return value;
}

bool number_to_double(const struct number *number, double *ret_value) {
    double value;
    if (has_exact_power(number, UINT64_C(1) << DBL_MANT_DIG, DOUBLE_EXACT_POWER)) {
        /* Two exact operands: IEEE rounds the one operation right. */
        value = number->exponent < 0 ? (double)number->digits / powers_of_ten[-number->exponent]
                                     : (double)number->digits * powers_of_ten[number->exponent];
        value = number->is_negative ? -value : value;
    } else {
        value = convert_slowly(number->text, false);
    }
    *ret_value = value;
    return isfinite(value);
}

bool number_to_float(const struct number *number, float *ret_value) {
    float value;
    if (has_exact_power(number, UINT64_C(1) << FLT_MANT_DIG, FLOAT_EXACT_POWER)) {
        float power = (float)powers_of_ten[abs(number->exponent)];
        value = number->exponent < 0 ? (float)number->digits / power
                                     : (float)number->digits * power;
        value = number->is_negative ? -value : value;
    } else {
        value = (float)convert_slowly(number->text, true);
    }
    *ret_value = value;
    return isfinite(value);
}

static const char digit_pairs[] = "00010203040506070809101112131415161718192021222324"
                                  "25262728293031323334353637383940414243444546474849"
                                  "50515253545556575859606162636465666768697071727374"
                                  "75767778798081828384858687888990919293949596979899";

static char *put_u64(char *to, uint64_t value) {
    char digits[NUMBER_SIZE_MAX], *end = digits + sizeof(digits), *at = end;
    for (; value >= 100; value /= 100)
        memcpy(at -= 2, digit_pairs + value % 100 * 2, 2);
    if (value >= 10)
        memcpy(at -= 2, digit_pairs + value * 2, 2);
    else
        *--at = (char)('0' + value);
    memcpy(to, at, (size_t)(end - at));
    return to + (end - at);
}

size_t number_print_u64(uint64_t value, char ret_text[static NUMBER_SIZE_MAX]) {
    return (size_t)(put_u64(ret_text, value) - ret_text);
}

/*
 * Most doubles that people store are short decimals, 19.99: when value * 10^places is whole and
 * dividing back gives the same double, those digits are the value, without any search.
 */
enum { SHORT_PLACES_MAX = 6 };

static bool print_short(double value, char ret_text[static NUMBER_SIZE_MAX], size_t *ret_size) {
    double magnitude = fabs(value);
    if (!(magnitude < 1e9) || (value == 0 && signbit(value)))
        return false;
    int places = 0;
    double scaled = magnitude;
    for (; places <= SHORT_PLACES_MAX; places++) {
        scaled = nearbyint(magnitude * powers_of_ten[places]);
        if (scaled / powers_of_ten[places] == magnitude)
            break;
    }
    if (places > SHORT_PLACES_MAX)
        return false;
    uint64_t digits = (uint64_t)scaled, unit = (uint64_t)powers_of_ten[places];
    char *at = ret_text;
    if (value < 0)
        *at++ = '-';
    at = put_u64(at, digits / unit);
    if (places > 0) {
        *at = '.';
        uint64_t fraction = digits % unit;
        for (int i = places; i > 0; i--, fraction /= 10)
            at[i] = (char)('0' + fraction % 10);
        at += 1 + places;
    }
    *ret_size = (size_t)(at - ret_text);
    return true;
}

size_t number_print_double(double value, char ret_text[static NUMBER_SIZE_MAX]) {
    size_t size;
    if (print_short(value, ret_text, &size))
        return size;
    int length = 0;
    for (int digits = isnormal(value) ? DBL_DIG : 1; digits <= DBL_DECIMAL_DIG; digits++) {
        length = snprintf(ret_text, NUMBER_SIZE_MAX, "%.*g", digits, value);
        if (strtod(ret_text, NULL) == value)
            break;
    }
    return (size_t)length;
}

size_t number_print_float(float value, char ret_text[static NUMBER_SIZE_MAX]) {
    int length = 0;
    for (int digits = isnormal(value) ? FLT_DIG : 1; digits <= FLT_DECIMAL_DIG; digits++) {
        length = snprintf(ret_text, NUMBER_SIZE_MAX, "%.*g", digits, (double)value);
        if (strtof(ret_text, NULL) == value)
            break;
    }
    return (size_t)length;
}
