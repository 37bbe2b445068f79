#include "reader/filter_number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "format/limits.h"
#include "format/time_text.h"

#define NS_DIGITS 9

/* Wide enough for 22 digits of a number times the greatest factor of a unit. */
__extension__ typedef unsigned __int128 oat_wide;
#define MANTISSA_MAX (((oat_wide)1) << 73)
#define WIDE_LIMIT   (((oat_wide)1) << 120)
#define EXPONENT_MAX 9999

struct unit {
    const char *name;
    uint64_t factor; /* times 10^exponent of the unit 1 */
    int exponent;
};

static const struct unit none[] = {{"", 1, 0}, {0}};
static const struct unit sizes[] = {{"", 1, 0},
                                    {"B", 1, 0},
                                    {"kB", 1, 3},
                                    {"MB", 1, 6},
                                    {"GB", 1, 9},
                                    {"TB", 1, 12},
                                    {"KiB", 1u << 10, 0},
                                    {"MiB", 1u << 20, 0},
                                    {"GiB", 1u << 30, 0},
                                    {"TiB", UINT64_C(1) << 40, 0},
                                    {0}};
static const struct unit durations[] = {{"", 1, -3},
                                        {"ns", 1, -9},
                                        {"us", 1, -6},
                                        {"\u00b5s", 1, -6},
                                        {"\u03bcs", 1, -6},
                                        {"ms", 1, -3},
                                        {"s", 1, 0},
                                        {"m", 6, 1},
                                        {"h", 36, 2},
                                        {"d", 864, 2},
                                        {0}};
static const struct unit *const units_of[] = {
    [OAT_UNITS_NONE] = none, [OAT_UNITS_SIZE] = sizes, [OAT_UNITS_DURATION] = durations};

/* A number in text: (-1)^negative * mantissa * 10^exponent, and a little more when `more`. */
struct decimal {
    bool negative;
    bool more;
    oat_wide mantissa;
    int exponent;
    size_t len; /* bytes of the number, without its unit */
    struct unit unit;
};

/* ---- Reading ------------------------------------------------------------------------------------- */

static bool is_digit(oat_text text, size_t at)
{
    return at < text.len && text.bytes[at] >= '0' && text.bytes[at] <= '9';
}

/* Reads digits at d->len; returns how many there were. Those behind the point make the exponent less. */
static size_t take_digits(oat_text text, bool fraction, struct decimal *d)
{
    size_t from = d->len;
    for (; is_digit(text, d->len); d->len++) {
        unsigned digit = (unsigned)(text.bytes[d->len] - '0');
        if (d->mantissa < MANTISSA_MAX) {
            d->mantissa = d->mantissa * 10 + digit;
            d->exponent -= fraction;
        } else {
            d->more = d->more || digit > 0;
            d->exponent += !fraction;
        }
    }
    return d->len - from;
}

/* Reads "e", a sign and digits, if they are there. */
static void take_exponent(oat_text text, struct decimal *d)
{
    size_t at = d->len;
    int exponent = 0;
    if (at == text.len || (text.bytes[at] | 0x20) != 'e')
        return;
    at++;
    bool negative = at < text.len && text.bytes[at] == '-';
    at += negative || (at < text.len && text.bytes[at] == '+');
    if (!is_digit(text, at))
        return;
    for (; is_digit(text, at); at++)
        exponent = exponent < EXPONENT_MAX ? exponent * 10 + (text.bytes[at] - '0') : EXPONENT_MAX;
    d->exponent += negative ? -exponent : exponent;
    d->len = at;
}

static bool take_unit(oat_text text, enum oat_filter_units units, struct decimal *d)
{
    const char *name = text.bytes + d->len;
    size_t len = text.len - d->len;
    for (const struct unit *unit = units_of[units]; unit->name; unit++) {
        if (strlen(unit->name) != len || memcmp(unit->name, name, len) != 0)
            continue;
        d->unit = *unit;
        return true;
    }
    return false;
}

static bool read_decimal(oat_text text, enum oat_filter_units units, struct decimal *ret)
{
    struct decimal d = {0};
    if (text.len == 0 || text.len > OAT_TEXT_MAX)
        return false;
    d.negative = text.bytes[0] == '-';
    d.len = d.negative || text.bytes[0] == '+';
    size_t digits = take_digits(text, false, &d);
    if (d.len < text.len && text.bytes[d.len] == '.') {
        d.len++;
        digits += take_digits(text, true, &d);
    }
    if (digits == 0)
        return false;
    take_exponent(text, &d);
    if (!take_unit(text, units, &d))
        return false;
    *ret = d;
    return true;
}

/* ---- As whole numbers ----------------------------------------------------------------------------- */

/* The greatest whole number that is not above value, or value + a little when `more`. */
static struct oat_filter_number floor_of(bool negative, oat_wide value, bool more)
{
    const oat_wide end = (oat_wide)INT64_MAX + 1;
    if (!negative)
        return value < end ? (struct oat_filter_number){(int64_t)value, !more}
                           : (struct oat_filter_number){INT64_MAX, false};
    value += more;
    return value <= end ? (struct oat_filter_number){(int64_t)(0 - (uint64_t)value), !more}
                        : (struct oat_filter_number){INT64_MIN, true};
}

/* value * 10^exponent, and more than that when *more is set on return. */
static oat_wide scale(oat_wide value, int exponent, bool *more)
{
    for (; exponent > 0 && value > 0 && value < WIDE_LIMIT; exponent--)
        value *= 10;
    for (; exponent < 0 && value > 0; exponent++) {
        *more = *more || value % 10 > 0;
        value /= 10;
    }
    return value;
}

bool oat_filter_number_parse(oat_text text, enum oat_filter_units units, unsigned digits,
                             struct oat_filter_number *ret)
{
    struct decimal d;
    if (!read_decimal(text, units, &d))
        return false;
    oat_wide value = scale(d.mantissa * d.unit.factor, d.exponent + d.unit.exponent + (int)digits, &d.more);
    *ret = floor_of(d.negative, value, d.more);
    return true;
}

/* ---- As doubles ----------------------------------------------------------------------------------- */

bool oat_filter_real_parse(oat_text text, enum oat_filter_units units, double *ret)
{
    struct decimal d;
    char copy[64];
    if (!read_decimal(text, units, &d) || d.len >= sizeof copy)
        return false;
    memcpy(copy, text.bytes, d.len);
    copy[d.len] = '\0';
    *ret = strtod(copy, NULL) * (double)d.unit.factor * pow(10, d.unit.exponent);
    return true;
}

/* ---- Times ---------------------------------------------------------------------------------------- */

bool oat_filter_time_parse(oat_text text, uint64_t now_ns, struct oat_filter_number *ret)
{
    uint64_t ns = now_ns;
    if (oat_time_parse(text.bytes, text.len, &ns) || (text.len == 3 && memcmp(text.bytes, "now", 3) == 0)) {
        *ret = (struct oat_filter_number){(int64_t)ns, true};
        return true;
    }
    if (oat_filter_number_parse(text, OAT_UNITS_NONE, NS_DIGITS, ret))
        return true;
    bool has_sign = text.len > 0 && (text.bytes[0] == '-' || text.bytes[0] == '+');
    if (!has_sign || !oat_filter_number_parse(text, OAT_UNITS_DURATION, NS_DIGITS, ret))
        return false;
    if (__builtin_add_overflow(ret->floor, (int64_t)now_ns, &ret->floor))
        *ret = (struct oat_filter_number){INT64_MAX, false};
    return true;
}
