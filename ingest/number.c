#include "ingest/number.h"

#include "format/time_text.h"

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

bool oat_parse_time(oat_text text, uint64_t *ret_ns)
{
    if (!text.bytes)
        return false;
    if (text.len >= 2 && text.bytes[0] == '"' && text.bytes[text.len - 1] == '"')
        text = (oat_text){text.bytes + 1, text.len - 2};
    return oat_time_parse(text.bytes, text.len, ret_ns);
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
