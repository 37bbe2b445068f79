#include "format/time_text.h"

#include <string.h>

#define NS_PER_S  UINT64_C(1000000000)
#define S_PER_DAY 86400u

/* What is left of the text. */
struct rest {
    const char *at;
    const char *end;
};

static bool is_digit(const struct rest *rest)
{
    return rest->at < rest->end && *rest->at >= '0' && *rest->at <= '9';
}

/* Reads exactly `count` digits. */
static bool take_digits(struct rest *rest, unsigned count, uint32_t *ret)
{
    *ret = 0;
    for (; count > 0; count--) {
        if (!is_digit(rest))
            return false;
        *ret = *ret * 10 + (uint32_t)(*rest->at++ - '0');
    }
    return true;
}

static bool take_any(struct rest *rest, const char *any)
{
    if (rest->at == rest->end || *rest->at == '\0' || !strchr(any, *rest->at))
        return false;
    rest->at++;
    return true;
}

static bool is_leap(uint32_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Reads a date of the Gregorian calendar as days since 1970-01-01. */
static bool take_date(struct rest *rest, uint32_t *ret_days)
{
    static const uint16_t before[13] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};
    uint32_t year, month, day;
    if (!take_digits(rest, 4, &year) || !take_any(rest, "-") || !take_digits(rest, 2, &month) ||
        !take_any(rest, "-") || !take_digits(rest, 2, &day))
        return false;
    if (year < 1970 || year > 2261 || month < 1 || month > 12 || day < 1 ||
        day > (uint32_t)(before[month] - before[month - 1]) + (month == 2 && is_leap(year)))
        return false;
    uint32_t leaps = (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400 - 477;
    *ret_days = (year - 1970) * 365 + leaps + before[month - 1] + (month > 2 && is_leap(year)) + day - 1;
    return true;
}

/* Reads the digits behind the point as nanoseconds; those beyond are dropped. */
static bool take_fraction(struct rest *rest, uint64_t *ret_ns)
{
    const char *from = rest->at;
    uint64_t scale = NS_PER_S / 10;
    *ret_ns = 0;
    for (; is_digit(rest); rest->at++, scale /= 10)
        *ret_ns += (uint64_t)(*rest->at - '0') * scale;
    return rest->at > from;
}

/* Reads hours and minutes, and seconds where there are any, as seconds. */
static bool take_clock(struct rest *rest, uint32_t *ret_s)
{
    uint32_t hour, minute, second = 0;
    if (!take_digits(rest, 2, &hour) || !take_any(rest, ":") || !take_digits(rest, 2, &minute))
        return false;
    if (take_any(rest, ":") && !take_digits(rest, 2, &second))
        return false;
    *ret_s = hour * 3600 + minute * 60 + second;
    return hour < 24 && minute < 60 && second <= 60;
}

/* Reads the zone: how far it is ahead of UTC. Nothing means UTC. */
static bool take_zone(struct rest *rest, int64_t *ret_s)
{
    *ret_s = 0;
    if (rest->at == rest->end || take_any(rest, "Zz"))
        return true;
    int64_t sign = take_any(rest, "+") ? 1 : take_any(rest, "-") ? -1 : 0;
    uint32_t hours, minutes = 0;
    if (!sign || !take_digits(rest, 2, &hours) || hours > 23)
        return false;
    take_any(rest, ":");
    if (rest->at < rest->end && (!take_digits(rest, 2, &minutes) || minutes > 59))
        return false;
    *ret_s = sign * (int64_t)(hours * 3600 + minutes * 60);
    return true;
}

bool oat_time_parse(const char *text, size_t len, uint64_t *ret_ns)
{
    struct rest rest = {text, text + len};
    uint32_t days, clock_s = 0;
    uint64_t fraction_ns = 0;
    int64_t zone_s = 0;
    if (!take_date(&rest, &days))
        return false;
    if (take_any(&rest, "Tt ")) {
        if (!take_clock(&rest, &clock_s) || (take_any(&rest, ".,") && !take_fraction(&rest, &fraction_ns)) ||
            !take_zone(&rest, &zone_s))
            return false;
    }
    int64_t s = (int64_t)days * S_PER_DAY + clock_s - zone_s;
    if (rest.at != rest.end || s < 0)
        return false;
    *ret_ns = (uint64_t)s * NS_PER_S + fraction_ns;
    return true;
}
