#include "cli/units.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#define SECOND UINT64_C(1000000000)

/* Three digits of a number below 1,000. */
static void put_three(double x, const char *unit, char ret[OAT_UNIT_SIZE])
{
    snprintf(ret, OAT_UNIT_SIZE, "%.*f%s", x < 9.995 ? 2 : x < 99.95 ? 1 : 0, x, unit);
}

const char *oat_duration_text(uint64_t ns, char ret[OAT_UNIT_SIZE])
{
    uint64_t s = ns / SECOND;
    if (ns < 1000)
        snprintf(ret, OAT_UNIT_SIZE, "%" PRIu64 "ns", ns);
    else if (ns < 999500)
        put_three((double)ns / 1e3, "µs", ret);
    else if (ns < SECOND - 500000)
        put_three((double)ns / 1e6, "ms", ret);
    else if (s < 60)
        put_three((double)ns / 1e9, "s", ret);
    else if (s < 3600)
        snprintf(ret, OAT_UNIT_SIZE, "%" PRIu64 "m%02" PRIu64 "s", s / 60, s % 60);
    else if (s < 86400)
        snprintf(ret, OAT_UNIT_SIZE, "%" PRIu64 "h%02" PRIu64 "m", s / 3600, s / 60 % 60);
    else
        snprintf(ret, OAT_UNIT_SIZE, "%" PRIu64 "d%02" PRIu64 "h", s / 86400, s / 3600 % 24);
    return ret;
}

const char *oat_count_text(uint64_t count, char ret[OAT_UNIT_SIZE])
{
    static const char units[] = "kMGTPE";
    double x = (double)count;
    size_t unit = 0;
    if (count < 10000) {
        snprintf(ret, OAT_UNIT_SIZE, "%" PRIu64, count);
        return ret;
    }
    for (x /= 1000; x >= 999.95; x /= 1000)
        unit++;
    snprintf(ret, OAT_UNIT_SIZE, "%.1f%c", x, units[unit]);
    return ret;
}

const char *oat_cost_text(int64_t nano_usd, char ret[OAT_UNIT_SIZE])
{
    double usd = (double)nano_usd / 1e9;
    const char *sign = usd < 0 ? "-" : "";
    double size = usd < 0 ? -usd : usd;
    if (nano_usd == 0)
        snprintf(ret, OAT_UNIT_SIZE, "$0");
    else if (size < 0.0001)
        snprintf(ret, OAT_UNIT_SIZE, "%s<$0.0001", sign);
    else
        snprintf(ret, OAT_UNIT_SIZE, size < 1 ? "%s$%.4f" : "%s$%.2f", sign, size);
    return ret;
}

const char *oat_bytes_text(uint64_t bytes, char ret[OAT_UNIT_SIZE])
{
    static const char *const units[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
    double x = (double)bytes;
    size_t unit = 0;
    if (bytes < 1000) {
        snprintf(ret, OAT_UNIT_SIZE, "%" PRIu64 " B", bytes);
        return ret;
    }
    for (x /= 1000; x >= 999.95; x /= 1000)
        unit++;
    snprintf(ret, OAT_UNIT_SIZE, "%.1f %s", x, units[unit]);
    return ret;
}

const char *oat_amount_text(uint64_t count, const char *noun, char ret[OAT_UNIT_SIZE])
{
    snprintf(ret, OAT_UNIT_SIZE, "%" PRIu64 " %s%s", count, noun, count == 1 ? "" : "s");
    return ret;
}

const char *oat_time_text(uint64_t ns, bool whole, char ret[OAT_UNIT_SIZE])
{
    time_t seconds = (time_t)(ns / SECOND);
    struct tm tm;
    localtime_r(&seconds, &tm);
    size_t n = strftime(ret, OAT_UNIT_SIZE, whole ? "%Y-%m-%d %H:%M:%S" : "%m-%d %H:%M", &tm);
    if (whole)
        snprintf(ret + n, OAT_UNIT_SIZE - n, ".%03u", (unsigned)(ns / 1000000 % 1000));
    return ret;
}
