/* Numbers, durations, sizes and times in a filter, exact to the last digit. */
#ifndef OAT_READER_FILTER_NUMBER_H
#define OAT_READER_FILTER_NUMBER_H

#include "oat/reader.h"

/* A number among whole ones: floor, and whether it is just that. What does not fit is at the ends:
 * greater than INT64_MAX is that and not exact, less than INT64_MIN is that. */
struct oat_filter_number {
    int64_t floor;
    bool exact;
};

/* Which units may follow a number; without one it is `plain`. */
enum oat_filter_units {
    OAT_UNITS_NONE,
    OAT_UNITS_SIZE,     /* B kB MB GB TB KiB MiB GiB TiB; plain: B */
    OAT_UNITS_DURATION, /* ns us ms s m h d; plain: ms */
};

/* Reads the whole text as a decimal number ("12", "-0.5", "1e-3") with its unit, as so many
 * 10^-`digits` of the unit 1 (of a second): 9 digits make nanoseconds of "2s". False: it is none. */
bool oat_filter_number_parse(oat_text text, enum oat_filter_units units, unsigned digits,
                             struct oat_filter_number *ret);

/* The same as a double. For texts that come from traces too: OAT_UNITS_NONE takes "1e5", not " 1". */
bool oat_filter_real_parse(oat_text text, enum oat_filter_units units, double *ret);

/* Reads a time: RFC 3339 or a date (format/time_text.h), seconds since the epoch, "now", or a duration
 * from now on ("-24h"; the sign is needed). In nanoseconds since the epoch. False: it is none. */
bool oat_filter_time_parse(oat_text text, uint64_t now_ns, struct oat_filter_number *ret);

#endif
