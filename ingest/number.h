/* Numbers and times in text from outside. *ret is set on success only. */
#ifndef OAT_INGEST_NUMBER_H
#define OAT_INGEST_NUMBER_H

#include "oat/reader.h"

/* Decimal integers that fit; "1e3" and "1.0" are integers too, "1.5" is not. */
bool oat_parse_int(oat_text text, int64_t *ret);
bool oat_parse_uint(oat_text text, uint64_t *ret);

/* Decimal, NaN, Infinity and -Infinity; the whole text, at most 64 bytes. */
bool oat_parse_double(oat_text text, double *ret);

/* A date and time as oat_time_parse takes it (format/time_text.h), in quotes or not. *ret_ns: since
 * the epoch. */
bool oat_parse_time(oat_text text, uint64_t *ret_ns);

/* USD as nano-dollars, rounded; false for NaN and what does not fit. */
bool oat_nano_of_usd(double usd, int64_t *ret_nano);

/* Seconds since the epoch as nanoseconds; false for what does not fit. */
bool oat_ns_of_seconds(double seconds, uint64_t *ret_ns);

#endif
