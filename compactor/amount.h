/* Amounts that people write: how long, how much. */
#ifndef OAT_COMPACTOR_AMOUNT_H
#define OAT_COMPACTOR_AMOUNT_H

#include <stdbool.h>
#include <stdint.h>

/* "48h", "30d", "12w": a whole number above 0 of hours, days or weeks, in nanoseconds. False: it is none, or
 * does not fit. */
bool oat_amount_of_time(const char *text, uint64_t *ret_ns);

/* "800M", "50G", "1024": a whole number above 0 of bytes, or of 2^10 (K), 2^20 (M), 2^30 (G) or 2^40 (T). */
bool oat_amount_of_bytes(const char *text, uint64_t *ret_bytes);

#endif
