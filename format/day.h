/* Days: UTC, counted from 1970-01-01; spans are filed under the day of their start. */
#ifndef OAT_FORMAT_DAY_H
#define OAT_FORMAT_DAY_H

#include "format/limits.h"

#include <stddef.h>

#define OAT_DAY_NS        (UINT64_C(86400) * 1000000000u)
#define OAT_DAY_MAX       ((uint32_t)(OAT_TIME_MAX / OAT_DAY_NS)) /* in the year 2262 */
#define OAT_DAY_TEXT_SIZE 11u                                     /* "2026-11-22" and NUL */

/* The day of a time (ns since the epoch). */
static inline uint32_t oat_day_of(uint64_t time_ns)
{
    return (uint32_t)(time_ns / OAT_DAY_NS);
}

/* Writes a day (at most OAT_DAY_MAX) as its folder is called. */
void oat_day_print(uint32_t day, char ret[OAT_DAY_TEXT_SIZE]);

/* Reads exactly what oat_day_print writes. False for any other text. */
bool oat_day_parse(const char *text, size_t len, uint32_t *ret_day);

#endif
