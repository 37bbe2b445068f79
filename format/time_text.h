/* Dates and times as text. */
#ifndef OAT_FORMAT_TIME_TEXT_H
#define OAT_FORMAT_TIME_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A date, or a date and time: RFC 3339, with or without a zone (without: UTC) and seconds, "T" or a
 * space between date and time, any number of fraction digits (to the nanosecond); the whole text.
 * *ret_ns: since the epoch; set on success only. False before 1970 and after 2261. */
bool oat_time_parse(const char *text, size_t len, uint64_t *ret_ns);

#endif
