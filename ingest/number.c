#include "ingest/number.h"

#include "format/limits.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_S UINT64_C(1000000000)

/* Reads digits up to the end; false when there is anything else or it does not fit. */
static bool parse_digits(const char *p, size_t len, uint64_t *ret)
{
    uint64_t value = 0;
    if (len == 0)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (p[i] < '0' || p[i] > '9')
            return false;
        if (__builtin_mul_overflow(value, UINT64_C(10), &value) ||
            __builtin_add_overflow(value, (uint64_t)(p[i] - '0'), &value))
            return false;
    }
    *ret = value;
    return true;
}

bool oat_parse_double(oat_text text, double *ret)
{
    char copy[65];
    if (!text.bytes || text.len == 0 || text.len >= sizeof copy || memchr(text.bytes, '\0', text.len))
        return false;
    /* strtod also takes hex, "inf" and leading space: none of these is a number here. */
    static const char allowed[] = "0123456789+-.eE";
    bool word = false;
    static const char *const names[] = {"NaN", "Infinity", "-Infinity"};
    memcpy(copy, text.bytes, text.len);
    copy[text.len] = '\0';
    for (size_t i = 0; i < 3; i++)
        word = word || strcmp(copy, names[i]) == 0;
    if (!word && strspn(copy, allowed) != text.len)
        return false;
    char *end;
    double value = strtod(copy, &end);
    if (*end)
        return false;
    *ret = value;
    return true;
}

bool oat_parse_uint(oat_text text, uint64_t *ret)
{
    double real;
    if (!text.bytes)
        return false;
    if (parse_digits(text.bytes, text.len, ret))
        return true;
    if (!oat_parse_double(text, &real) || !(real >= 0 && real <= 9007199254740992.0) || real != floor(real))
        return false;
    *ret = (uint64_t)real;
    return true;
}

bool oat_parse_int(oat_text text, int64_t *ret)
{
    uint64_t magnitude;
    double real;
    if (!text.bytes)
        return false;
    bool negative = text.len > 0 && text.bytes[0] == '-';
    if (parse_digits(text.bytes + negative, text.len - negative, &magnitude)) {
        if (magnitude > (uint64_t)INT64_MAX + negative)
            return false;
        *ret = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
        return true;
    }
    if (!oat_parse_double(text, &real) || !(fabs(real) <= 9007199254740992.0) || real != floor(real))
        return false;
    *ret = (int64_t)real;
    return true;
}

/* Reads exactly `count` digits at *at. */
static bool fixed(oat_text t, size_t *at, size_t count, uint64_t *ret)
{
    if (*at > t.len || t.len - *at < count || !parse_digits(t.bytes + *at, count, ret))
        return false;
    *at += count;
    return true;
}

static bool accept(oat_text t, size_t *at, const char *any)
{
    if (*at < t.len && t.bytes[*at] && strchr(any, t.bytes[*at])) {
        (*at)++;
        return true;
    }
    return false;
}

/* Days from 1970-01-01 to a date of the Gregorian calendar from 1970 on. */
static uint64_t days_of(uint64_t year, uint64_t month, uint64_t day)
{
    static const uint16_t before[12] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    uint64_t leaps = (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400 - 477;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return (year - 1970) * 365 + leaps + before[month - 1] + (leap && month > 2) + day - 1;
}

/* Reads the fraction (behind its point) as nanoseconds; digits beyond are dropped. */
static bool fraction_ns(oat_text t, size_t *at, uint64_t *ret)
{
    uint64_t ns = 0, scale = NS_PER_S / 10;
    size_t from = *at;
    for (; *at < t.len && t.bytes[*at] >= '0' && t.bytes[*at] <= '9'; (*at)++) {
        ns += (uint64_t)(t.bytes[*at] - '0') * scale;
        scale /= 10;
    }
    *ret = ns;
    return *at > from;
}

/* Reads the zone; *ret_s is what to take off. Nothing means UTC. */
static bool zone_s(oat_text t, size_t *at, int64_t *ret_s)
{
    *ret_s = 0;
    if (*at == t.len || accept(t, at, "Zz"))
        return true;
    int64_t sign = accept(t, at, "+") ? 1 : accept(t, at, "-") ? -1 : 0;
    uint64_t hours, minutes = 0;
    if (!sign || !fixed(t, at, 2, &hours) || hours > 23)
        return false;
    accept(t, at, ":");
    if (*at < t.len && (!fixed(t, at, 2, &minutes) || minutes > 59))
        return false;
    *ret_s = sign * (int64_t)(hours * 3600 + minutes * 60);
    return true;
}

bool oat_parse_time(oat_text t, uint64_t *ret_ns)
{
    uint64_t year, month, day, hour = 0, minute = 0, second = 0, ns = 0;
    int64_t zone = 0;
    size_t at = 0;
    if (!t.bytes)
        return false;
    if (t.len >= 2 && t.bytes[0] == '"' && t.bytes[t.len - 1] == '"')
        t = (oat_text){t.bytes + 1, t.len - 2};
    if (!fixed(t, &at, 4, &year) || !accept(t, &at, "-") || !fixed(t, &at, 2, &month) ||
        !accept(t, &at, "-") || !fixed(t, &at, 2, &day))
        return false;
    if (accept(t, &at, "Tt ")) {
        if (!fixed(t, &at, 2, &hour) || !accept(t, &at, ":") || !fixed(t, &at, 2, &minute))
            return false;
        if (accept(t, &at, ":") && !fixed(t, &at, 2, &second))
            return false;
        if (accept(t, &at, ".,") && !fraction_ns(t, &at, &ns))
            return false;
        if (!zone_s(t, &at, &zone))
            return false;
    }
    if (at != t.len || year < 1970 || year > 2261 || month < 1 || month > 12 || day < 1 || day > 31 ||
        hour > 23 || minute > 59 || second > 60)
        return false;
    int64_t s = (int64_t)(days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second) - zone;
    if (s < 0)
        return false;
    *ret_ns = (uint64_t)s * NS_PER_S + ns;
    return true;
}

bool oat_nano_of_usd(double usd, int64_t *ret_nano)
{
    double nano = usd * 1e9;
    if (!(fabs(nano) < 9.2e18))
        return false;
    *ret_nano = (int64_t)llround(nano);
    return true;
}

bool oat_ns_of_seconds(double seconds, uint64_t *ret_ns)
{
    if (!(seconds >= 0 && seconds < 9.2e9))
        return false;
    double whole = floor(seconds);
    *ret_ns = (uint64_t)whole * NS_PER_S + (uint64_t)llround((seconds - whole) * 1e9);
    return true;
}
